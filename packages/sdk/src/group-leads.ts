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
  rows: readonly T[],
  members: Leading | null | undefined,
): { readonly rows: readonly T[]; readonly isCut: boolean } {
  const sorted = rows
    .map((row) => ({ row, leads: leadsAt(members, row.by, row.at) }))
    .sort(({ row: one }, { row: other }) => other.seq - one.seq || one.at - other.at);
  const firsts = new Map<string, (typeof sorted)[number]>();
  const records = new Set<number>();
  for (const one of sorted) {
    const { by, seq, at } = one.row;
    const key = `${by} ${seq === at} ${one.leads}`;
    if (!firsts.has(key)) firsts.set(key, one);
    records.add(at);
  }
  const kept = [...firsts.values()].sort((one, other) => Number(other.leads) - Number(one.leads)).slice(0, maxSaidRows);
  const stays = new Set(kept);
  const left = sorted.filter((one) => stays.has(one)).map(({ row }) => row);
  return { rows: left, isCut: left.length < records.size };
}

const never = Number.POSITIVE_INFINITY;
