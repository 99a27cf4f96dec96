// Invitations and wishes to be let in: who is asked is no member before its own `join`, who knocks none before it is
// added. Each is an entry of the member list, with its version. Pure; times are compared with the append time.
import type { AccountId, ErrorCode, InviteId, MemberChange } from '@parley/protocol';
import type { PendingState } from '../store/store.ts';
import { type Case, isFull, placeList } from './members-record.ts';
import { MemberList } from './membership.ts';
import { answeredLately, invitation, without, withPending } from './pending.ts';
import { isOpenLink, pendingOf, visibleTo } from './pending-state.ts';
import type { Change } from './record.ts';
import { roleOf } from './roles.ts';
import type { Effects } from './view.ts';

type Ask = Extract<Change, { readonly action: 'ask' }>;

/** Somebody is invited. */
export function applyAsk(at: Case, { subject, role, hidden }: Ask): Effects | ErrorCode {
  const { view, state, entry } = at;
  if (role === 'owner') return 'conversation.role';
  if (roleOf(view, state, subject) !== null) return 'members.conflict';
  if (pendingOf(state, subject, entry.time) !== undefined) return 'members.conflict';
  if (answeredLately(state, subject, 'declined', entry.time)) return 'members.declined';
  if (isFull(state)) return 'conversation.full';
  const asked = invitation(at, { account: subject, ...(hidden && { hidden }) }, role);
  return begin(at, asked, { action: 'ask', subject, role });
}

/** Somebody comes by a link that needs an approval. */
export function applyKnock(at: Case, inviteHash: string, present: boolean): Effects | ErrorCode {
  const { state, record, entry } = at;
  const link = state.invites.find(({ secretHash }) => secretHash === inviteHash);
  if (link?.approval !== true || !isOpenLink(link, entry.time)) return 'invite.invalid';
  if (present || visibleTo(state, record.sender, entry.time) !== undefined) return 'members.conflict';
  if (answeredLately(state, record.sender, 'refused', entry.time)) return 'members.declined';
  return begin(at, wish(at, link.id), { action: 'knock', invite_id: link.id });
}

function wish({ record, entry, state }: Case, inviteId: InviteId): PendingState {
  const { sender: account } = record;
  return { account, state: 'waiting', by: account, role: 'member', at: entry.time, seq: state.seq + 1, inviteId };
}

/** The invited one says no, or who waits gives up. Only the no is remembered. */
export function applyDecline(at: Case): Effects | ErrorCode {
  const found = visibleTo(at.state, at.record.sender, at.entry.time);
  if (found === undefined) return 'conversation.denied';
  return end(at, found, found.state === 'invited' ? 'declined' : null, { action: 'decline' });
}

/** The invitation is taken back. */
export function applyWithdraw(at: Case, subject: AccountId): Effects | ErrorCode {
  const found = pendingOf(at.state, subject, at.entry.time);
  return found?.state === 'invited' ? end(at, found, null, { action: 'withdraw', subject }) : 'members.conflict';
}

/** Who waits is not let in. */
export function applyRefuse(at: Case, subject: AccountId): Effects | ErrorCode {
  const found = pendingOf(at.state, subject, at.entry.time);
  return found?.state === 'waiting' ? end(at, found, 'refused', { action: 'refuse', subject }) : 'members.conflict';
}

function begin(at: Case, added: PendingState, change: MemberChange): Effects | ErrorCode {
  const list = new MemberList(at.view, at.state);
  const state = withPending(at, list, added);
  if (state === null) return 'invite.too_many';
  if (!added.hidden) list.concern(added.account, true);
  return placeList(at, list, change, state);
}

function end(at: Case, ended: PendingState, answer: 'declined' | 'refused' | null, change: MemberChange): Effects {
  const { entry, state } = at;
  const list = new MemberList(at.view, state);
  if (!ended.hidden) list.concern(ended.account, false);
  const { account, by, role } = ended;
  const no = answer && { account, by, role, state: answer, at: entry.time, seq: state.seq + 1 };
  return placeList(at, list, change, (no && withPending(at, list, no)) ?? without(state, account));
}
