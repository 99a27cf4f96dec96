// Who is not in a group or room but invited, or waits to be let in, as part of its state: at most one entry an account,
// none of a member. Pure; time is the append time. An entry gives no right but to come in, or to say no.
import type { AccountId, Role } from '@parley/protocol';
import { limits } from '@parley/protocol';
import type { ConversationRow, InviteState, PendingState } from '../store/store.ts';
import type { Case } from './members-record.ts';
import type { MemberList } from './membership.ts';
import { isOpenState, isPending, pendingOf } from './pending-state.ts';
import type { Invited } from './record.ts';

/** Did the answer of this kind come so lately that nobody asks again? */
export function answeredLately(
  { pending }: Pick<ConversationRow, 'pending'>,
  account: AccountId,
  answer: 'declined' | 'refused',
  time: number,
): boolean {
  return pending.some((each) => each.account === account && each.state === answer && isRemembered(each, time));
}

/** An invitation that this record makes. */
export function invitation(
  { entry, record, state }: Pick<Case, 'entry' | 'record' | 'state'>,
  { account, hidden }: Invited,
  role: Role,
): PendingState {
  const by = record.sender;
  return { account, state: 'invited', by, role, at: entry.time, seq: state.seq + 1, ...(hidden && { hidden }) };
}

/** The state with this entry in place of the account's own. What has run out goes, and its accounts are told by `list`. Null: there are too many. */
export function withPending(at: Case, list: MemberList, added: PendingState): ConversationRow | null {
  const { state, entry } = at;
  const others = state.pending.filter(({ account }) => account !== added.account);
  const open = others.filter((each) => isPending(each, entry.time));
  if (isPending(added, entry.time) && open.length >= limits.maxPendingPerConversation) return null;
  const answers = others.filter((each) => isRemembered(each, entry.time)).slice(1 - limits.maxPendingPerConversation);
  for (const each of others)
    if (isOpenState(each.state) && !each.hidden && !open.includes(each)) list.concern(each.account, false);
  return { ...state, pending: [...answers, ...open, added] };
}

/** The state without an entry of this account. */
export function without(state: ConversationRow, account: AccountId): ConversationRow {
  const pending = state.pending.filter((each) => each.account !== account);
  return pending.length === state.pending.length ? state : { ...state, pending };
}

/** The state after somebody was added: one who waited spends a use of its link, if that has any left. */
export function letIn({ state, entry }: Case, account: AccountId): ConversationRow {
  const waited = pendingOf(state, account, entry.time);
  const link = state.invites.find(({ id }) => id === waited?.inviteId);
  const entered = without(state, account);
  return link === undefined ? entered : { ...entered, invites: spent(state.invites, link) };
}

/** The state once the last member has gone: nobody is left who could let anybody in. */
export function deserted({ state }: Case, list: MemberList): ConversationRow {
  for (const each of state.pending) if (isOpenState(each.state) && !each.hidden) list.concern(each.account, false);
  return { ...state, pending: [] };
}

/** The links after a use of this one; the last use takes the link away. */
export function spent(links: readonly InviteState[], link: InviteState): readonly InviteState[] {
  if (link.usesLeft === null) return links;
  const usesLeft = link.usesLeft - 1;
  return links.flatMap((one) => (one !== link ? [one] : usesLeft > 0 ? [{ ...link, usesLeft }] : []));
}

function isRemembered(each: PendingState, time: number): boolean {
  return !isOpenState(each.state) && each.at + limits.askAgainMs > time;
}
