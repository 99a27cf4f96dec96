// What a members record does: who comes, goes, or becomes what, and how the conversation is set. Pure; a code means
// that it is rejected. Who was told what before the append is never a reason here.
import type { ErrorCode, MemberChange, Role } from '@parley/protocol';
import { limits } from '@parley/protocol';
import type { Entry } from '../log/log.ts';
import { applyCreate } from './apply-create.ts';
import { applyInvite, applyJoin, applyRevokeInvite } from './apply-invites.ts';
import { applyAsk, applyDecline, applyKnock, applyRefuse, applyWithdraw } from './apply-pending.ts';
import { isStale } from './entry-hash.ts';
import { type Case, isFull, listingOf, nothingToDo, placeList, placeState } from './members-record.ts';
import { heirOf, MemberList } from './membership.ts';
import { deserted, letIn } from './pending.ts';
import type { Change, MembersRecord } from './record.ts';
import { isAdmin, roleOf } from './roles.ts';
import { type Effects, none, type View } from './view.ts';

type ChangeOf<Action extends Change['action']> = Extract<Change, { readonly action: Action }>;

/** The effects of a members record, or why it is rejected. */
export function applyMembers(view: View, entry: Entry, record: MembersRecord): Effects | ErrorCode {
  const { change } = record;
  if (change.action === 'create') return applyCreate(view, entry, record, change);
  const state = view.conversation(record.conversation);
  if (state === undefined) return 'conversation.denied';
  const at: Case = { view, entry, record, state };
  if (record.entry !== undefined && state.kind !== 'group') return 'frame.invalid';
  if (isStale(record, state)) return 'members.stale';
  const role = roleOf(view, state, record.sender);
  if (change.action === 'join') return applyJoin(at, change.inviteHash, role !== null);
  if (change.action === 'knock') return applyKnock(at, change.inviteHash, role !== null);
  if (change.action === 'decline') return applyDecline(at);
  if (role === null) return 'conversation.denied';
  if (change.action === 'accept') return applyAccept(at);
  if (state.kind === 'direct' || state.kind === 'account') return 'conversation.role';
  if (change.action === 'leave') return applyLeave(at, role);
  if (change.action === 'remove' && change.subject === record.sender) return applyLeave(at, role);
  return isAdmin(role) ? administer(at, role, change) : 'conversation.role';
}

function administer(
  at: Case,
  role: Role,
  change: Exclude<Change, ChangeOf<'create' | 'join' | 'accept' | 'leave' | 'knock' | 'decline'>>,
): Effects | ErrorCode {
  switch (change.action) {
    case 'add':
      return applyAdd(at, change);
    case 'remove':
      return applyRemove(at, change);
    case 'role':
      return applyRole(at, role, change);
    case 'settings':
      return applySettings(at, change);
    case 'invite':
      return applyInvite(at, change);
    case 'revoke_invite':
      return applyRevokeInvite(at, change.inviteId);
    case 'ask':
      return applyAsk(at, change);
    case 'withdraw':
      return applyWithdraw(at, change.subject);
    case 'refuse':
      return applyRefuse(at, change.subject);
  }
}

/**
 * Only the one who was asked can accept; accepting again changes nothing. It is an answer like a written one: whoever has
 * written is a contact then. [CNV13]
 */
function applyAccept(at: Case): Effects | ErrorCode {
  const { view, entry, record, state } = at;
  if (state.kind !== 'direct') return 'conversation.role';
  if (state.accepted) return nothingToDo(view, entry, record, state.seq);
  if (state.requestedBy === record.sender) return 'conversation.role';
  const contact = state.requestedBy !== null && state.wrote.includes(state.requestedBy);
  return placeState(at, { ...state, accepted: true, contact, wrote: contact ? [] : state.wrote }, { action: 'accept' });
}

/** An owner who goes hands over first: the record names the heir. */
function applyLeave(at: Case, role: Role): Effects {
  const { view, record, state } = at;
  const list = new MemberList(view, state);
  list.leave(record.sender);
  const heir = role === 'owner' ? heirOf(view, state, record.sender) : null;
  if (heir === null) return placeList(at, list, { action: 'leave' }, list.isEmpty ? deserted(at, list) : state);
  list.changeRole(heir, 'owner');
  return placeList(at, list, { action: 'leave', subject: heir, role: 'owner' });
}

function applyAdd(at: Case, { subject, role }: ChangeOf<'add'>): Effects | ErrorCode {
  if (role === 'owner') return 'conversation.role';
  if (roleOf(at.view, at.state, subject) !== null) return 'members.conflict';
  if (isFull(at.state)) return 'conversation.full';
  const list = new MemberList(at.view, at.state);
  list.enter(subject, role);
  return placeList(at, list, { action: 'add', subject, role }, letIn(at, subject));
}

function applyRemove(at: Case, { subject }: ChangeOf<'remove'>): Effects | ErrorCode {
  const role = roleOf(at.view, at.state, subject);
  if (role === null) return 'members.conflict';
  if (role === 'owner') return 'conversation.role';
  const list = new MemberList(at.view, at.state);
  list.leave(subject);
  return placeList(at, list, { action: 'remove', subject });
}

/** Administrators make administrators; only the owner hands ownership over, and stays on as an administrator. */
function applyRole(at: Case, actor: Role, { subject, role }: ChangeOf<'role'>): Effects | ErrorCode {
  const before = roleOf(at.view, at.state, subject);
  if (before === null || before === role) return 'members.conflict';
  if (before === 'owner' || (role === 'owner' && actor !== 'owner')) return 'conversation.role';
  const list = new MemberList(at.view, at.state);
  if (role === 'owner') list.changeRole(at.record.sender, 'admin');
  list.changeRole(subject, role);
  return placeList(at, list, { action: 'role', subject, role });
}

function applySettings(at: Case, change: ChangeOf<'settings'>): Effects | ErrorCode {
  const { state } = at;
  const { title = state.title, topic = state.topic, access = state.access, history = state.history } = change;
  const named = title !== state.title || topic !== state.topic || access !== state.access;
  if (state.kind !== 'room' && named) return 'conversation.role';
  if (title.length > limits.maxTitleCharacters || topic.length > limits.maxTopicCharacters) return 'frame.invalid';
  const shown: MemberChange = { action: 'settings', ...(change.title === undefined ? {} : { title }) };
  const changed = { ...state, title, topic, access, history };
  return placeState(at, changed, shown, access === state.access ? none : [listingOf(changed)]);
}
