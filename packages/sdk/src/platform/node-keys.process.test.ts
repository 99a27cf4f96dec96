// Keys in a worker of a real process: what a kill, a second process, a lost file and a failure leave behind.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openNodeKeys, wipeNodeKeys } from './node-keys.ts';
import { headerOf, type TestMachine, type TestServer, testServer } from './olm-fixture.ts';

/** How often the kill test kills; `PARLEY_KEY_KILLS` for the long form. */
const kills = Number(process.env.PARLEY_KEY_KILLS ?? 6);
const timeout = 60_000 + kills * 10_000;
const entry = new URL('./node-keys-entry-fixture.ts', import.meta.url);
const encrypter = new URL('./node-keys-encrypter-fixture.ts', import.meta.url);

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Closed at the end whatever happens: a worker keeps the process alive. */
async function openKeys(t: TestContext, folder: string, server: TestServer, isKept = false) {
  const parts = { store: 'ana' };
  const keys = await openNodeKeys<TestServer, TestMachine>({ folder, entry, isKept, parts, callbacks: server });
  t.after(() => keys.close());
  return keys;
}

test('[ENC42] a machine in its worker encrypts, asks its owner for the server, and is nowhere in the owner', async (t) => {
  const folder = newFolder(t);
  const keys = await openKeys(t, folder, await testServer());
  await keys.machine.prepare();
  const events = await Promise.all([1, 2, 3].map((n) => keys.machine.encrypt('!c:parley', `text ${n}`)));
  assert.deepEqual(
    events.map((event) => headerOf(event).index).sort((a, b) => a - b),
    [0, 1, 2],
    'each index once; who seals for a conversation waits for the one before',
  );
  assert.equal('indexedDB' in globalThis, false);
  assert.equal(statSync(join(folder, 'keys.wal')).mode & 0o777, 0o600);
  await keys.close();
  await assert.rejects(keys.machine.identity(), { code: 'client.closed' });
});

test('[ENC43] after kill -9 at any moment the identity is the same, no index comes twice and no session is lost', {
  timeout,
}, async (t) => {
  const folder = newFolder(t);
  const server = await testServer();
  const first = await openKeys(t, folder, server);
  await first.machine.prepare();
  const identity = await first.machine.identity();
  await first.close();
  const used = new Map<string, number>();
  let said = 0;
  for (let round = 0; round < kills; round++) {
    const child = fork(encrypter, [folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    t.after(() => child.kill('SIGKILL'));
    // Killed at a moment that differs from round to round, in the middle of work.
    const mostSaid = 5 + ((round * 37) % 120);
    for (const event of await untilKilled(child, mostSaid)) {
      const { session, index } = headerOf(event);
      assert.ok(index > (used.get(session) ?? -1), `index ${index} of ${session} again in round ${round}`);
      used.set(session, index);
      said += 1;
    }
    const again = await openKeys(t, folder, server, true);
    assert.equal(await again.machine.identity(), identity);
    for (const room of ['!a:parley', '!b:parley', '!c:parley']) {
      const { session, index } = headerOf(await again.machine.encrypt(room, 'after'));
      assert.ok(index > (used.get(session) ?? -1), `index ${index} of ${session} again after round ${round}`);
      used.set(session, index);
    }
    await again.close();
  }
  assert.ok(said >= kills * 5);
  // One session a room for all its life: none was lost and begun anew.
  assert.equal(used.size, 3);
});

/** What the child said until it was killed, which is when it had said so much. */
function untilKilled(child: ChildProcess, most: number): Promise<readonly string[]> {
  const heard: string[] = [];
  return new Promise((resolve) => {
    child.on('message', (event) => {
      if (heard.push(event as string) === most) child.kill('SIGKILL');
    });
    child.once('exit', () => resolve(heard));
  });
}

test('[ENC47] a second process on the same keys waits for the first to close', async (t) => {
  const folder = newFolder(t);
  const server = await testServer();
  const first = await openKeys(t, folder, server);
  let isOpen = false;
  const second = openKeys(t, folder, server).then((keys) => {
    isOpen = true;
    return keys;
  });
  const identity = await first.machine.identity();
  assert.equal(isOpen, false);
  await assert.rejects(wipeNodeKeys(folder), { code: 'client.storage' });
  await first.close();
  const keys = await second;
  assert.equal(await keys.machine.identity(), identity);
  await keys.close();
});

test('[ENC48] keys that are gone although there were some are an error, and nothing new is made', async (t) => {
  const folder = newFolder(t);
  const server = await testServer();
  await assert.rejects(openKeys(t, folder, server, true), { code: 'client.keys_lost', advice: 'give_up' });
  assert.equal(existsSync(join(folder, 'keys.wal')), false);
  const keys = await openKeys(t, folder, server);
  await keys.close();
  truncateSync(join(folder, 'keys.wal'), 32);
  await assert.rejects(openKeys(t, folder, server, true), { code: 'client.keys_lost' });
});

test('[ENC49] wiping leaves no key behind, and the next machine is another one', async (t) => {
  const folder = newFolder(t);
  const server = await testServer();
  const keys = await openKeys(t, folder, server);
  const identity = await keys.machine.identity();
  await keys.close();
  await wipeNodeKeys(folder);
  assert.equal(existsSync(join(folder, 'keys.wal')), false);
  assert.equal(keys.ended.aborted, true);
  const next = await openKeys(t, folder, server);
  assert.notEqual(await next.machine.identity(), identity);
  await next.close();
});

test('[ENC41] when the worker crashes, everything that waits is told so, and the keys can be opened again', async (t) => {
  const folder = newFolder(t);
  const server = await testServer();
  const keys = await openKeys(t, folder, server);
  await keys.machine.prepare();
  const identity = await keys.machine.identity();
  await assert.rejects(keys.machine.panic(), { code: 'client.crypto' });
  await assert.rejects(keys.machine.identity(), { code: 'client.crypto' });
  const again = await openKeys(t, folder, server, true);
  assert.equal(await again.machine.identity(), identity);
  await again.close();
});
