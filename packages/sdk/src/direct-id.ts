// The id of a conversation is a hash of how it was made, so nobody has to be believed about what it is: a server that
// calls a chat or a group a room, to read what is written there, or names another person for it, is found out.
import type { AccountId, ConversationId, RoomOrigin, Conversation as WireConversation } from '@parley/protocol';
import { idFromBytes } from '@parley/protocol/id-bytes';
import { sha256 } from './crypto/sha256.ts';
import { utf8 } from './crypto/signing.ts';

/** The direct conversation of two accounts, the same for both; of one with itself: notes to self. */
export function directId(a: AccountId, b: AccountId): ConversationId {
  return a < b ? hashed(['d', a, b]) : hashed(['d', b, a]);
}

/** The room that this account made by this record. */
export function roomId({ by, as }: RoomOrigin): ConversationId {
  return hashed(['room', by, as]);
}

/** The hidden log of an account. */
export function logId(account: AccountId): ConversationId {
  return hashed(['s', account]);
}

/** Is it what the server calls it, by its id? Whether a group is one is found out where its first entry is read. */
export function isTrue({ kind, peer, made, conversation_id: id }: WireConversation, me: AccountId): boolean {
  switch (kind) {
    case 'direct':
      return id === directId(me, peer ?? me);
    case 'room':
      return made !== undefined && id === roomId(made);
    case 'account':
      return id === logId(me);
    default:
      return kind === 'group';
  }
}

/** Is it the chat with this account, and nothing else? */
export function isDirectWith(item: WireConversation, me: AccountId, account: AccountId): boolean {
  return item.kind === 'direct' && item.peer === account && isTrue(item, me);
}

function hashed(parts: readonly string[]): ConversationId {
  return idFromBytes('c', sha256(utf8(parts.join('\n')))) as ConversationId;
}
