// What a group is called. Whoever leads it says so, at their record, by its signed list: what anybody else says of it changes
// nothing. Pure, order-free and idempotent. [ENC]

import { type Leading, leadsAt } from './group-leads.ts';
import type { ConversationRow, MembersRow, TitleRow } from './rows.ts';

/** The title that counts, with its place; null: none does, or it is not known who led the group. */
export function titleOf(
  { titles = [] }: Pick<ConversationRow, 'titles'>,
  members: Leading | undefined,
): TitleRow | null {
  return titles.find(({ by, at }) => leadsAt(members, by, at)) ?? null;
}

/** Is there nothing to look for: is it known, or will be once it is known who led the group? */
export function hasTitle(row: Pick<ConversationRow, 'titles'>, members: MembersRow | undefined): boolean {
  return members === undefined ? row.titles !== undefined : titleOf(row, members) !== null;
}
