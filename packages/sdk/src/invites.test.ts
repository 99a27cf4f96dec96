// A link to the server, and the keys of the device that makes it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, Stage } from './client-fixture.ts';
import { settle } from './fixture.ts';
import { HandKeys } from './hand-keys-fixture.ts';
import { keysOpenMs } from './limits.ts';
import type { EncryptionView, InviteView } from './views.ts';

const [secret, fingerprint] = ['x'.repeat(43), 'A'.repeat(43)];

/** A client whose keys stand so. */
async function opened(phase: EncryptionView['phase']) {
  const keys = new HandKeys();
  keys.stands({ phase });
  const { desk } = keys.provider;
  assert.ok(desk);
  const ask = (async (name: string) => (name === 'ownFingerprint' ? fingerprint : null)) as typeof desk.ask;
  const answering = {
    get snapshot() {
      return desk.snapshot;
    },
    // It stands from the beginning, and that is told once.
    subscribe: (listener: () => void) => {
      queueMicrotask(listener);
      return desk.subscribe(listener);
    },
    ask,
  };
  const stage = await Stage.open(undefined, 1, { crypto: { ...keys.provider, desk: answering } });
  await stage.up();
  const invite = { invite_id: 'i_1', created_at: '2026-11-25T00:00:00.000Z', uses: 0, max_uses: 1 };
  stage.http.on('POST /v1/invites', { ...invite, secret }, 201);
  const isAsked = () => stage.http.asked.some(({ path }) => path === '/v1/invites');
  const found: InviteView[] = [];
  const making = stage.client.invites.create().then((link) => found.push(link));
  await settle();
  return { keys, stage, found, making, isAsked };
}

test('[ENC381] a link waits until the keys are open, and names the own one then', async () => {
  const { keys, stage, found, making, isAsked } = await opened('opening');
  await stage.clock.advance(keysOpenMs - 1);
  assert.deepEqual([found, isAsked()], [[], false]);
  keys.stands({ phase: 'ready' });
  await making;
  const [{ link, keyless } = { link: null, keyless: null }] = found;
  assert.deepEqual([link, keyless], [`http://localhost/i#${secret}~${fingerprint}~${ana}`, false]);
  await stage.close();
});

test('[ENC381] a link is made without a key where there is none, or it cannot be opened, and says so', async () => {
  for (const phase of ['needs_linking', 'opening'] as const) {
    const { stage, found, making } = await opened(phase);
    if (phase === 'opening') await stage.clock.advance(keysOpenMs);
    await making;
    const [{ link, keyless } = { link: null, keyless: null }] = found;
    assert.deepEqual([link, keyless], [`http://localhost/i#${secret}`, true], phase);
    await stage.close();
  }
});

test('[ENC381] a client that is closed waits for no keys', async () => {
  const { stage, making } = await opened('opening');
  const ends = assert.rejects(making, { code: 'client.closed' });
  await stage.close();
  await ends;
});
