// What a signed entry asks for, as a change for the log, if its author may ask for it now: under the same rules as the
// routes of members, of who is pending, and of links. `apply` has the last word.
import { type AccountId, type ErrorCode, type MembershipEntry, limits as wire } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { linkId } from '../sequencer/entry-hash.ts';
import { isOpenLink, pendingOf, visibleTo } from '../sequencer/pending-state.ts';
import type { Change } from '../sequencer/record.ts';
import type { ConversationRow } from '../store/store.ts';
import { invitedBy, wayIn } from './adding.ts';
import type { ConversationContext } from './context.ts';
import { hasPendingRoom, hasRoom } from './memberships.ts';
import { denied } from './parts.ts';

type Outcome = Result<Change, ErrorCode>;

/** The change, or why not. The entry has the fields of its action. */
export async function changeOf(
  context: ConversationContext,
  state: ConversationRow,
  entry: MembershipEntry,
): Promise<Outcome> {
  const role = state.members?.get(entry.actor)?.role;
  if (entry.action === 'join') return coming(context, state, entry);
  if (entry.action === 'knock') return knocking(context, state, entry);
  if (entry.action === 'decline') {
    const found = visibleTo(state, entry.actor, context.clock.now());
    return found === undefined ? refuse(denied) : ok({ action: 'decline' });
  }
  if (role === undefined) return refuse(denied);
  if (entry.action === 'leave') return ok({ action: 'leave' });
  return role === 'member' ? refuse('conversation.role') : leading(context, state, entry);
}

async function leading(context: ConversationContext, state: ConversationRow, entry: MembershipEntry): Promise<Outcome> {
  const { action, link_key: key = '', role = 'member', expires_at: expiresAt = 0, uses = 0, approval } = entry;
  switch (action) {
    case 'add':
      return adding(context, state, entry);
    case 'ask':
      return asking(context, state, entry);
    case 'remove':
    case 'withdraw':
    case 'refuse':
      return ok({ action, subject: subjectOf(entry) });
    case 'role':
      return ok({ action, subject: subjectOf(entry), role });
    case 'link': {
      const now = context.clock.now();
      if (expiresAt <= now || expiresAt > now + wire.maxInviteMs)
        return refuse('frame.invalid', { path: '/entry/entry/expires_at' });
      const more = approval ? ({ approval } as const) : {};
      return ok({ action: 'invite', inviteId: linkId(key), secretHash: key, expiresAt, uses, ...more });
    }
    case 'end_link':
      return ok({ action: 'revoke_invite', inviteId: linkId(key) });
    default:
      return refuse('frame.invalid', { path: '/entry/entry/action' });
  }
}

/** Only whom the actor may add without asking, and who waits. */
async function adding(context: ConversationContext, state: ConversationRow, entry: MembershipEntry): Promise<Outcome> {
  const { role = 'member', actor } = entry;
  const subject = subjectOf(entry);
  const refusal = newcomerRefusal(state, entry, subject);
  if (refusal !== null) return refuse(refusal);
  const isWaiting = pendingOf(state, subject, context.clock.now())?.state === 'waiting';
  const [way, room] = await Promise.all([
    isWaiting ? ('add' as const) : wayIn(context, actor, subject),
    hasRoom(context.rows, subject),
  ]);
  if (way === 'none' || !room) return refuse('account.unknown');
  return way === 'add' ? ok({ action: 'add', subject, role }) : refuse('members.ask');
}

async function asking(context: ConversationContext, state: ConversationRow, entry: MembershipEntry): Promise<Outcome> {
  const { role = 'member', actor } = entry;
  const subject = subjectOf(entry);
  const refusal = newcomerRefusal(state, entry, subject);
  if (refusal !== null) return refuse(refusal);
  const way = await wayIn(context, actor, subject);
  if (way === 'none') return refuse('account.unknown');
  if (pendingOf(state, subject, context.clock.now()) !== undefined) return refuse('members.conflict');
  if (!(await context.newPeople.mayAsk(actor))) return refuse('request.limit');
  return ok({ action: 'ask', subject, role, ...invitedBy(way) });
}

function newcomerRefusal(state: ConversationRow, { role }: MembershipEntry, subject: AccountId): ErrorCode | null {
  if (role === 'owner') return 'conversation.role';
  return state.members?.has(subject) ? 'members.conflict' : null;
}

/** By an invitation, or else by a link that needs no approval: who sees an invitation comes by that, as what it says. */
async function coming(
  { rows, clock }: ConversationContext,
  state: ConversationRow,
  { actor, link_key: key }: MembershipEntry,
): Promise<Outcome> {
  const isInvited = visibleTo(state, actor, clock.now())?.state === 'invited';
  if (!isInvited && key === undefined) return refuse(denied);
  if (isInvited && key !== undefined) return refuse('members.conflict');
  const link = openLink(state, key, clock.now());
  if (!isInvited && (link === undefined || link.approval)) return refuse('invite.invalid');
  if (state.members?.has(actor)) return refuse('members.conflict');
  if (!(await hasRoom(rows, actor))) return refuse('conversation.too_many');
  return ok({ action: 'join', inviteHash: key ?? '' });
}

/** By a link that needs an approval. */
async function knocking(
  { rows, clock }: ConversationContext,
  state: ConversationRow,
  { actor, link_key: key = '' }: MembershipEntry,
): Promise<Outcome> {
  if (openLink(state, key, clock.now())?.approval !== true) return refuse('invite.invalid');
  const isPending = visibleTo(state, actor, clock.now()) !== undefined;
  if (state.members?.has(actor) || isPending) return refuse('members.conflict');
  const [room, pendingRoom] = await Promise.all([hasRoom(rows, actor), hasPendingRoom(rows, actor, clock.now())]);
  return room && pendingRoom ? ok({ action: 'knock', inviteHash: key }) : refuse('conversation.too_many');
}

function openLink({ invites }: ConversationRow, key: string | undefined, now: number) {
  return invites.find((invite) => invite.secretHash === key && isOpenLink(invite, now));
}

function subjectOf({ subject }: MembershipEntry): AccountId {
  assert(subject !== undefined, 'an entry that needs a subject names one');
  return subject;
}
