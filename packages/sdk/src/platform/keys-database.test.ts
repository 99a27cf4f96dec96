// The key store's `indexedDB` against another implementation of it: the same requests have the same answers, before and
// after the log is read again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as fake from 'fake-indexeddb';
import fc from 'fast-check';
import { KeyFactory } from './keys-database.ts';
import type { KeysLog } from './keys-log.ts';
import { KeyRange } from './keys-range.ts';
import { openKeyLog } from './node-keys-log.ts';
import { nodeKeyHost, recordsFrom, recordsIn } from './node-keys-records.ts';

/** What the tests see of both: `IDBFactory` and `IDBKeyRange`. */
interface Kind {
  readonly factory: IDBFactory;
  readonly range: typeof IDBKeyRange;
}

function newPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'keys.wal');
}

function kept(path: string): Kind & { readonly log: KeysLog<Uint8Array> } {
  const { log, records } = openKeyLog(path);
  const factory = new KeyFactory(nodeKeyHost, recordsIn(log), recordsFrom(records)) as unknown as IDBFactory;
  return { factory, range: KeyRange as unknown as typeof IDBKeyRange, log };
}

const model = (): Kind => ({ factory: new fake.IDBFactory(), range: fake.IDBKeyRange });

/** The answer of a request, or the name of its error. */
function answer(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      event.preventDefault();
      event.stopPropagation();
      resolve(request.error?.name);
    };
  });
}

const ended = (transaction: IDBTransaction) =>
  new Promise<string>((resolve) => {
    transaction.oncomplete = () => resolve('complete');
    transaction.onabort = () => resolve('abort');
  });

async function open({ factory }: Kind, version: number, make: (db: IDBDatabase, upgrade: IDBTransaction) => void) {
  const request = factory.open('keys', version);
  request.onupgradeneeded = () => make(request.result, request.transaction as IDBTransaction);
  return (await answer(request)) as IDBDatabase;
}

const schema = (db: IDBDatabase) => {
  const store = db.createObjectStore('rows');
  store.createIndex('by_a', 'a');
  store.createIndex('by_b', ['b', 'a'], { unique: true });
  db.createObjectStore('others');
};

const key = fc.oneof(
  fc.integer({ min: 0, max: 6 }),
  fc.constantFrom('a', 'b', 'bc', ''),
  fc.constantFrom([1, 'a'], [1], []),
);
const value = fc.record(
  { a: fc.oneof(key, fc.constant(null)), b: fc.integer({ min: 0, max: 3 }) },
  { requiredKeys: [] },
);
const range = fc.oneof(
  fc.constant(null),
  fc.record({ from: key, to: key, open: fc.tuple(fc.boolean(), fc.boolean()) }),
);
const source = fc.constantFrom('rows', 'by_a', 'by_b', 'others');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('put', 'add'), key, value }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), range }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('getAll', 'getAllKeys', 'count', 'get', 'cursor'), source, range }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep'), source, range, update: fc.boolean() }) },
);
type Of<A> = A extends fc.Arbitrary<infer V> ? V : never;
type Step = Of<typeof step>;
const work = fc.array(fc.record({ steps: fc.array(step, { maxLength: 8 }), abort: fc.boolean() }), { maxLength: 6 });

function rangeOf({ range: make }: Kind, asked: Of<typeof range>): IDBKeyRange | undefined {
  if (asked === null) return;
  try {
    return make.bound(asked.from, asked.to, ...asked.open);
  } catch (error) {
    assert.equal((error as DOMException).name, 'DataError');
    return;
  }
}

async function walk(request: IDBRequest<IDBCursorWithValue | null>, visit: (cursor: IDBCursorWithValue) => void) {
  const seen: unknown[] = [];
  await new Promise<void>((resolve) => {
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor === null) return resolve();
      seen.push([cursor.key, cursor.primaryKey, cursor.value]);
      visit(cursor);
      cursor.continue();
    };
  });
  return seen;
}

async function perform(kind: Kind, transaction: IDBTransaction, step: Step): Promise<unknown> {
  const rows = transaction.objectStore('rows');
  if ('key' in step) return answer(rows[step.do as 'put' | 'add'](step.value, step.key as IDBValidKey));
  const bounds = rangeOf(kind, step.range);
  if (!('source' in step)) return bounds === undefined ? answer(rows.clear()) : answer(rows.delete(bounds));
  const from = step.source.startsWith('by_') ? rows.index(step.source) : transaction.objectStore(step.source);
  if (step.do === 'sweep') {
    // Two ways to change what a cursor stands on; neither moves it.
    const change = (cursor: IDBCursorWithValue) =>
      'update' in step && step.update ? cursor.update(cursor.value) : cursor.delete();
    return walk(from.openCursor(bounds), change);
  }
  if (step.do === 'cursor') return walk(from.openCursor(bounds), () => {});
  if (step.do === 'get') return answer(from.get(bounds ?? 3));
  return answer(from[step.do as 'getAll'](bounds));
}

async function run(kind: Kind, db: IDBDatabase, jobs: Of<typeof work>): Promise<unknown> {
  const results: unknown[] = [];
  for (const { steps, abort } of jobs) {
    const transaction = db.transaction(['rows', 'others'], 'readwrite');
    const end = ended(transaction);
    for (const step of steps) results.push(await perform(kind, transaction, step));
    // It may have ended by itself when there was nothing to do.
    if (abort && steps.length > 0) transaction.abort();
    results.push(steps.length > 0 ? await end : null);
  }
  return results;
}

