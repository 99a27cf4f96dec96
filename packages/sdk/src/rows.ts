// What a client keeps: the rows of its local tables and their keys. Times are milliseconds. A row is replaced as a
// whole; the last write of a key wins. What is shown is made from these rows and nothing else.
import type {
  Account,
  AccountId,
  BlobId,
  Body,
  ContentFormat,
  ConversationId,
  DeviceId,
  EditBody,
  Me,
  Member,
  MemberChange,
  MessageId,
  MessageKind,
  PinBody,
  ReactionBody,
  VoteBody,
  Conversation as WireConversation,
} from '@parley/protocol';
import type { Led } from './crypto/membership.ts';
import type { ChatErrorCode } from './error.ts';
import type { FileView } from './file-view.ts';
import type { LocalKey, LocalTable, LocalWrite, Unreadable } from './ports.ts';
import type { Range } from './ranges.ts';
import type { ListFault, MessageType } from './views.ts';
import type { Claim } from './witness.ts';

/** One record of a conversation that is shown, or that could not be opened yet. */
export interface MessageRow {
  readonly conversation: ConversationId;
  readonly seq: number;
  readonly ord: number;
  readonly id: MessageId;
  readonly sender: AccountId;
  readonly device?: DeviceId;
  readonly kind: MessageKind;
  readonly lamport: number;
  readonly storedAt: number;
  readonly timestamp: number;
  /** Null when there is none, it is gone, or it could not be opened. */
  readonly body: Body | null;
  /** What could not be opened, and why; tried again when the key of its session comes. */
  readonly sealed?: {
    readonly content: string;
    readonly format: ContentFormat;
    readonly reason: Unreadable;
    readonly session: string | null;
  };
  readonly mentions?: readonly AccountId[];
  readonly seconds?: number;
  readonly change?: MemberChange;
  readonly expiresAt?: number;
  /** Seq of the delete that blanked it, 0 when it expired. */
  readonly deletedBy?: number;
  readonly request?: true;
  /** Epoch from which it was left over; it has no seq any more. */
  readonly onlyHere?: number;
}

/** What changes how another message is shown. It stands under its target and is never applied in place. */
export type FoldBody = EditBody | ReactionBody | PinBody | VoteBody;
export interface FoldRow {
  readonly seq: number;
  readonly id: MessageId;
  readonly sender: AccountId;
  readonly storedAt: number;
  readonly body: FoldBody;
}

/** The newest counted message in one line. */
export interface LastRow {
  readonly seq: number;
  readonly id: MessageId;
  readonly sender: AccountId;
  readonly type: MessageType;
  readonly text: string;
  readonly look?: FileView['look'];
  readonly name?: string;
  readonly storedAt: number;
  readonly expiresAt?: number;
  readonly change?: MemberChange;
  /** A group's new title. */
  readonly title?: string;
  /** Why it could not be opened. */
  readonly unreadable?: Unreadable;
}

/** A conversation as far as this device has got. */
export interface ConversationRow {
  /** Newest resource of the server, kept up with what came live. */
  readonly server: Omit<WireConversation, 'marks'>;
  readonly head: number;
  readonly ord: number;
  readonly lamport: number;
  readonly ranges: readonly Range[];
  /** Who has said what a group is called, the newest first (`group-title.ts`). */
  readonly titles?: readonly TitleRow[];
  /** What is pinned in a group, the record that pinned it, and the one that says so here; single pins that came later stand in `pins`. */
  readonly pinned?: { readonly targets: readonly number[]; readonly seq: number; readonly at: number };
  /** Who has said what picture a group has, the newest first (`group-picture.ts`); the pictures stand in those records. */
  readonly pictures?: readonly PictureRow[];
  /** Of titles and pictures more was said than is remembered here; all of it stands in the records. */
  readonly cut?: true;
  /** Of each the newest record in which they said how a group stands; and the newest one by which somebody came, `alone` or brought in. */
  readonly tellers?: readonly SaidRow[];
  readonly came?: { readonly seq: number; readonly alone: boolean };
  /** Records in which earlier messages were shared with this account. */
  readonly shared?: readonly number[];
  readonly last: LastRow | null;
  /** The one before it. */
  readonly before?: LastRow | null;
  /** Ords of own messages and seqs of mentions of oneself that may lie above the read mark. */
  readonly own: readonly number[];
  readonly mentions: readonly number[];
  /** Up to where the second tick and the blue ones have been shown. */
  readonly ticks: { readonly delivered: number; readonly read: number };
  /** Newest pin records, by seq. */
  readonly pins: readonly { readonly seq: number; readonly target: number; readonly pinned: boolean }[];
  /** Everything up to here is hidden for this account. */
  readonly floor: number;
  /** It had messages before this device was there: only its newest page is fetched by itself. */
  readonly fresh: boolean;
  /** Messages that only this device has, since a restore. */
  readonly leftovers: readonly Leftover[];
  /** With leftovers: up to when what the restored server has reaches. */
  readonly restoredFrom?: number;
  /** Another device has seen something else. */
  readonly doubt?: Doubt;
}

/** Somebody has said something of how a group stands, in the record `at`; it counts as of `seq`. */
export interface SaidRow {
  readonly seq: number;
  readonly at: number;
  readonly by: AccountId;
}

export interface TitleRow extends SaidRow {
  readonly text: string;
}

