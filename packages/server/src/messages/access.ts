// Who may do and read what in a conversation, from its state and the intervals of an account. "Not yours" and "not
// there" are one answer; nothing here tells them apart.
import type { AccountId, ConversationId, Role } from '@parley/protocol';
import { maxIntervals } from '../kernel/limits.ts';
import type { ConversationRow, MemberRow } from '../store/store.ts';
import type { LiveRows } from './parts.ts';

/** Where an account stands in a conversation: present with a role, or only with what it may still read. */
export interface Standing {
  readonly state: ConversationRow;
  /** Null: it has left. */
  readonly role: Role | null;
  readonly joinedSeq: number;
  readonly leftSeq: number | null;
  /** Of a room that it has left: what it was called then. */
  readonly called?: MemberRow['called'];
}

/** A range of seqs, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** State of a conversation, from memory or the store. */
export async function stateOf(rows: LiveRows, conversation: ConversationId): Promise<ConversationRow | undefined> {
  return rows.conversation(conversation) ?? (await rows.get('conversations', [conversation]));
}

/** Every interval of an account in a conversation, oldest first. */
export async function intervalsOf(
  rows: LiveRows,
  conversation: ConversationId,
  account: AccountId,
): Promise<readonly MemberRow[]> {
  const newest = await rows.list('members', { prefix: [conversation, account], limit: maxIntervals, reverse: true });
  return [...newest].reverse();
}

/** Where the account stands; null when it was never in it, or there is no such conversation. */
export async function standingOf(
  rows: LiveRows,
  conversation: ConversationId,
  account: AccountId,
): Promise<Standing | null> {
  const state = await stateOf(rows, conversation);
  if (state === undefined) return null;
  const present = state.members?.get(account);
  if (present !== undefined) return { state, role: present.role, joinedSeq: present.joinedSeq, leftSeq: null };
  const last = (await intervalsOf(rows, conversation, account)).at(-1);
  if (last === undefined) return null;
  const { joinedSeq, leftSeq, called } = last;
  return { state, role: leftSeq === null ? last.role : null, joinedSeq, leftSeq, called };
}

/** Since when the account has been in it without a break: a change of role begins an interval where another ends. */
export async function joinedSince(rows: LiveRows, standing: Standing, account: AccountId): Promise<number> {
  const { state, joinedSeq } = standing;
  if (joinedSeq <= 1 || state.kind === 'direct' || state.kind === 'account') return joinedSeq;
  let since = joinedSeq;
  for (const interval of (await intervalsOf(rows, state.conversation, account)).toReversed())
    if (interval.leftSeq === since) since = interval.joinedSeq;
  return since;
}

/** What the account may read: its intervals with what the conversation gives newcomers, merged, oldest first. */
export async function readableSpans(rows: LiveRows, standing: Standing, account: AccountId): Promise<readonly Span[]> {
  const { state } = standing;
  const head = state.seq;
  if (state.kind === 'direct' || state.kind === 'account') return [{ from: 1, to: head }];
  const spans: Span[] = [];
  for (const interval of await intervalsOf(rows, state.conversation, account)) {
    const from = state.history === 'all' ? 1 : interval.joinedSeq;
    const to = interval.leftSeq ?? head;
    const before = spans.at(-1);
    if (before !== undefined && from <= before.to + 1)
      spans[spans.length - 1] = { from: Math.min(before.from, from), to: Math.max(before.to, to) };
    else spans.push({ from, to });
  }
  return spans;
}

/** Newest seq that the account may know of. */
export function headFor(standing: Standing): number {
  return standing.leftSeq ?? standing.state.seq;
}

/** The other account of a direct conversation; null for notes to self. */
export function peerOf(state: ConversationRow, account: AccountId): AccountId | null {
  if (state.kind !== 'direct' || state.members === null) return null;
  for (const member of state.members.keys()) if (member !== account) return member;
  return null;
}