test('[ENC50] the key store answers like any IndexedDB, and the same again after it was read from its file', async (t) => {
  await fc.assert(
    fc.asyncProperty(work, work, async (before, after) => {
      const [path, other] = [newPath(t), model()];
      let one = kept(path);
      const theirs = await open(other, 1, schema);
      let ours = await open(one, 1, schema);
      assert.deepEqual(await run(one, ours, before), await run(other, theirs, before));
      await one.log.close();
      one = kept(path);
      ours = await open(one, 1, () => assert.fail('it is there already'));
      assert.deepEqual(await run(one, ours, after), await run(other, theirs, after));
      await one.log.close();
    }),
    { numRuns: 150 },
  );
});

test('[ENC50] tables and indexes come, go and stay as an upgrade says, or not at all when it is aborted', async (t) => {
  const path = newPath(t);
  let one = kept(path);
  const first = await open(one, 1, schema);
  await answer(first.transaction('rows', 'readwrite').objectStore('rows').put({ a: 1, b: 2 }, 'k'));
  const second = open(one, 2, (db, upgrade) => {
    db.deleteObjectStore('others');
    db.createObjectStore('new');
    upgrade.objectStore('rows').deleteIndex('by_a');
    upgrade.objectStore('rows').createIndex('by_b_only', 'b');
  });
  first.close();
  const names = [...(await second).objectStoreNames];
  assert.deepEqual(names, ['new', 'rows']);
  (await second).close();
  const failed = await open(one, 3, (db, upgrade) => {
    db.deleteObjectStore('new');
    upgrade.abort();
  });
  assert.equal(failed as unknown, 'AbortError');
  assert.equal((await open(one, 1, () => {})) as unknown, 'VersionError');
  await one.log.close();
  one = kept(path);
  const again = await open(one, 2, () => assert.fail('it has this version'));
  assert.deepEqual([again.version, [...again.objectStoreNames]], [2, ['new', 'rows']]);
  const rows = again.transaction('rows').objectStore('rows');
  assert.deepEqual([...rows.indexNames], ['by_b', 'by_b_only']);
  assert.deepEqual(await answer(rows.index('by_b_only').getAllKeys(2)), ['k']);
  again.close();
  await answer(one.factory.deleteDatabase('keys'));
  await one.log.close();
  assert.deepEqual(await kept(path).factory.databases(), []);
});

test('[ENC50] what the key store does not do is refused', async (t) => {
  const one = kept(newPath(t));
  const db = await open(one, 1, (made) => {
    assert.throws(() => made.createObjectStore('keyed', { keyPath: 'id' }), TypeError);
    assert.throws(() => made.createObjectStore('counted', { autoIncrement: true }), TypeError);
    const store = made.createObjectStore('rows');
    assert.throws(() => store.createIndex('many', 'list', { multiEntry: true }), TypeError);
  });
  const rows = db.transaction('rows', 'readwrite').objectStore('rows');
  assert.throws(() => rows.put(1, new Date(0)), { name: 'DataError' });
  assert.throws(() => rows.put(1, new Uint8Array(1)), { name: 'DataError' });
  assert.throws(() => rows.put(() => {}, 1), /could not be cloned/);
  assert.throws(() => rows.openCursor(null, 'prev'), TypeError);
  assert.throws(() => db.transaction('rows').objectStore('rows').put(1, 1), { name: 'ReadOnlyError' });
  await one.log.close();
});

test('[ENC46] the file is written anew while transactions come, and holds what all of them wrote', async (t) => {
  const path = newPath(t);
  const one = kept(path);
  const db = await open(one, 1, schema);
  const big = 'x'.repeat(200_000);
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; n < 20; n++) {
      const transaction = db.transaction(writer % 2 === 0 ? 'rows' : 'others', 'readwrite');
      const end = ended(transaction);
      transaction.objectStore(writer % 2 === 0 ? 'rows' : 'others').put({ n, big }, writer);
      assert.equal(await end, 'complete');
    }
  });
  await Promise.all(writers);
  await one.log.close();
  const { records } = openKeyLog(path);
  assert.ok(records.length < 160, `${records.length} records are not all of them`);
  const reopened = kept(path);
  const again = await open(reopened, 1, () => assert.fail('it is there'));
  const both = again.transaction(['rows', 'others']);
  for (const name of ['rows', 'others']) {
    const values = (await answer(both.objectStore(name).getAll())) as { n: number }[];
    assert.deepEqual(
      values.map(({ n }) => n),
      [19, 19, 19, 19],
    );
  }
  await reopened.log.close();
});

test('[ENC45] a store whose log failed aborts every transaction that would change something', async (t) => {
  const path = newPath(t);
  const one = kept(path);
  const db = await open(one, 1, schema);
  await one.log.close();
  const transaction = db.transaction('rows', 'readwrite');
  transaction.objectStore('rows').put({ a: 1 }, 1);
  assert.equal(await ended(transaction), 'abort');
  assert.equal(transaction.error?.name, 'UnknownError');
  assert.equal(await answer(db.transaction('rows').objectStore('rows').count()), 0);
});
