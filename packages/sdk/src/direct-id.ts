// The id of a direct conversation is a hash of the two accounts, so nobody has to be believed: a server that calls a chat
// with somebody a room, to read what is written there, or names another person for it, is found out.
import type { AccountId, ConversationId, Envelope, Conversation as WireConversation } from '@parley/protocol';
import { idFromBytes } from '@parley/protocol/id-bytes';
import { sha256 } from './crypto/sha256.ts';
import { utf8 } from './crypto/signing.ts';

/** The direct conversation of two accounts, the same for both; of one with itself: notes to self. */
export function directId(a: AccountId, b: AccountId): ConversationId {
  const [first, second] = a < b ? [a, b] : [b, a];
  return idFromBytes('c', sha256(utf8(`d\n${first}\n${second}`))) as ConversationId;
}

/** A direct conversation under the id that it must have; of the others nothing is known by their id. */
export function isTrueDirect({ kind, peer, conversation_id: id }: WireConversation, me: AccountId): boolean {
  return kind !== 'direct' || id === directId(me, peer ?? me);
}

/** Is it the chat with this account, and nothing else? */
export function isDirectWith(item: WireConversation, me: AccountId, account: AccountId): boolean {
  return item.kind === 'direct' && item.peer === account && isTrueDirect(item, me);
}

/** What a room of the server really is, by who speaks in it: the chat with that account. */
export function disguised(kind: WireConversation['kind'], envelope: Envelope, me: AccountId): AccountId | null {
  const { sender, conversation_id: id } = envelope;
  return kind === 'room' && sender !== me && id === directId(me, sender) ? sender : null;
}
