// The tables of the store, moved: rows as they are, but for what counts in offsets of the old log. They are stamped as of
// before the first record of the cluster's log, so that every later write of the cluster is above them. [MOV4]
import { directoryAtOnce } from '../kernel/engine-limits.ts';
import { blank } from '../store/blank.ts';
import {
  type Keys,
  keyOf,
  type MessageRow,
  type Range,
  type Rows,
  type Store,
  type Table,
  type Tables,
  type Write,
} from '../store/store.ts';
import { eachOf } from './each-of.ts';
import { type Cursor, type Step, textOf } from './step.ts';
import type { StoreSource } from './store-source.ts';

/** From where to where. `now`: what expired by then is without content on both sides. */
export interface StoreMove {
  readonly from: StoreSource;
  readonly to: Rows & Pick<Store, 'commit'>;
  readonly now: () => number;
}

/** Before the first record. */
const stamp = -1;

/** What a conversation's row counts comes before it. */
const tables = [
  'messages',
  'ids',
  'members',
  'memberships',
  'entries',
  'settings',
  'marks',
  'facts',
  'conversations',
] as const satisfies readonly Table[];

export function storeSteps(move: StoreMove): readonly Step[] {
  return tables.map((table) => stepOf(table, move));
}

function stepOf<T extends Table>(table: T, { from, to, now }: StoreMove): Step {
  return {
    name: table === 'ids' ? 'verdicts on ids' : table === 'entries' ? 'entries of member lists' : table,
    count: () => from.count(table),
    async *copy(after) {
      for await (const rows of from.pages(table, after as Keys[T] | null)) {
        await to.commit(
          rows.map((row) => ({ table, row: moved(table, row), stamp }) as Write),
          null,
        );
        yield { rows: rows.length, at: keyOf[table](rows.at(-1) as Tables[T]) as Cursor };
      }
    },
    async *compare() {
      let last: Keys[T] | null = null;
      for await (const rows of from.pages(table, null)) {
        const there = await readBack(to, table, rows, last);
        const time = now();
        const seen = (row: Tables[T]): string => textOf(readable(table, row, time));
        yield { rows: rows.length, from: rows.map((row) => seen(moved(table, row))), to: there.map(seen) };
        last = keyOf[table](rows.at(-1) as Tables[T]);
      }
    },
  };
}

/** The offset of the newest record is one of the old log. Of the new one, none was applied. */
function moved<T extends Table>(table: T, row: Tables[T]): Tables[T] {
  return table === 'conversations' ? { ...row, offset: -1 } : row;
}

/** What expired is blank for readers, whether somebody has blanked it or not. [MOV11] */
function readable<T extends Table>(table: T, row: Tables[T], time: number): Tables[T] {
  if (table !== 'messages') return row;
  const message = row as MessageRow;
  return (message.expiresAt === null || message.expiresAt > time ? row : blank(message, 0)) as Tables[T];
}

/** The rows that stand where these came from: by key, or every one between the first and the last of a partition. */
async function readBack<T extends Table>(
  to: Rows,
  table: T,
  rows: readonly Tables[T][],
  last: Keys[T] | null,
): Promise<readonly Tables[T][]> {
  if (table === 'ids' || table === 'conversations') {
    const found = await eachOf(rows, directoryAtOnce, (row) => to.get(table, keyOf[table](row)));
    return found.filter((row) => row !== undefined);
  }
  const ranges = rangesOf(table, rows, last);
  return (await eachOf(ranges, directoryAtOnce, (range) => to.list(table, range))).flat();
}

/** A page is one stretch of each partition that it touches; the first may go on from the page before. */
function rangesOf<T extends Table>(table: T, rows: readonly Tables[T][], last: Keys[T] | null): readonly Range[] {
  const keys = rows.map((row) => keyOf[table](row) as Cursor);
  if (table === 'facts') return [{ prefix: [], limit: rows.length, ...(last !== null && { after: last as Cursor }) }];
  return [...Map.groupBy(keys, ([part]) => String(part))].map(([part, all]) => ({
    prefix: [part],
    limit: all.length,
    ...(last?.[0] === part && { after: (last as Cursor).slice(1) }),
  }));
}
