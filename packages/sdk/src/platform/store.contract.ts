// What every local store must do. Each adapter's test brings `open`: a new store on the same rows each time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LocalKey, LocalStore, LocalWrite } from '../ports.ts';

/** A place for rows. `open` may be called again after the store before was closed. */
export interface StorePlace {
  open(): Promise<LocalStore>;
  remove(): Promise<void>;
}

const anyPart = fc.oneof(
  fc.integer({ min: -3, max: 12 }),
  fc.constantFrom(0.5, 1e15, Number.MAX_SAFE_INTEGER),
  fc.constantFrom('', 'a', 'ab', 'b', 'Z', '~', '-', '0', 'c_9', 'c_9x'),
);
const anyKey = fc.array(anyPart, { minLength: 1, maxLength: 4 });

/** Numbers before texts, part by part, the shorter first: what IndexedDB does. */
function compare(a: LocalKey, b: LocalKey): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const [x, y] = [a[at], b[at]];
    if (x === y) continue;
    if (typeof x === 'number' && typeof y === 'number') return x - y;
    if (typeof x === 'string' && typeof y === 'string') return x < y ? -1 : 1;
    return typeof x === 'number' ? -1 : 1;
  }
  return a.length - b.length;
}

function startsWith(key: LocalKey, prefix: LocalKey): boolean {
  return prefix.every((part, at) => key[at] === part);
}

export function storeContract(name: string, place: () => Promise<StorePlace>): void {
  const withStore = async (use: (store: LocalStore, at: StorePlace) => Promise<void>) => {
    const at = await place();
    const store = await at.open();
    try {
      await use(store, at);
    } finally {
      await store.close();
      await at.remove();
    }
  };

  test(`[LOC1] ${name} lists rows by prefix, bounds, limit and direction as a sorted list would`, async () => {
    await withStore(async (store) => {
      const anyQuery = fc.record({
        prefix: fc.array(anyPart, { maxLength: 2 }),
        after: fc.option(fc.array(anyPart, { maxLength: 2 }), { nil: undefined }),
        before: fc.option(fc.array(anyPart, { maxLength: 2 }), { nil: undefined }),
        limit: fc.integer({ min: 1, max: 8 }),
        reverse: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(anyKey, { comparator: (a, b) => compare(a, b) === 0, maxLength: 20 }),
          anyQuery,
          async (rows, query) => {
            await store.clear();
            await store.write(rows.map((key, value) => ({ table: 'messages', key, value })));
            const range = {
              prefix: query.prefix,
              limit: query.limit,
              reverse: query.reverse,
              ...(query.after && { after: [...query.prefix, ...query.after] }),
              ...(query.before && { before: [...query.prefix, ...query.before] }),
            };
            const expected = rows
              .map((key, value) => ({ key, value }))
              .filter(({ key }) => startsWith(key, query.prefix))
              .filter(({ key }) => range.after === undefined || compare(key, range.after) > 0)
              .filter(({ key }) => range.before === undefined || compare(key, range.before) < 0)
              .sort((a, b) => compare(a.key, b.key) * (query.reverse ? -1 : 1))
              .slice(0, query.limit);
            assert.deepEqual(await store.list('messages', range), expected);
          },
        ),
        { numRuns: 60 },
      );
    });
  });

  test(`[LOC2] ${name} keeps the last word about a key, by table, and what is opened again has it`, async () => {
    await withStore(async (store, at) => {
      await store.write([
        { table: 'facts', key: ['me'], value: 1 },
        { table: 'facts', key: ['me'], value: { deep: ['ä', null, 2] } },
        { table: 'settings', key: ['me'], value: 'other' },
        { table: 'settings', key: ['gone'], value: 'x' },
        { table: 'settings', key: ['gone'], remove: true },
      ]);
      await store.close();
      const again = await at.open();
      assert.deepEqual(await again.get('facts', ['me']), { deep: ['ä', null, 2] });
      assert.equal(await again.get('settings', ['me']), 'other');
      assert.equal(await again.get('settings', ['gone']), undefined);
      await again.close();
    });
  });

  test(`[LOC2] ${name} writes all of it or none of it`, async () => {
    await withStore(async (store) => {
      const unwritable = {
        get now(): never {
          throw new Error('not now');
        },
      };
      const writes: LocalWrite[] = [
        { table: 'facts', key: ['a'], value: 1 },
        { table: 'facts', key: ['b'], value: unwritable },
      ];
      await assert.rejects(store.write(writes));
      assert.equal(await store.get('facts', ['a']), undefined);
      await store.write([{ table: 'facts', key: ['a'], value: 2 }]);
      assert.equal(await store.get('facts', ['a']), 2);
    });
  });

  test(`[LOC3] ${name} is empty after it was cleared, and can be used again`, async () => {
    await withStore(async (store) => {
      await store.write([
        { table: 'facts', key: ['a'], value: 1 },
        { table: 'messages', key: ['a', 1], value: 1 },
      ]);
      await store.clear();
      assert.equal(await store.get('facts', ['a']), undefined);
      assert.deepEqual(await store.list('messages', { prefix: [], limit: 10 }), []);
      await store.write([{ table: 'facts', key: ['a'], value: 3 }]);
      assert.equal(await store.get('facts', ['a']), 3);
    });
  });

  test(`[LOC4] ${name} refuses to write after it was closed`, async () => {
    const at = await place();
    const store = await at.open();
    await store.close();
    await assert.rejects(store.write([{ table: 'facts', key: ['a'], value: 1 }]));
    await at.remove();
  });
}
