// What is told of who is invited or waits to be let in: to the account itself, of a conversation that it is not in, and
// to the administrators. It must never show a record, a mark or a member of the conversation, nor a hidden invitation.
import type { AccountId, Conversation, ConversationId, PendingMember } from '@parley/protocol';
import { limits as wire } from '@parley/protocol';
import { visibleTo } from '../sequencer/pending-state.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import type { ConversationRow, PendingState } from '../store/store.ts';

type Membership = Pick<Conversation, 'membership' | 'invited_by' | 'asked_at' | 'expires_at'>;

/** What an account that is not in it is told of its invitation or wish; empty when there is none. */
export function membershipOf(state: ConversationRow, account: AccountId, now: number): Membership {
  const found = visibleTo(state, account, now);
  if (found === undefined) return {};
  const { by, at } = found;
  return {
    membership: found.state === 'invited' ? 'invited' : 'waiting',
    ...(by !== account && { invited_by: by }),
    ...termOf(at),
  };
}

/** The conversation as somebody sees it who was never in it: what it is called where the server knows, and its size. */
export function outside(state: ConversationRow, membership: Membership): Conversation {
  const { conversation, kind, title, topic, access } = state;
  return {
    conversation_id: conversation,
    kind,
    ...(kind === 'room' && { title, topic, access }),
    accepted: true,
    contact: false,
    ...membership,
    joined_seq: 0,
    member_n: state.memberN,
    ...headOf(state),
    member_count: state.memberCount,
    ...unread,
    created_at: rfc3339(state.createdAt),
  };
}

/** By which the next entry names the newest one; groups only. */
export function headOf({ head }: Pick<ConversationRow, 'head'>): Pick<Conversation, 'member_head'> {
  return head === '' ? {} : { member_head: head };
}

/** Told once to who was pending and is not any more. */
export function ended(conversation: ConversationId, { kind, createdAt }: ConversationRow): Conversation {
  return {
    conversation_id: conversation,
    kind,
    accepted: true,
    contact: false,
    membership: 'ended',
    joined_seq: 0,
    member_n: 0,
    member_count: 0,
    ...unread,
    created_at: rfc3339(createdAt),
  };
}

const unread = { timer_seconds: 0, head: 0, ord: 0, read: 0, read_ord: 0, marks: [] as Conversation['marks'] };

/** An entry as the administrators see it. */
export function shownPending({ account, state, by, role, at }: PendingState): PendingMember {
  return {
    account,
    state: state === 'waiting' ? 'waiting' : 'invited',
    ...(by !== account && { by }),
    role,
    ...termOf(at),
  };
}

function termOf(at: number): { readonly asked_at: string; readonly expires_at: string } {
  return { asked_at: rfc3339(at), expires_at: rfc3339(at + wire.pendingMs) };
}
