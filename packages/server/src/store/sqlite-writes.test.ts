import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { encodeBatch, WrittenRosters } from './batch-encoder.ts';
import { codecs } from './row-codec.ts';
import { accountId, conversationId, conversationRow, idRow, memberRow, messageRow, put } from './sample-rows.ts';
import { DamagedRow, failureOf } from './sqlite-faults.ts';
import { openForWriting } from './sqlite-open.ts';
import { TableReader } from './sqlite-reads.ts';
import { TableWriter } from './sqlite-writes.ts';
import type { Applied, Range, Table, Tables, Write } from './store.ts';
import { ValueReader, ValueWriter } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
after(() => rmSync(folder, { recursive: true }));
let places = 0;

/** A database with both of its sides on this thread. */
class OneThread {
  readonly db: DatabaseSync;
  readonly path: string;
  readonly writer: TableWriter;
  readonly #reader: TableReader;

  constructor(path = freshPath()) {
    this.path = path;
    this.db = openForWriting(path);
    this.writer = new TableWriter(this.db);
    this.#reader = new TableReader(this.db);
  }

  async commit(writes: readonly Write[], applied: Applied | null = null): Promise<void> {
    const { chunks } = await encodeBatch(writes, new WrittenRosters());
    this.writer.commit(chunks, applied);
  }

  list<T extends Table>(table: T, range: Range): readonly Tables[T][] {
    const out = new ValueWriter(1024);
    const count = this.#reader.list(table, range, out);
    const from = new ValueReader(out.take(0));
    return Array.from({ length: count }, () => codecs[table].read(from));
  }
}

function freshPath(): string {
  places++;
  mkdirSync(join(folder, String(places)));
  return join(folder, String(places), 'store.db');
}

test('[STR2] whatever a power cut leaves of the write-ahead log, the database opens at a transaction that was committed, and applying the rest again gives the same rows', async () => {
  const tables = new OneThread();
  const everything = (from: OneThread) => [
    ...[1, 2, 3].map((n) => from.list('messages', { prefix: [conversationId(n)], limit: 1_000 })),
    ...[1, 2, 3].map((n) => from.list('members', { prefix: [conversationId(n)], limit: 1_000 })),
    from.list('conversations', { prefix: [], limit: 10 }),
  ];
  const batches = Array.from({ length: 9 }, (_, batch) => {
    const seqs = Array.from({ length: 25 }, (_each, i) => batch * 25 + i + 1);
    const rows = seqs.flatMap((seq) => [
      ...put('messages', messageRow((seq % 3) + 1, seq)),
      ...put('ids', idRow((seq % 3) + 1, seq)),
    ]);
    const members = new Map([[accountId(batch), { role: 'owner', joinedSeq: batch }]] as const);
    return [
      ...rows,
      ...put('conversations', conversationRow(1, { seq: batch, members })),
      ...put('members', memberRow(1, batch, 1)),
    ];
  });
  const states: (readonly unknown[])[] = [];
  await tables.commit(batches[0] ?? [], { logId: 'log', offset: 0 });
  assert.deepEqual(tables.writer.checkpoint(), { logId: 'log', offset: 0 });
  const synced = readFileSync(tables.path);
  states.push(everything(tables));
  for (const [offset, batch] of batches.entries()) {
    if (offset === 0) continue;
    await tables.commit(batch, { logId: 'log', offset });
    states.push(everything(tables));
  }
  const wal = readFileSync(`${tables.path}-wal`);
  tables.db.close();
  const seen = new Set<number>();
  const afterCut = async (kept: Buffer) => {
    const path = freshPath();
    writeFileSync(path, synced);
    writeFileSync(`${path}-wal`, kept);
    const left = new OneThread(path);
    const offset = left.writer.applied?.offset ?? -1;
    seen.add(offset);
    assert.deepEqual(everything(left), states[offset]);
    for (let next = offset + 1; next < batches.length; next++)
      await left.commit(batches[next] ?? [], { logId: 'log', offset: next });
    assert.deepEqual(everything(left), states.at(-1));
    left.db.close();
    rmSync(join(path, '..'), { recursive: true });
  };
  await afterCut(wal.subarray(0, 0));
  await afterCut(wal);
  const cut = fc.record({ length: fc.nat(wal.length), torn: fc.nat(9_000) });
  await fc.assert(
    fc.asyncProperty(cut, ({ length, torn }) =>
      afterCut(Buffer.concat([wal.subarray(0, length), Buffer.alloc(torn, 0xa5)])),
    ),
    { numRuns: 40, endOnFailure: true },
  );
  assert.ok(seen.has(0) && seen.has(8) && seen.size >= 5, `cuts fell on too few transactions: ${[...seen].join(', ')}`);
});

