import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Client, DeviceView } from '@parley/sdk';
import { tellNewDevices } from './new-devices.ts';
import { readProfile, writeProfile } from './profile.ts';

const device = (name: string, current = false) =>
  ({
    device: `d_${name}`,
    name: `${name}\u001b`,
    current,
    createdAt: Date.UTC(2026, 10, 28, 9),
  }) as unknown as DeviceView;

/** A profile, and what it is told with these devices, or without a network. */
async function sit(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-cli-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeProfile(folder, { server: 'http://localhost:8420', handle: 'ana' });
  return async (all: readonly DeviceView[] | null) => {
    const notes: string[] = [];
    const list = async () => all ?? Promise.reject(new Error('no network'));
    const profile = await readProfile(folder);
    assert.ok(profile !== null);
    const client = { devices: { list } } as unknown as Client;
    await tellNewDevices(client, { folder, profile, note: (text) => notes.push(text) });
    return notes;
  };
}

test('[CLI29] a device that was not there before is told of once, with the way to sign it out', async (t) => {
  const look = await sit(t);
  const here = device('here', true);
  assert.deepEqual(await look([here, device('old')]), [], 'what was there is nothing new');
  assert.deepEqual(await look(null), []);
  assert.deepEqual(await look([here, device('old'), device('new')]), [
    'new\ufffd was signed in to your account (2026-11-28 09:00 UTC). Not you? parley devices revoke d_new',
  ]);
  assert.deepEqual(await look([here, device('old'), device('new')]), []);
});
