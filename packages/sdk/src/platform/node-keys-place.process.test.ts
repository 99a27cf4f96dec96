// The machine of a Node device where it really runs: what it sealed it opens, over restarts, sign-outs and losses.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import type { KeyEvents, KeyMachine, KeyState } from '../crypto/key-machine.ts';
import { KeyServer } from '../crypto/olm/key-server-fixture.ts';
import { hostClock, hostRandom } from './node.ts';
import { nodeKeys } from './node-keys-place.ts';

const account = 'a_1' as AccountId;
const device = 'd_1' as DeviceId;
const conversation = 'c_1' as ConversationId;

function profile(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const server = new KeyServer();
  const states: KeyState[] = [];
  const events: KeyEvents = {
    readable() {},
    identity() {},
    undecryptable() {},
    state: (state) => states.push(state),
    comparison() {},
    pairing() {},
    told() {},
  };
  const place = nodeKeys(folder);
  const open = (isKept: boolean) => {
    const http = { call: server.callOf(account, device) };
    return place.open({ account, device, http, clock: hostClock, random: hostRandom, isKept, onEnded() {} }, events);
  };
  return { folder, states, place, open };
}

const id = 'm_1' as MessageId;
const seal = (machine: KeyMachine) =>
  machine.seal({
    conversation,
    kind: 'group',
    id,
    body: { type: 'text', text: 'to myself' },
    members: [account],
    memberN: 1,
  });

test('[ENC42] a device seals in its worker and opens it again, also after it was closed', async (t) => {
  const { open, states } = profile(t);
  const machine = await open(false);
  assert.equal(await machine.start(), 'ready');
  const sealed = await seal(machine);
  assert.ok(sealed.content !== null);
  const order = { conversation, id, sender: account, device, content: sealed.content };
  await machine.close();
  const again = await open(true);
  assert.equal(await again.start(), 'ready');
  const opened = await again.open(order);
  assert.deepEqual(opened.body, { type: 'text', text: 'to myself' });
  await again.close();
  // Events reach the owner, too.
  assert.ok(states.includes('ready'));
});

test('[ENC48] a device whose file is gone is told so, and nothing is made in its place', async (t) => {
  const { folder, open } = profile(t);
  await (await open(false)).close();
  rmSync(join(folder, 'keys.wal'));
  await assert.rejects(open(true), { code: 'client.keys_lost' });
  assert.equal(existsSync(join(folder, 'keys.wal')), false);
});

test('[ENC49] signing out ends the worker and removes the file', async (t) => {
  const { folder, open, place } = profile(t);
  const machine = await open(false);
  await place.wipe(account);
  assert.equal(existsSync(join(folder, 'keys.wal')), false);
  await assert.rejects(machine.start(), { code: 'client.closed' });
  await (await open(false)).close();
});
