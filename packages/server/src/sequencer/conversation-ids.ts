// How the id of a conversation commits to its making: a hash of what made it. Nobody can put another
// conversation in its place, and both sides of a direct chat find the same one without asking.
import { hash } from 'node:crypto';
import type { AccountId, ConversationId, MessageId, ReportId } from '@parley/protocol';
import { idFromBytes, uuid7FromBytes } from '@parley/protocol';

/** The direct conversation of two accounts, the same for both; of one account with itself: notes to self. */
export function directConversation(a: AccountId, b: AccountId): ConversationId {
  return a < b ? committed(['d', a, b]) : committed(['d', b, a]);
}

/** The hidden log of one account. */
export function accountLog(account: AccountId): ConversationId {
  return committed(['s', account]);
}

/** A group or room, by who made it and the id of the creating record. */
export function madeConversation(kind: 'group' | 'room', creator: AccountId, id: MessageId): ConversationId {
  return committed([kind, creator, id]);
}

/** The id of a record that is made for this purpose, of this time: the same again, so that twice is once. */
export function derivedRecord(timeMs: number, purpose: readonly string[]): MessageId {
  return uuid7FromBytes(timeMs, hash('sha256', ['r', ...purpose].join('\n'), 'buffer'));
}

/** The id of a report, by who makes it and the id that it was given: nobody meets the report of somebody else. */
export function derivedReport(reporter: AccountId, id: MessageId): ReportId {
  return idFromBytes('r', hash('sha256', ['report', reporter, id].join('\n'), 'buffer')) as ReportId;
}

/** `c_` and the first 16 bytes of SHA-256 over the parts, one a line. No part holds a line break. */
function committed(parts: readonly string[]): ConversationId {
  return idFromBytes('c', hash('sha256', parts.join('\n'), 'buffer')) as ConversationId;
}
