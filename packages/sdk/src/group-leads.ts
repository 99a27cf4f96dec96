// Who led a group when, by its signed list, and what people have said of how it stands until it is known which of them led
// it: the list may be read after the records are. What counts is seen anew whenever it is shown. Pure. [ENC]
import type { AccountId } from '@parley/protocol';
import { maxSaidRows } from './limits.ts';
import type { MembersRow, SaidRow } from './rows.ts';

export type Leading = Pick<MembersRow, 'items' | 'led' | 'fault'>;

/**
 * Did they lead the group at this record? Of a list that is not known, or that could not be checked from its first entry on,
 * nobody did. Where nothing is signed anywhere the server says who leads now.
 */
export function leadsAt(members: Leading | null | undefined, account: AccountId, seq: number): boolean {
  if (!members) return false;
  const { led, items, fault } = members;
  if (led !== undefined) return led.some((one) => one.account === account && one.from < seq && seq < (one.to ?? never));
  return fault === undefined && items.some((one) => one.account === account && one.role !== 'member');
}

/**
 * Of each the newest that they have brought and the newest that they have said again, while they led and while they did
 * not; the newest first. Of too many those stay who led it.
 */
export function newestOfEach<T extends SaidRow>(
  before: readonly T[] = [],
  more: readonly T[] = [],
  members: Leading | null | undefined,
): { readonly rows?: readonly T[]; readonly isCut?: boolean } {
  if (more.length === 0) return {};
  const leads = ({ by, at }: T) => leadsAt(members, by, at);
  const all = [...new Map([...before, ...more].map((row) => [row.at, row])).values()].sort(newestFirst);
  const keys = all.map((row) => `${row.by} ${row.seq === row.at} ${leads(row)}`);
  const firsts = all.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
  const stay = firsts.toSorted((one, other) => Number(leads(other)) - Number(leads(one))).slice(0, maxSaidRows);
  return { rows: stay.sort(newestFirst), isCut: stay.length < all.length };
}

/** Of what counts as of the same record the first one that says so. */
const newestFirst = (one: SaidRow, other: SaidRow) => other.seq - one.seq || one.at - other.at;

const never = Number.POSITIVE_INFINITY;
