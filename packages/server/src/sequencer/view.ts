// What `apply` may read and what it answers: the whole boundary of the pure heart. Reads are synchronous, rows
// that may not be in memory are fetched before (`needs.ts`). It must never offer a clock, randomness or a setting.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import type { ConversationRow, IdRow, MemberRow, MessageRow, Write } from '../store/store.ts';
import type { Verdict } from './record.ts';

/** Rows as of the record before this one. */
export interface View {
  /** The log that is being read: id rows of another log are always past. */
  readonly logId: string;
  conversation(conversation: ConversationId): ConversationRow | undefined;
  /** The stored verdict on an identity; undefined when there is none, or none can be (`identity.ts`). */
  id(conversation: ConversationId, sender: AccountId, id: MessageId): IdRow | undefined;
  message(conversation: ConversationId, seq: number): MessageRow | undefined;
  /** The newest interval of an account. Asked in rooms only. */
  member(conversation: ConversationId, account: AccountId): MemberRow | undefined;
  /** Open intervals of a room. Asked only when its owner leaves. */
  members(conversation: ConversationId): readonly MemberRow[];
}

/** What a record changes. A repeat or a replay changes nothing but, at most, its own id row. */
export interface Effects {
  /** Null for control records. */
  readonly verdict: Verdict | null;
  readonly conversation: ConversationRow | null;
  /** The row of this record. */
  readonly message: MessageRow | null;
  readonly id: IdRow | null;
  /** Blanked messages, intervals, memberships, settings, facts. */
  readonly others: readonly Write[];
  readonly joined: readonly AccountId[];
  readonly left: readonly AccountId[];
  /** Not in it before or after, but invited, waiting, or not any more. The record itself is not for them. */
  readonly concerned: readonly AccountId[];
  /** What was thrown, when the verdict is `internal`. */
  readonly fault: unknown;
}

/** Nothing, shared. */
export const none: readonly never[] = Object.freeze([]);

/** Effects of a record that changes nothing. */
export function unchanged(verdict: Verdict | null): Effects {
  return {
    verdict,
    conversation: null,
    message: null,
    id: null,
    others: none,
    joined: none,
    left: none,
    concerned: none,
    fault: null,
  };
}
