// Keys of the tables and the meaning of a Range, once for every store and for the overlay in front of it. Pure.
// Text compares by its bytes: key parts are ASCII.
import { assert } from '../kernel/assert.ts';
import { maxRangeRows } from '../kernel/limits.ts';
import { type Keys, keyOf, type Range, type Table, type Write } from './store.ts';

export type KeyPart = string | number;

/** Parts of each table's key. */
export const keyParts: { readonly [T in Table]: Keys[T]['length'] } = {
  conversations: 1,
  messages: 2,
  ids: 3,
  members: 3,
  memberships: 2,
  entries: 2,
  settings: 2,
  marks: 2,
  facts: 1,
};

/** The key of the row that a write puts. */
export function keyOfWrite(write: Write): readonly KeyPart[] {
  return (keyOf[write.table] as (row: Write['row']) => readonly KeyPart[])(write.row);
}

/** Below 0 when `a` comes before `b`. Only the parts that both have are compared, so a bound may be shorter. */
export function compareParts(a: readonly KeyPart[], b: readonly KeyPart[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a[i] as KeyPart;
    const right = b[i] as KeyPart;
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}

/** Is the row of this key in the range (its limit aside)? */
export function inRange(key: readonly KeyPart[], range: Range): boolean {
  if (compareParts(range.prefix, key) !== 0) return false;
  const rest = key.slice(range.prefix.length);
  if (range.after !== undefined && compareParts(rest, range.after) <= 0) return false;
  return range.before === undefined || compareParts(rest, range.before) < 0;
}

/** A range that no store can serve is a bug of the caller. */
export function checkRange(table: Table, range: Range): void {
  const rest = keyParts[table] - range.prefix.length;
  assert(table !== 'ids', 'ids are read by key');
  assert(rest >= 1, 'a prefix leaves a part of the key to order by');
  assert(range.prefix.length >= 1 || keyParts[table] === 1, 'a range lies in one partition');
  assert(bounded(range.after, rest) && bounded(range.before, rest), 'a bound has one part of the rest or more');
  assert(Number.isInteger(range.limit), 'the limit of a range is an integer');
  assert(range.limit >= 1 && range.limit <= maxRangeRows, 'the limit of a range is within its bounds');
}

function bounded(bound: readonly KeyPart[] | undefined, rest: number): boolean {
  return bound === undefined || (bound.length >= 1 && bound.length <= rest);
}
