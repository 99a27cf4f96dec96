// Membership as intervals: entering opens one, leaving closes it, a change of role closes one and opens the next.
// Pure. The set of present members and the intervals change together; it must never touch a closed interval.
import type { AccountId, Role } from '@parley/protocol';
import type { ConversationRow, MemberRow, Membership, Write } from '../store/store.ts';
import type { View } from './view.ts';

/** Who is in, while a record is being applied. */
export class MemberList {
  readonly #view: View;
  readonly #state: ConversationRow;
  readonly #members: Map<AccountId, Membership> | null;
  #count: number;
  readonly writes: Write[] = [];
  readonly joined: AccountId[] = [];
  readonly left: AccountId[] = [];
  readonly concerned: AccountId[] = [];

  constructor(view: View, state: ConversationRow) {
    this.#view = view;
    this.#state = state;
    this.#members = state.members === null ? null : new Map(state.members);
    this.#count = state.memberCount;
  }

  enter(account: AccountId, role: Role): void {
    this.#open(account, role);
    this.#count++;
    this.joined.push(account);
    this.writes.push({ table: 'memberships', row: { account, conversation: this.#state.conversation, left: false } });
  }

  leave(account: AccountId): void {
    const { kind, title, topic } = this.#state;
    this.#close(account, kind === 'room' ? { called: { title, topic } } : {});
    this.#members?.delete(account);
    this.#count--;
    this.left.push(account);
    this.writes.push({ table: 'memberships', row: { account, conversation: this.#state.conversation, left: true } });
  }

  changeRole(account: AccountId, role: Role): void {
    this.#close(account);
    this.#open(account, role);
  }

  /** Somebody who is not in it is invited or waits from here on, or not any more. */
  concern(account: AccountId, open: boolean): void {
    const { conversation, seq } = this.#state;
    this.concerned.push(account);
    const row = { account, conversation, left: true, asked: { open, seq: seq + 1 } };
    this.writes.push({ table: 'memberships', row });
  }

  /** Is nobody left? */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The state with this list, its version raised. */
  apply(state: ConversationRow): ConversationRow {
    return { ...state, members: this.#members, memberCount: this.#count, memberN: state.memberN + 1 };
  }

  #open(account: AccountId, role: Role): void {
    const { conversation } = this.#state;
    const joinedSeq = this.#state.seq + 1;
    this.#members?.set(account, { role, joinedSeq });
    this.writes.push({ table: 'members', row: { conversation, account, joinedSeq, leftSeq: null, role } });
  }

  #close(account: AccountId, more: Pick<MemberRow, 'called'> = {}): void {
    const { conversation } = this.#state;
    const open = this.#members?.get(account) ?? this.#view.member(conversation, account);
    if (open === undefined) throw new RangeError('only a present member can leave');
    const { role, joinedSeq } = open;
    const leftSeq = this.#state.seq + 1;
    this.writes.push({ table: 'members', row: { conversation, account, joinedSeq, leftSeq, role, ...more } });
  }
}

interface Candidate extends Membership {
  readonly account: AccountId;
}

/** Who owns it when the owner has gone: the longest-standing administrator, else member; null when nobody is left. */
export function heirOf(view: View, state: ConversationRow, owner: AccountId): AccountId | null {
  let heir: Candidate | null = null;
  for (const candidate of candidates(view, state)) {
    if (candidate.account !== owner && (heir === null || comesBefore(candidate, heir))) heir = candidate;
  }
  return heir?.account ?? null;
}

function* candidates(view: View, state: ConversationRow): Iterable<Candidate> {
  if (state.members === null) yield* view.members(state.conversation);
  else for (const [account, membership] of state.members) yield { account, ...membership };
}

function comesBefore(a: Candidate, b: Candidate): boolean {
  if (a.role !== b.role) return a.role === 'admin';
  return a.joinedSeq === b.joinedSeq ? a.account < b.account : a.joinedSeq < b.joinedSeq;
}
