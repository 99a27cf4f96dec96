// Port of the tables that are read back as history. The sequencer is their only writer (receipts
// aside); the store lags the log, and every read of the server asks the sequencer's overlay first.
// It promises idempotent transactions that carry the applied log position; it must never order or decide.
import type { AccountId, ConversationId, InviteId, MessageId, MessageKind, Role } from '@parley/protocol';

/** Role and interval of a member. An open interval has `left_seq` null. */
export interface MemberRow {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly joinedSeq: number;
  readonly leftSeq: number | null;
  readonly role: Role;
  /** Of who has left a room: what it was called then. */
  readonly called?: { readonly title: string; readonly topic: string };
}

/** A present member inside a conversation's row (direct and group; rooms keep rows only). */
export interface Membership {
  readonly role: Role;
  readonly joinedSeq: number;
}

/** An open invite link: what `apply` needs to count and compare. `secretHash` is SHA-256 in base64url; of a signed link its public key, in base64. */
export interface InviteState {
  readonly id: InviteId;
  readonly secretHash: string;
  readonly createdBy: AccountId;
  readonly expiresAt: number | null;
  readonly usesLeft: number | null;
  /** Who follows it waits to be let in. */
  readonly approval?: true;
}

/** Somebody who is not in it but invited, or waits to be let in; or, for a day, the no that ended that. */
export interface PendingState {
  readonly account: AccountId;
  readonly state: 'invited' | 'waiting' | 'declined' | 'refused';
  /** Who invited; the account itself when it waits. */
  readonly by: AccountId;
  readonly role: Role;
  /** Append time and seq of the record that said so. */
  readonly at: number;
  readonly seq: number;
  /** By which link it waits. */
  readonly inviteId?: InviteId;
  /** It is never told: it had blocked who invited. */
  readonly hidden?: true;
}

/** State of a conversation after its last applied record. Seqs and offsets rise; times are milliseconds. */
export interface ConversationRow {
  readonly conversation: ConversationId;
  readonly kind: 'direct' | 'group' | 'room' | 'account';
  readonly creator: AccountId;
  readonly createdAt: number;
  readonly seq: number;
  readonly ord: number;
  readonly lamport: number;
  /** Append time of the newest record. */
  readonly time: number;
  /** Log offset of the newest applied record. */
  readonly offset: number;
  readonly memberN: number;
  /** Of a group: the hash of the newest entry of its member list. Empty: it has none. */
  readonly head: string;
  readonly memberCount: number;
  /** Present members; null in rooms. A map is never changed in place: the same map again means the same members. */
  readonly members: ReadonlyMap<AccountId, Membership> | null;
  readonly invites: readonly InviteState[];
  /** At most one of each account, none of a member. */
  readonly pending: readonly PendingState[];
  readonly title: string;
  readonly topic: string;
  readonly access: 'open' | 'invite';
  /** What newcomers may read of before they came. */
  readonly history: 'none' | 'all';
  readonly timerSeconds: number;
  /** Direct: false while it is a request. True elsewhere. */
  readonly accepted: boolean;
  readonly requestedBy: AccountId | null;
  /** Direct: one came by the other's link, or both have written. */
  readonly contact: boolean;
  /** Direct, until both have written: who has. */
  readonly wrote: readonly AccountId[];
}

/** One record of a conversation. `tail` is the part of its envelope that the server never looks into. */
export interface MessageRow {
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly ord: number;
  readonly id: MessageId;
  readonly sender: AccountId;
  readonly kind: MessageKind;
  readonly lamport: number;
  readonly memberN: number;
  /** Append time in milliseconds. */
  readonly time: number;
  /** Milliseconds, or null for ever. */
  readonly expiresAt: number | null;
  /** Seq of the delete that blanked it, 0 when it expired, or null. The tail is then `"body_hash":…` or empty (`blank.ts`). */
  readonly deletedBy: number | null;
  /** Accounts that never get it (they had blocked the sender). */
  readonly hiddenFrom: readonly AccountId[];
  /** Was it sent before the conversation was accepted? */
  readonly request: boolean;
  /** JSON members without braces, UTF-8: `"device":…,"timestamp":…,"content":…`. */
  readonly tail: Uint8Array;
}

/** The stored verdict on an identity: a seq, or a final refusal. */
export interface IdRow {
  readonly conversation: ConversationId;
  readonly sender: AccountId;
  readonly id: MessageId;
  /** 0 when rejected. */
  readonly seq: number;
  /** Error code when rejected, else empty. */
  readonly code: string;
  readonly logId: string;
  readonly offset: number;
}

/** Which conversations an account is or was in. */
export interface MembershipRow {
  readonly account: AccountId;
  readonly conversation: ConversationId;
  readonly left: boolean;
  /** Of one that is not in it: whether it is invited or waits (or was and is not any more), and the seq that said so. */
  readonly asked?: { readonly open: boolean; readonly seq: number };
}

