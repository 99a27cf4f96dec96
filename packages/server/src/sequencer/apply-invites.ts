// Coming in by oneself: open rooms, and invite links whose uses and expiry are counted here, by append time. Pure.
// The secret of a link is never in a record: only its hash is.
import type { ErrorCode, InviteId } from '@parley/protocol';
import { limits } from '@parley/protocol';
import type { InviteState } from '../store/store.ts';
import { type Case, isFull, placeLink, placeList } from './members-record.ts';
import { MemberList } from './membership.ts';
import { spent, without } from './pending.ts';
import { isOpenLink, visibleTo } from './pending-state.ts';
import type { Change } from './record.ts';
import type { Effects } from './view.ts';

type Invite = Extract<Change, { readonly action: 'invite' }>;

/** Somebody comes in, by a link or (open rooms) without one. */
export function applyJoin(at: Case, inviteHash: string, present: boolean): Effects | ErrorCode {
  const { view, record, state } = at;
  if (state.kind === 'direct' || state.kind === 'account') return 'conversation.denied';
  if (present) return 'members.conflict';
  const pending = visibleTo(state, record.sender, at.entry.time);
  const invited = pending?.state === 'invited' ? pending : null;
  // An entry says by what somebody comes, and whoever reads it goes by that.
  if (invited !== null && record.entry !== undefined && inviteHash !== '') return 'members.conflict';
  const invites = invited !== null ? state.invites : entered(at, inviteHash);
  if (typeof invites === 'string') return invites;
  if (isFull(state)) return 'conversation.full';
  const list = new MemberList(view, state);
  const role = state.memberCount === 0 ? 'owner' : (invited?.role ?? 'member');
  list.enter(record.sender, role);
  return placeList(
    at,
    list,
    { action: 'join', ...(role !== 'member' && { role }) },
    { ...without(state, record.sender), invites },
  );
}

/** The links after somebody came in who is not invited. */
function entered(at: Case, inviteHash: string): readonly InviteState[] | ErrorCode {
  return inviteHash === '' ? openDoor(at) : used(at, inviteHash);
}

/** A new link. Those that have expired make room. */
export function applyInvite(
  at: Case,
  { inviteId, secretHash, expiresAt, uses, approval }: Invite,
): Effects | ErrorCode {
  const open = at.state.invites.filter((invite) => isOpenLink(invite, at.entry.time));
  if (open.length >= limits.maxInvitesPerConversation) return 'invite.too_many';
  if (uses !== null && (uses < 1 || uses > limits.maxInviteUses)) return 'frame.invalid';
  if (open.some(({ id }) => id === inviteId)) return 'members.conflict';
  const invite = {
    id: inviteId,
    secretHash,
    createdBy: at.record.sender,
    expiresAt,
    usesLeft: uses,
    ...(approval && { approval }),
  };
  return placeLink(at, { ...at.state, invites: [...open, invite] }, { action: 'invite', invite_id: inviteId });
}

/** The link is invalid from here on. */
export function applyRevokeInvite(at: Case, inviteId: InviteId): Effects | ErrorCode {
  const invites = at.state.invites.filter((invite) => invite.id !== inviteId);
  if (invites.length === at.state.invites.length) return 'not_found';
  return placeLink(at, { ...at.state, invites }, { action: 'revoke_invite', invite_id: inviteId });
}

/** Without a link one comes into open rooms only. */
function openDoor({ state }: Case): readonly InviteState[] | ErrorCode {
  return state.kind === 'room' && state.access === 'open' ? state.invites : 'conversation.denied';
}

/** The links after this use; the last use takes the link away. */
function used({ state, entry }: Case, inviteHash: string): readonly InviteState[] | ErrorCode {
  const invite = state.invites.find((candidate) => candidate.secretHash === inviteHash);
  if (invite === undefined || !isOpenLink(invite, entry.time) || invite.approval) return 'invite.invalid';
  return spent(state.invites, invite);
}
