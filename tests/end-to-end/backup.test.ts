// Backup and restore as the operator meets them, while people write; and what `doctor` says.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ConversationId } from '@parley/protocol';
import { restoreBackup } from '../../packages/server/src/compose-backup.ts';
import type { Directory } from '../../packages/server/src/directory/directory.ts';
import { openSqliteDirectory } from '../../packages/server/src/directory/sqlite-directory.ts';
import { numbersPerEpoch } from '../../packages/server/src/kernel/limits.ts';
import { ManualClock } from '../../packages/server/src/kernel/manual-clock.ts';
import { judge, readAll } from './loss-checker.ts';
import { folderOfTest, goesWithTest, open, operate, startServer } from './operated.ts';
import { confirmed, directChat, type Person, signUp, ticked } from './people.ts';
import { RawClient } from './raw-client.ts';
import type { RunningServer } from './server-process.ts';

test('[BAK1] [BAK2] [BAK3] [BAK4] a backup under load holds what was ticked before it; restored, the epoch rises', async () => {
  const folder = await folderOfTest();
  let server = await startServer(folder, open);
  const [ana, ben] = [await signUp(server.summary.url, 'ana'), await signUp(server.summary.url, 'ben')];
  const chat = await directChat(server.summary.url, ana, ben);
  await ana.client.connect(server.summary.url);
  await say(ana, chat, 300, 'before');
  const before = new Set(ana.client.history.acked);
  const writing = say(ana, chat, 600, 'meanwhile');
  const target = join(await folderOfTest(), 'copy');
  const made = await operate(folder, ['backup', target]);
  assert.equal(made.code, 0, made.stderr);
  await writing;
  await confirmed(ana);
  const orderBefore = await readAll(server.summary.url, ben.token, chat);
  assert.equal(statSync(target).mode & 0o777, 0o700);
  assert.equal((await operate(folder, ['backup', target])).code, 1, 'a backup never replaces anything');

  const refused = await operate(folder, ['restore', target]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /runs on .* already/);
  await server.stop();
  assert.equal((await operate(folder, ['restore', keysOf(folder)])).code, 1, 'what is no backup is refused');
  const restored = await operate(folder, ['restore', target]);
  assert.equal(restored.code, 0, restored.stderr);
  const { kept } = JSON.parse(restored.stdout) as { kept: string };
  goesWithTest(kept);
  assert.ok(existsSync(join(kept, 'store.db')), 'what stood there is kept');

  server = await startServer(folder, open);
  const now = await readAll(server.summary.url, ben.token, chat);
  assert.deepEqual(now, orderBefore.slice(0, now.length), 'nothing got another place');
  const verdict = judge(chat, before, [now]);
  assert.deepEqual([verdict.lost, verdict.repeated, verdict.holes], [[], [], []]);
  const epochs = [await epochOf(server, ana)];
  await server.stop();
  assert.equal((await operate(folder, ['restore', target])).code, 0);
  for (const name of readdirSync(join(folder, '..')))
    if (join(folder, '..', name).startsWith(`${folder}.before-restore`)) goesWithTest(join(folder, '..', name));
  server = await startServer(folder, open);
  epochs.push(await epochOf(server, ana));
  assert.ok(1 < (epochs[0] ?? 0) && (epochs[0] ?? 0) < (epochs[1] ?? 0), `epochs rise: ${epochs.join(', ')}`);
  await server.stop();

  const clock = new ManualClock(Date.UTC(2001, 0, 1));
  const { kept: last } = await restoreBackup(target, folder, clock);
  if (last !== null) goesWithTest(last);
  server = await startServer(folder, open);
  epochs.push(await epochOf(server, ana));
  assert.ok((epochs[1] ?? 0) < (epochs[2] ?? 0), `also by a clock that was set back: ${epochs.join(', ')}`);
  await server.stop();
});

test('[BAK4] [ENC7] after a restore no one-time key is left that may have been given out since', async () => {
  const folder = await folderOfTest();
  const deviceOf = async (directory: Directory, { account }: Person) => {
    const [row] = await directory.devices.list(account);
    assert.ok(row !== undefined);
    return row.device;
  };
  let server = await startServer(folder, open);
  const ana = await signUp(server.summary.url, 'ana');
  await server.stop();
  await withDirectory(folder, async (directory) => {
    const device = await deviceOf(directory, ana);
    await directory.keys.putDevice({ account: ana.account, device, json: 'keys' });
    await directory.keys.addOneTime(
      device,
      [1, 2, 3].map((n) => ({ id: `k${n}`, json: `key ${n}` })),
      10,
    );
    await directory.keys.setFallback(device, { id: 'f', json: 'fallback' });
  });
  server = await startServer(folder, open);
  const target = join(await folderOfTest(), 'copy');
  assert.equal((await operate(folder, ['backup', target])).code, 0);
  await server.stop();
  let given = 0;
  await withDirectory(folder, async (directory) => {
    const device = await deviceOf(directory, ana);
    assert.equal((await directory.keys.counts(device)).oneTime, 3, 'an ordinary start takes none');
    given = (await directory.keys.claim([device, device])).filter((key) => key?.id !== 'f').length;
  });
  assert.equal(given, 2);
  const restored = await operate(folder, ['restore', target]);
  assert.equal(restored.code, 0, restored.stderr);
  goesWithTest((JSON.parse(restored.stdout) as { kept: string }).kept);
  server = await startServer(folder, open);
  const epoch = await epochOf(server, ana);
  await server.stop();
  await withDirectory(folder, async (directory) => {
    const device = await deviceOf(directory, ana);
    assert.deepEqual(await directory.keys.claim([device]), [{ id: 'f', json: 'fallback' }]);
    const { head } = await directory.keys.changes(null, 1);
    assert.ok(head > epoch * numbersPerEpoch && Number.isSafeInteger(head), `the list goes on at ${head}`);
  });
});

test('[BAK5] doctor speaks of a fresh, a running, a stopped and a damaged folder', async () => {
  const folder = join(await folderOfTest(), 'data');
  assert.match((await operate(folder, ['doctor'])).stdout, /no server has run here yet/);
  const server = await startServer(folder, open);
  const running = await operate(folder, ['doctor']);
  assert.equal(running.code, 0, running.stdout);
  assert.match(running.stdout, /a server runs/);
  await server.stop();
  const stopped = await operate(folder, ['doctor']);
  assert.equal(stopped.code, 0, stopped.stdout);
  rmSync(join(folder, 'log', 'manifest'));
  const damaged = await operate(folder, ['doctor']);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /^BAD /m);
});

/** Says `count` messages and waits for their ticks. */
async function say(person: Person, where: ConversationId, count: number, text: string): Promise<void> {
  const before = person.client.history.acked.size;
  for (let n = 0; n < count; n++) person.client.say(where, `${text} ${n}`, randomBytes(10));
  await ticked(person, before + count);
}

/** The directory of a server that is stopped. */
async function withDirectory(folder: string, use: (directory: Directory) => Promise<void>): Promise<void> {
  await using directory = await openSqliteDirectory(join(folder, 'directory.db'), { mustExist: true });
  await use(directory);
}

/** A folder without a backup in it. */
function keysOf(folder: string): string {
  return join(folder, 'log');
}

async function epochOf(server: RunningServer, { account, token }: Person): Promise<number> {
  const client = new RawClient(account, token);
  await client.connect(server.summary.url);
  client.disconnect();
  return client.epoch;
}