test('[STR19] while the disk is full a transaction is refused, nothing of it is there, and later it succeeds', async () => {
  const tables = new OneThread();
  await tables.commit(put('facts', { name: 'epoch', value: '1' }), { logId: 'log', offset: 0 });
  const pages = Object.values(tables.db.prepare('PRAGMA page_count').get() ?? {})[0] as number;
  tables.db.exec(`PRAGMA max_page_count = ${pages + 3}`);
  const rows = Array.from({ length: 300 }, (_, i) => messageRow(1, i + 1));
  const writes = [...put('facts', { name: 'epoch', value: '2' }), ...put('messages', ...rows)];
  await assert.rejects(tables.commit(writes, { logId: 'log', offset: 1 }), (error) => {
    assert.deepEqual(failureOf(error), { fault: 'unavailable', text: 'The disk under the store is full.' });
    return true;
  });
  assert.deepEqual(tables.writer.applied, { logId: 'log', offset: 0 });
  assert.deepEqual(tables.list('messages', { prefix: [conversationId(1)], limit: 1 }), []);
  assert.deepEqual(tables.list('facts', { prefix: [], limit: 5 }), [{ name: 'epoch', value: '1' }]);
  tables.db.exec('PRAGMA max_page_count = 1000000');
  await tables.commit(writes, { logId: 'log', offset: 1 });
  assert.equal(tables.list('messages', { prefix: [conversationId(1)], limit: 1_000 }).length, 300);
  tables.db.close();
});

test('[R13] [STR13] a message that is not as it was written, or stands in the place of another, is not served', async () => {
  const tables = new OneThread();
  await tables.commit(put('messages', messageRow(1, 1), messageRow(1, 2), messageRow(1, 3)));
  tables.db.exec("UPDATE messages SET body = CAST(replace(CAST(body AS TEXT), '1/2', '1/7') AS BLOB) WHERE seq = 2");
  tables.db.exec('UPDATE messages SET seq = 4 WHERE seq = 3');
  const at = (seq: number) =>
    tables.list('messages', { prefix: [conversationId(1)], after: [seq - 1], before: [seq + 1], limit: 1 });
  assert.deepEqual(at(1), [messageRow(1, 1)]);
  assert.throws(() => at(2), DamagedRow);
  assert.throws(() => at(4), DamagedRow);
  assert.throws(() => tables.list('messages', { prefix: [conversationId(1)], limit: 9 }), DamagedRow);
  tables.db.close();
});

test('[STR16] what was blanked, expired or replaced is in no file after the next checkpoint', async () => {
  const tables = new OneThread();
  const canary = (n: number, seq: number) => `canary-${n}-${seq}-gone`;
  const long = (seq: number) => 'x'.repeat(seq % 40 === 0 ? 9_000 : 100 + ((seq * 37) % 300));
  const tail = (n: number, seq: number) => new TextEncoder().encode(`"content":"${long(seq)}${canary(n, seq)}"`);
  const rows = Array.from({ length: 1_200 }, (_, i) =>
    messageRow((i % 7) + 1, i + 1, { tail: tail((i % 7) + 1, i + 1), expiresAt: i % 3 === 0 ? 10 : null }),
  );
  await tables.commit(put('messages', ...rows));
  await tables.commit(put('settings', { account: accountId(1), key: 'own/draft', value: canary(0, 0), seq: 1 }));
  tables.writer.checkpoint();
  const deleted = rows
    .filter((_, i) => i % 3 === 1)
    .map((row) => ({ ...row, deletedBy: 9_999, tail: new Uint8Array() }));
  await tables.commit(put('messages', ...deleted));
  await tables.commit(put('settings', { account: accountId(1), key: 'own/draft', value: '', seq: 2 }));
  assert.equal(tables.writer.expire(11, 10_000), 400);
  tables.writer.checkpoint();
  const found = readdirSync(join(tables.path, '..'))
    .map((file) => readFileSync(join(tables.path, '..', file), 'latin1'))
    .flatMap((text) => [...text.matchAll(/canary-(\d+)-(\d+)-gone/g)].map((match) => Number(match[2])));
  const alive = rows.filter((_, i) => i % 3 === 2).map((row) => row.seq);
  assert.deepEqual(
    found.toSorted((a, b) => a - b),
    alive,
  );
  tables.db.close();
});
