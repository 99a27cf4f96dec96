// Names and values of what stands in an account log. The server obeys `privacy/*`, `block/*` and `mute/*`;
// the rest is for the account's own devices. The last record of a key (by seq) wins; an empty value removes it.
import type { AccountId, ConversationId } from './ids.ts';

/** Who may see whether I am online and when I was last. Hiding one's own hides everybody else's. */
export const presenceAudiences = ['everyone', 'contacts', 'nobody'] as const;
export type PresenceAudience = (typeof presenceAudiences)[number];

/** Who may add me to groups at once; the others' groups arrive as a request. */
export const addAudiences = ['everyone', 'contacts', 'nobody'] as const;
export type AddAudience = (typeof addAudiences)[number];

/** A `presenceAudiences` word; `contacts` when absent. */
export const presenceKey = 'privacy/presence';
/** `on` or `off`: blue ticks in direct conversations, both ways; `on` when absent. */
export const readReceiptsKey = 'privacy/read_receipts';
/** An `addAudiences` word; `contacts` when absent. */
export const addKey = 'privacy/add';

/** Value `1`: this account is blocked. */
export const blockKey = (account: AccountId) => `block/${account}`;
/** Value `1`, and never removed: this account was blocked once, so something of its may be missing here for ever. */
export const onceBlockedKey = (account: AccountId) => `own/blocked/${account.toLowerCase()}`;
/** Value: RFC 3339 time until which nothing notifies, at most `maxMutedMs` ahead. */
export const muteKey = (conversation: ConversationId) => `mute/${conversation}`;
/** Value `1`: out of the way in the list. */
export const archiveKey = (conversation: ConversationId) => `archive/${conversation}`;
/** Value `1`: on top of the list. */
export const topKey = (conversation: ConversationId) => `top/${conversation}`;
/** Value: text that was typed and not sent. */
export const draftKey = (conversation: ConversationId) => `draft/${conversation}`;
/** Value: a seq; everything up to it is hidden for this account (`clearConversation`). */
export const clearKey = (conversation: ConversationId) => `clear/${conversation}`;
/** Value (sealed): seq of the newest record that says how a group stands, where that is far above its newest messages. */
export const stateKey = (conversation: ConversationId) => `state/${conversation}`;
/** Value (sealed): whom this account has confirmed, and whose change it accepted; so many in each of them. */
export const reviewsKey = (n: number) => `own/reviews/${n}`;
/** Value `1`: starred message. */
export const starKey = (conversation: ConversationId, seq: number) => `star/${conversation}/${seq}`;
/** Value `1`: deleted for this account only. */
export const hideKey = (conversation: ConversationId, seq: number) => `hide/${conversation}/${seq}`;

const account = 'a_[A-Za-z0-9_-]{22}';
const conversation = 'c_[A-Za-z0-9_-]{22}';
const keyPattern = new RegExp(
  `^(privacy/(presence|read_receipts|add)|block/${account}|(mute|archive|top|draft|clear|state)/${conversation}|(star|hide)/${conversation}/[1-9][0-9]{0,15}|own/[a-z0-9_./-]{1,100})$`,
);

/** Is this a key that an account log takes? `own/…` is free for clients. */
export function isSettingKey(key: string): boolean {
  return keyPattern.test(key);
}

/** Does a client seal the value of this key? Nobody but the own devices knows what stands there. */
export function isSealedSetting(key: string): boolean {
  return key.startsWith('draft/') || key.startsWith('own/') || key.startsWith('state/');
}