/** One entry of the member list of a group, in its place: `n` is the version of the list that it made. */
export interface EntryRow {
  readonly conversation: ConversationId;
  readonly n: number;
  /** Of the record that it came with. */
  readonly seq: number;
  /** JSON of `{entry, signatures?}`. */
  readonly text: string;
}

/** The present value of one setting of an account. */
export interface SettingRow {
  readonly account: AccountId;
  readonly key: string;
  readonly value: string;
  readonly seq: number;
}

/** Watermarks of an account in a conversation; `change` rises with every flush. Not a function of the log. */
export interface MarkRow {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly delivered: number;
  readonly read: number;
  readonly change: number;
}

/** Facts of the whole store: epoch, open rooms and the like. */
export interface FactRow {
  readonly name: string;
  readonly value: string;
}

/** Begins the names of the facts that say which rooms are open: `1`, or empty since one is not any more. */
export const openRoomPrefix = 'open_room/';

/** Every table with its row. */
export interface Tables {
  conversations: ConversationRow;
  messages: MessageRow;
  ids: IdRow;
  members: MemberRow;
  memberships: MembershipRow;
  entries: EntryRow;
  settings: SettingRow;
  marks: MarkRow;
  facts: FactRow;
}
export type Table = keyof Tables;

/** Key of a row: the first part is the partition, the rest orders inside it. */
export interface Keys {
  conversations: readonly [ConversationId];
  messages: readonly [ConversationId, number];
  ids: readonly [ConversationId, AccountId, MessageId];
  members: readonly [ConversationId, AccountId, number];
  memberships: readonly [AccountId, ConversationId];
  entries: readonly [ConversationId, number];
  settings: readonly [AccountId, string];
  marks: readonly [ConversationId, AccountId];
  facts: readonly [string];
}

/** The key of each table's row. */
export const keyOf: { readonly [T in Table]: (row: Tables[T]) => Keys[T] } = {
  conversations: (row) => [row.conversation],
  messages: (row) => [row.conversation, row.seq],
  ids: (row) => [row.conversation, row.sender, row.id],
  members: (row) => [row.conversation, row.account, row.joinedSeq],
  memberships: (row) => [row.account, row.conversation],
  entries: (row) => [row.conversation, row.n],
  settings: (row) => [row.account, row.key],
  marks: (row) => [row.conversation, row.account],
  facts: (row) => [row.name],
};

/** A slice of one partition in key order. Bounds are exclusive and compare the rest of the key, part by part. */
export interface Range {
  /** First part of the key; for `members` also (conversation, account); empty for `conversations` and `facts`: all of them. */
  readonly prefix: readonly string[];
  readonly after?: readonly (string | number)[];
  readonly before?: readonly (string | number)[];
  /** 1 to 10,000 rows. */
  readonly limit: number;
  readonly reverse?: boolean;
}

/** Reading rows. The overlay and every store have it. */
export interface Rows {
  /** @throws {Unavailable} the store cannot be read now */
  get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined>;
  /**
   * Rows of any table but `ids`, which are read by key only.
   * @throws {Unavailable} the store cannot be read now
   */
  list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]>;
}

/**
 * A put of a whole row; the last one of a key wins. Of a mark each number keeps the largest that was put. [STR26]
 * `stamp` is the offset in the log of the newest record that the row is as of. A store with several writers keeps the
 * row of the highest stamp, whoever comes last; one with a single writer needs none.
 */
export type Write = {
  readonly [T in Table]: { readonly table: T; readonly row: Tables[T]; readonly stamp?: number };
}[Table];

/** How far the log has been applied. */
export interface Applied {
  readonly logId: string;
  readonly offset: number;
}

/** Tables behind the log. */
export interface Store extends Rows {
  /** What the newest committed transaction carried; null when the store is new. */
  applied(): Applied | null;
  /**
   * The position stands when everything before it does, and is the last to be written; applying the same again changes
   * nothing. Embedded: all of it or none of it. In a cluster: what was written before a fault stays, the row of a
   * conversation after those that it counts; whoever applies the log again writes the same. [STR1]
   * `asOf`: everything of this partition with an append time up to it is stored then, for those who read the store only.
   */
  commit(writes: readonly Write[], applied: Applied | null, asOf?: number): Promise<void>;
  /** Makes what is committed survive a power cut; resolves to the applied position that surely does, or null when it could not (busy). [STR2] */
  checkpoint(): Promise<Applied | null>;
  /** Blanks the content of messages that expired before `time`, at most `limit` of them; resolves to how many. [STR3] */
  expire(time: number, limit: number): Promise<number>;
  /** Writes a consistent copy to `path` (embedded) while the store is used. */
  copyTo?(path: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
