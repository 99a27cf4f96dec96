import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { maxWaitingCommits, storeStallMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { conversationId, messageRow, put } from './sample-rows.ts';
import { UnusableStore } from './sqlite-open.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { type OpenStore, storeContract } from './store.contract.ts';
import { storeModelContract } from './store-model.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
after(() => rmSync(folder, { recursive: true }));
let places = 0;
const freshPath = () => join(folder, `${places++}.db`);
const neverFatal = { onFatal: (error: Unavailable) => assert.fail(error) };

async function open(path = freshPath()): Promise<OpenStore> {
  const store = await openSqliteStore(path, neverFatal);
  const close = () => store[Symbol.asyncDispose]();
  return { store, close, reopen: () => close().then(() => open(path)) };
}

storeContract('sqlite store', open);
storeModelContract('sqlite store', open);

test('[STR10] pages are answered while a transaction of 64,000 rows is written, and see all of it or nothing', async () => {
  const store = await openSqliteStore(freshPath(), neverFatal);
  const page = { prefix: [conversationId(1)], limit: 50, reverse: true };
  const old = Array.from({ length: 50 }, (_, i) => messageRow(1, i + 1));
  await store.commit(put('messages', ...old), null);
  const many = Array.from({ length: 64_000 }, (_, i) => messageRow(1 + (i % 100), 51 + Math.floor(i / 100)));
  let committed = false;
  const commit = store.commit(put('messages', ...many), { logId: 'log', offset: 1 }).then(() => {
    committed = true;
  });
  let pagesBefore = 0;
  while (!committed) {
    const newest = (await store.list('messages', page))[0]?.seq;
    assert.ok(newest === 50 || newest === 690, `a page ends at ${newest}`);
    if (!committed) pagesBefore++;
  }
  await commit;
  assert.ok(pagesBefore >= 20, `${pagesBefore} pages`);
  assert.equal((await store.list('messages', page))[0]?.seq, 690);
  await store[Symbol.asyncDispose]();
});

test('[STR10] a transaction that stays open holds up no page', async () => {
  const path = freshPath();
  const store = await openSqliteStore(path, neverFatal);
  await store.commit(put('messages', messageRow(1, 1)), null);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE; INSERT INTO facts VALUES ('a', 'b')");
  const order: string[] = [];
  const commit = store.commit(put('messages', messageRow(1, 2)), null).then(() => order.push('commit'));
  const rows = await store.list('messages', { prefix: [conversationId(1)], limit: 9 });
  assert.deepEqual(rows, [messageRow(1, 1)]);
  order.push('page');
  other.exec('ROLLBACK');
  other.close();
  await commit;
  assert.deepEqual(order, ['page', 'commit']);
  await store[Symbol.asyncDispose]();
});

test('[STR2] a checkpoint that a reader is in the way of resolves to null, and the next one succeeds', async () => {
  const path = freshPath();
  const store = await openSqliteStore(path, neverFatal);
  await store.commit(put('messages', messageRow(1, 1)), { logId: 'log', offset: 1 });
  const other = new DatabaseSync(path, { readOnly: true });
  other.exec('BEGIN; SELECT * FROM facts');
  await store.commit(put('messages', messageRow(1, 2)), { logId: 'log', offset: 2 });
  assert.equal(await store.checkpoint(), null);
  other.close();
  assert.deepEqual(await store.checkpoint(), { logId: 'log', offset: 2 });
  await store[Symbol.asyncDispose]();
});

test('[STR8] sqlite store: a transaction that was waiting when an earlier one failed fails too, and nothing of both is there', async () => {
  const path = freshPath();
  const store = await openSqliteStore(path, neverFatal);
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const first = store.commit(put('messages', messageRow(1, 1)), { logId: 'log', offset: 0 });
  const second = store.commit(put('messages', messageRow(1, 2)), { logId: 'log', offset: 1 });
  first.catch(() => other.exec('ROLLBACK'));
  await assert.rejects(first, /Another program holds the store/);
  await assert.rejects(second, /An earlier transaction failed/);
  assert.equal(store.applied(), null);
  assert.deepEqual(await store.list('messages', { prefix: [conversationId(1)], limit: 9 }), []);
  await store.commit(put('messages', messageRow(1, 1)), { logId: 'log', offset: 0 });
  assert.deepEqual(store.applied(), { logId: 'log', offset: 0 });
  other.close();
  await store[Symbol.asyncDispose]();
});

test('[STR14] when the writer stands still the reader is given up with it, and the owner is told once', async () => {
  const path = freshPath();
  const clock = new ManualClock();
  const fatal: Unavailable[] = [];
  const store = await openSqliteStore(path, { clock, onFatal: (error) => fatal.push(error) });
  await store.commit(put('messages', messageRow(1, 1)), null);
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const commit = store.commit(put('messages', messageRow(1, 2)), null);
  await store.get('messages', [conversationId(1), 1]);
  clock.advance(2 * storeStallMs);
  await assert.rejects(commit, /stands still/);
  other.exec('ROLLBACK');
  other.close();
  await assert.rejects(store.get('messages', [conversationId(1), 1]), Unavailable);
  assert.equal(fatal.length, 1);
});

test('[STR15] transactions that wait are bounded', async () => {
  const store = await openSqliteStore(freshPath(), neverFatal);
  const waiting = Array.from({ length: maxWaitingCommits }, (_, seq) =>
    store.commit(put('messages', messageRow(1, seq + 1)), null),
  );
  await assert.rejects(store.commit(put('messages', messageRow(1, 99)), null), /too much to do/);
  await Promise.all(waiting);
  await store.commit(put('messages', messageRow(1, 99)), null);
  await store[Symbol.asyncDispose]();
});

test('[STR13] bit rot in a message fails its read with advice, and the store is given up', async () => {
  const path = freshPath();
  const first = await openSqliteStore(path, neverFatal);
  const tail = new TextEncoder().encode('"content":"as it was written"');
  await first.commit(put('messages', messageRow(1, 1, { tail })), null);
  await first[Symbol.asyncDispose]();
  const bytes = readFileSync(path);
  const at = bytes.indexOf('as it was written');
  assert.ok(at > 0);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const fatal: Unavailable[] = [];
  const store = await openSqliteStore(path, { onFatal: (error) => fatal.push(error) });
  await assert.rejects(store.get('messages', [conversationId(1), 1]), /damaged.*parley restore/);
  assert.equal(fatal.length, 1);
  await assert.rejects(store.commit([], null), Unavailable);
});

test('[STR11] a database that cannot be used leaves no thread behind', async () => {
  const path = freshPath();
  writeFileSync(path, Buffer.alloc(4096, 0x5a));
  await assert.rejects(openSqliteStore(path, neverFatal), UnusableStore);
});

test('[STR17] a copy made in the middle of writing is one committed state and opens as a store', async () => {
  const store = await openSqliteStore(freshPath(), neverFatal);
  const batch = (n: number) =>
    put('messages', ...Array.from({ length: 200 }, (_, i) => messageRow(1, n * 200 + i + 1)));
  await store.commit(batch(0), { logId: 'log', offset: 0 });
  const copyPath = freshPath();
  let copied = false;
  const copying = store.copyTo(copyPath).then(() => {
    copied = true;
  });
  let n = 1;
  while (!copied) await store.commit(batch(n), { logId: 'log', offset: n++ });
  await copying;
  await assert.rejects(store.copyTo(copyPath), /EEXIST/);
  await store[Symbol.asyncDispose]();
  const copy = await openSqliteStore(copyPath, neverFatal);
  const offset = copy.applied()?.offset ?? -1;
  assert.ok(offset >= 0 && offset < n);
  const rows = await copy.list('messages', { prefix: [conversationId(1)], limit: 10_000 });
  assert.equal(rows.length, Math.min((offset + 1) * 200, 10_000));
  await copy[Symbol.asyncDispose]();
});
