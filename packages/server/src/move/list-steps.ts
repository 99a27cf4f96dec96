// The two numbered lists, moved under their numbers: changes of keys, and sessions that ended. Clients go on where they
// were, so a number must never come again. Buckets that hold entries are chained, the last one is open.

import { padded } from '../directory/cassandra-owners.ts';
import { listBucket, movePageRows } from '../kernel/engine-limits.ts';
import { endedKeptMs } from '../kernel/limits.ts';
import type { DirectoryMove } from './directory-parts.ts';
import { type Step, textOf } from './step.ts';

/** A list as it is read from the file. `seconds`: how long an entry stays; 0: for good. */
interface Listed {
  readonly name: 'ended' | 'changes';
  readonly table: 'ended' | 'key_changes';
  readonly words: string;
  readonly seconds: number;
  readonly page: (after: number) => readonly { readonly n: number; readonly value: object }[];
  readonly both: (after: number, limit: number) => Promise<readonly [unknown, unknown]>;
}

export function listSteps({ source, from, to, owned }: DirectoryMove): readonly Step[] {
  const changes: Listed = {
    name: 'changes',
    table: 'key_changes',
    words: 'changes of keys',
    seconds: 0,
    page: (after) => source.keyChanges(after).map(({ n, account, change }) => ({ n, value: { account, change } })),
    both: async (after, limit) => [await from.keys.changes(after, limit), await to.keys.changes(after, limit)],
  };
  const ended: Listed = {
    name: 'ended',
    table: 'ended',
    words: 'sessions that ended',
    seconds: (2 * endedKeptMs) / 1_000,
    page: (after) => source.ended(after).map(({ n, device, reason, time }) => ({ n, value: { device, reason, time } })),
    both: async (after, limit) => [await from.devices.ended(after, limit), await to.devices.ended(after, limit)],
  };
  return [changes, ended].map((list) => stepOf(list, { source, owned }));
}

function stepOf(
  { name, table, words, seconds, page, both }: Listed,
  move: Pick<DirectoryMove, 'source' | 'owned'>,
): Step {
  const { source, owned } = move;
  const register = `list ${name}`;
  const owner = (bucket: number) => `list ${name} ${bucket}`;
  return {
    name: words,
    count: () => source.count(table),
    async *copy(after) {
      for (let rows = page(Number(after?.[0] ?? 0)); rows.length > 0; rows = page(rows.at(-1)?.n ?? 0)) {
        for (const [bucket, some] of Map.groupBy(rows, ({ n }) => bucketOf(n))) {
          const entries = some.map(({ n, value }) => ({ kind: 'n', key: padded(n), value, seconds }));
          await owned.put(owner(bucket), null, entries);
        }
        yield { rows: rows.length, at: [rows.at(-1)?.n ?? 0] };
      }
      const head = source.head(table);
      let last = 0;
      for (const bucket of chain(move, table, head)) {
        const entries = [{ kind: 'bucket', key: padded(bucket), value: null }];
        await owned.put(register, null, entries);
        if (bucket > last) await owned.put(owner(last), { head: (last + 1) * listBucket, trim: 0, next: bucket });
        last = bucket;
      }
      if (head > 0) await owned.put(owner(last), { head, trim: 0, next: null });
      if (head > 0) await owned.put(register, { bucket: last });
    },
    async *compare() {
      for (let after = 0; ; ) {
        const [here, there] = await both(after, movePageRows);
        const { rows } = here as { readonly rows: readonly { readonly n: number }[] };
        yield { rows: rows.length, from: [textOf(here)], to: [textOf(there)] };
        if (rows.length < movePageRows) return;
        after = rows.at(-1)?.n ?? after;
      }
    },
  };
}

/** The first bucket, those with entries, and the one in which the list goes on. */
function* chain({ source }: Pick<DirectoryMove, 'source'>, table: Listed['table'], head: number): Iterable<number> {
  if (head === 0) return;
  yield 0;
  const open = bucketOf(head);
  for (let after = 0; ; ) {
    const some = source.stretches(table, listBucket, after).filter((bucket) => bucket < open);
    yield* some;
    const last = some.at(-1);
    if (last === undefined) break;
    after = last;
  }
  if (open > 0) yield open;
}

function bucketOf(n: number): number {
  return Math.floor((n - 1) / listBucket);
}
