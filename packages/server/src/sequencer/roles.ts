// Who is what in a conversation, read from its state or, in rooms, from the newest interval. Pure.
import type { AccountId, Role } from '@parley/protocol';
import type { ConversationRow, MemberRow } from '../store/store.ts';
import type { View } from './view.ts';

/** The role of a present member, else null. */
export function roleOf(view: View, state: ConversationRow, account: AccountId): Role | null {
  if (state.members !== null) return state.members.get(account)?.role ?? null;
  const row = view.member(state.conversation, account);
  return row !== undefined && isOpen(row, state) ? row.role : null;
}

/** Was the interval open before the record that comes next? A row that a later record wrote does not count. */
export function isOpen(row: MemberRow, state: ConversationRow): boolean {
  return row.joinedSeq <= state.seq && (row.leftSeq === null || row.leftSeq > state.seq);
}

/** May this role change what the conversation is, and who is in it? */
export function isAdmin(role: Role): boolean {
  return role !== 'member';
}
