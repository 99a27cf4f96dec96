// How much of one account's watermarks another may see. Pure. Hiding is mutual, strangers and blocked accounts see
// nothing, rooms have no ticks beyond the first, and in groups nobody can hide. It must be decided nowhere else.
import type { AccountId } from '@parley/protocol';
import type { ConversationRow } from '../store/store.ts';
import type { AccountSettings } from './settings.ts';

/** Nothing, only what was delivered, or also what was read. */
export type MarkSight = 'nothing' | 'delivered' | 'all';

/** One side of a conversation. */
export interface Party {
  readonly account: AccountId;
  readonly settings: AccountSettings;
}

/** In one's own log there is nothing to deliver and nothing to read: nobody has ever a mark there, and none is looked for. */
export function hasMarks({ kind }: Pick<ConversationRow, 'kind'>): boolean {
  return kind !== 'account';
}

/** Is there anything to see in this conversation without asking for settings? Null: it depends on them. */
export function sightByKind(state: ConversationRow): MarkSight | null {
  if (state.kind === 'group') return 'all';
  return state.kind === 'direct' && state.accepted && state.contact ? null : 'nothing';
}

/** What two contacts see of each other's watermarks; the same from either side. */
export function sightOf(a: Party, b: Party): MarkSight {
  if (isBlockedBetween(a, b)) return 'nothing';
  return a.settings.readReceipts && b.settings.readReceipts ? 'all' : 'delivered';
}

/** Has either blocked the other? */
export function isBlockedBetween(a: Party, b: Party): boolean {
  return a.settings.blocked.has(b.account) || b.settings.blocked.has(a.account);
}