/** A picture of a group, or that there is none any more. */
export interface PictureRow extends SaidRow {
  readonly none?: true;
}

/** A message from an earlier epoch: shown behind seq `behind`, at `seq` in that epoch. */
export interface Leftover {
  readonly id: MessageId;
  readonly behind: number;
  readonly epoch: number;
  readonly seq: number;
}

/** Watermarks of a member. */
export interface MarkRow {
  readonly delivered: number;
  readonly read: number;
}

/** Up to where a person has read here, perhaps not yet known to the server; `ord` counts up to it. */
export interface ReadRow {
  readonly seq: number;
  readonly ord: number;
}

/** Members of a direct conversation or group. `memberN` says which version of the list it is. */
export interface MembersRow {
  readonly memberN: number;
  readonly items: readonly Member[];
  /** Number and hash of the newest entry, of a list that this device has checked. */
  readonly entry?: string;
  readonly fault?: ListFault;
  /** With whose link this account came in. */
  readonly link?: AccountId;
  /** Who has led it from when to when, as far as its entries say. */
  readonly led?: readonly Led[];
}

/** A message on its way. `ticked`: durable at the server. `error`: rejected for good. */
export interface OutboxRow {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly lamport: number;
  readonly timestamp: number;
  readonly kind: 'content' | 'quiet' | 'delete' | 'timer' | 'setting';
  readonly body: Body | null;
  readonly mentions?: readonly AccountId[];
  /** Files that the server has for this id. */
  readonly blobs?: readonly BlobId[];
  readonly targets?: readonly number[];
  readonly seconds?: number;
  readonly key?: string;
  readonly value?: string;
  /** How far this device had got when it was written: its record is not below. */
  readonly above: number;
  readonly ticked: boolean;
  readonly error: ChatErrorCode | null;
  /** Who is to read it keeps changing. */
  readonly unsettled?: true;
}

export interface SettingRow {
  readonly key: string;
  readonly value: string;
  readonly seq: number;
  /** It could not be opened yet. */
  readonly sealed?: string;
}

/** Single values. */
export interface Facts {
  readonly me: Me;
  /** From the last `changes`. */
  readonly since: string;
  readonly server: { readonly logId: string; readonly epoch: number };
}

/** What another device had seen when it wrote the record `at`, until it is compared. */
export interface ClaimRow extends Claim {
  readonly by: AccountId;
  readonly device?: DeviceId;
  /** Of the record `at`. */
  readonly storedAt?: number;
  /** It is wrong, and people were told so, as the how manieth time here: later claims may be wrong for the same reason. */
  readonly told?: number;
  /** Only claims in records below this one: there the same device had seen the same again. */
  readonly until?: number;
}

/** Somebody has seen something else, as a record says that was stored then. */
export interface Differing {
  readonly by: AccountId;
  readonly storedAt?: number | undefined;
}

/** Something of a conversation is missing or differs from what `by` has seen, somewhere from `from` to `to`. */
export interface Doubt extends Differing {
  readonly from: number;
  readonly to: number;
  /** How often it was fetched again. */
  readonly tries: number;
  /** People see it: fetching again did not help. */
  readonly told: boolean;
  /** Until then they see what was told before. */
  readonly before?: Differing;
}

/** Builders of keys. A key that begins with another sorts right after it. */
export const keys = {
  fact: (name: keyof Facts): LocalKey => [name],
  /** First account that a handle was seen with. */
  pin: (handle: string): LocalKey => ['pin', handle],
  conversation: (id: ConversationId): LocalKey => [id],
  members: (id: ConversationId): LocalKey => [id],
  chain: (id: ConversationId): LocalKey => [id],
  mark: (id: ConversationId, account: AccountId): LocalKey => [id, account],
  read: (id: ConversationId): LocalKey => [id],
  message: (id: ConversationId, seq: number): LocalKey => [id, seq],
  /** A message left over from an earlier epoch stands behind the seq up to which the server knows better. */
  leftover: (id: ConversationId, at: Pick<Leftover, 'behind' | 'epoch' | 'seq'>): LocalKey => [
    id,
    at.behind,
    at.epoch,
    at.seq,
  ],
  fold: (id: ConversationId, target: number, seq: number): LocalKey => [id, target, seq],
  expiry: (at: number, id: ConversationId, seq: number): LocalKey => [at, id, seq],
  outbox: (row: Pick<OutboxRow, 'conversation' | 'lamport' | 'id'>): LocalKey => [
    row.conversation,
    row.lamport,
    row.id,
  ],
  /** A message that waits for the key of a session. */
  unopened: (id: ConversationId, session: string, seq: number): LocalKey => [id, session, seq],
  place: (id: ConversationId, message: MessageId): LocalKey => [id, message],
  /** The hash of a record, of direct conversations and groups. */
  hash: (id: ConversationId, seq: number): LocalKey => [id, seq],
  claim: (id: ConversationId, { at, witness }: Claim): LocalKey => [id, witness[1], at],
  setting: (key: string): LocalKey => [key],
  account: (id: AccountId): LocalKey => [id],
} as const;

/** A put of one row. */
export function put(table: LocalTable, key: LocalKey, value: unknown): LocalWrite {
  return { table, key, value };
}

/** The removal of one row. */
export function remove(table: LocalTable, key: LocalKey): LocalWrite {
  return { table, key, remove: true };
}

export type AccountRow = Account;
