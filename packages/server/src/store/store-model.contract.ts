// Any writes against a map of rows: what a store gives back must be what the map has. Run by the test of each adapter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type KeyPart, keyOfWrite, keyParts } from './keys.ts';
import { anyWrite } from './sample-rows.ts';
import type { OpenStore } from './store.contract.ts';
import type { MarkRow, Range, Store, Table, Write } from './store.ts';

interface Kept {
  readonly key: readonly KeyPart[];
  readonly row: Write['row'];
}

/** The naive store. */
class Model {
  readonly #rows = new Map<string, Kept & { readonly table: Table }>();

  put(write: Write): void {
    const key = keyOfWrite(write);
    const name = JSON.stringify([write.table, ...key]);
    const before = this.#rows.get(name)?.row as MarkRow | undefined;
    const row = write.table === 'marks' && before !== undefined ? highest(before, write.row) : write.row;
    this.#rows.set(name, { table: write.table, key, row });
  }

  rows(table: Table): readonly Kept[] {
    return [...this.#rows.values()].filter((each) => each.table === table).sort((a, b) => order(a.key, b.key));
  }

  list(table: Table, { prefix, after, before, limit, reverse }: Range): readonly Write['row'][] {
    const kept = this.rows(table).filter(({ key }) => {
      const rest = key.slice(prefix.length);
      const inside = order(key.slice(0, prefix.length), prefix) === 0;
      const behind = after === undefined || order(rest.slice(0, after.length), after) > 0;
      return inside && behind && (before === undefined || order(rest.slice(0, before.length), before) < 0);
    });
    return (reverse === true ? kept.toReversed() : kept).slice(0, limit).map(({ row }) => row);
  }
}

function highest(before: MarkRow, row: MarkRow): MarkRow {
  const most = (name: 'delivered' | 'read' | 'change') => Math.max(before[name], row[name]);
  return { ...row, delivered: most('delivered'), read: most('read'), change: most('change') };
}

/** Runs the property against one store; every run has conversations, accounts and facts of its own. */
export function storeModelContract(name: string, open: () => Promise<OpenStore>, numRuns = 40): void {
  test(`[STR4] ${name}: rows of any table come back exactly as they were written, by key and in any slice`, async () => {
    const opened = await open();
    let world = 0;
    const run = fc.asyncProperty(fc.nat(), fc.infiniteStream(fc.nat(1_000)), async (seed, choices) => {
      world++;
      const base = world * 100;
      const batches = fc.sample(fc.array(anyWrite(base), { minLength: 1, maxLength: 40 }), { seed, numRuns: 3 });
      const model = new Model();
      for (const [i, batch] of batches.entries()) {
        await opened.store.commit(batch, { logId: 'log', offset: base + i });
        for (const write of batch) model.put(write);
      }
      await agree(opened.store, model, () => Number(choices.next().value ?? 0));
    });
    await fc.assert(run, { numRuns });
    await opened.close();
  });
}

async function agree(store: Store, model: Model, choose: () => number): Promise<void> {
  for (const table of Object.keys(keyParts) as Table[]) {
    const rows = model.rows(table);
    for (const { key, row } of rows) assert.deepEqual(await store.get(table, key as never), row);
    for (const { key } of rows.slice(0, table === 'ids' ? 0 : 6)) {
      const range = rangeAround(key, rows[choose() % rows.length]?.key ?? key, choose);
      if (range.prefix.length > 0) assert.deepEqual(await store.list(table, range), model.list(table, range));
    }
  }
}

/** A range over the partition of one key with bounds taken from the keys that are there. */
function rangeAround(key: readonly KeyPart[], other: readonly KeyPart[], choose: () => number): Range {
  const parts = key.length;
  const prefix = key.slice(0, Math.min(parts - 1, 1 + (choose() % 2))) as string[];
  const bound = (from: readonly KeyPart[]) => from.slice(prefix.length, parts - (choose() % (parts - prefix.length)));
  return {
    prefix,
    limit: 1 + (choose() % 10),
    reverse: choose() % 2 === 0,
    ...(choose() % 2 === 0 ? { after: bound(key) } : {}),
    ...(choose() % 2 === 0 ? { before: bound(other) } : {}),
  };
}

function order(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  const at = a.findIndex((part, i) => part !== b[i]);
  if (at < 0) return 0;
  return (a[at] as KeyPart) < (b[at] as KeyPart) ? -1 : 1;
}
