// What the use cases of messages stand on. They see ports and the sequencer's rows, never a socket or a database.
import type { AccountId, ConversationId, DeviceId, ErrorCode, MessageId } from '@parley/protocol';
import type { Bus } from '../bus/bus.ts';
import type { Reports } from '../directory/reports.ts';
import type { SteadyClock } from '../kernel/clock.ts';
import type { Random } from '../kernel/random.ts';
import type { Log } from '../log/log.ts';
import type { Presence } from '../presence/presence.ts';
import type { Follower, Verdict } from '../sequencer/record.ts';
import type { Applied, ConversationRow, Keys, MessageRow, Rows, Table, Tables, Write } from '../store/store.ts';
import type { MessageFiles } from './message-files.ts';

/** The rows of the server as of the newest applied record; `peek` answers at once from memory, or not at all. */
export interface LiveRows extends Rows {
  peek<T extends Table>(table: T, key: Keys[T]): Tables[T] | undefined;
  /** State of a conversation, if it is in memory. */
  conversation(conversation: ConversationId): ConversationRow | undefined;
  /** Who said the record at this seq, when it counts; null: it does not; undefined: that is not at hand. */
  counted(conversation: ConversationId, seq: number): AccountId | null | undefined;
}

/**
 * Orders changes for those who ask what is new. In one process a position is the offset of a record; where many
 * partitions are applied elsewhere it is an append time, in milliseconds.
 */
export interface Positions {
  /** Everything at or below it is in `rows`. */
  now(): Promise<number>;
  /** No position that was told can be above it. */
  readonly bound: number;
  /** Of the newest record of a conversation. */
  ofState(state: ConversationRow): number;
  /** Of the record that a message came with; infinite when that is not known any more. */
  ofMessage(message: MessageRow): Promise<number>;
  /** Did surely no record change this conversation after this position? False says nothing. */
  isUnchanged(conversation: ConversationId, position: number): boolean;
}

/** Whose hints come here, where there are other gateways. */
export interface Here {
  /** How often those of an account began to. */
  readonly comings: number;
  /** Do those of one of these come now, and without a break since there had been so many comings? */
  hears(accounts: Iterable<AccountId>, since: number): boolean;
  /** Have those of one of these begun to come only after there had been so many comings? */
  came(accounts: Iterable<AccountId>, since: number): boolean;
}

/** What the use cases need of the sequencer. */
export interface Sequencing {
  readonly rows: LiveRows;
  /** May records be appended now? */
  readonly accepting: boolean;
  readonly positions: Positions;
  settled(conversation: ConversationId, sender: AccountId, id: MessageId, signal: AbortSignal): Promise<Verdict>;
  /** Hears of every record from now on that changes a conversation, right after it was applied. None is lost. */
  follow(follower: Follower): () => void;
}

/** What messages ask of the keys of devices, before they take something that was sealed for some of them. */
export interface DeviceEnds {
  /** Did a device of one of these end after entry `n` of the list of key changes? At once; undefined: that is not known by heart. */
  peekEnded(members: ReadonlyMap<AccountId, unknown>, n: number): boolean | undefined;
  endedSince(members: ReadonlyMap<AccountId, unknown>, n: number): Promise<boolean>;
}

/** What messages ask of the keys of people, before they take an entry of a member list. */
export interface EntrySigners {
  /** Master keys of those who have an identity now, in base64. */
  identities(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, string>>;
  /** The key by which a device signs that is signed in; null: there is none. */
  deviceKey(account: AccountId, device: DeviceId): Promise<string | null>;
  /** Did this key sign this text? */
  hasSigned(key: string, text: string, signature: string): boolean;
}

/** What must be given. */
export interface MessagesParts {
  readonly log: Log;
  readonly sequencer: Sequencing;
  /** Rises when the server is restored from a backup. */
  readonly epoch: () => number;
  /** Writes watermarks, in the store's own time. */
  readonly commitMarks: (writes: readonly Write[], applied: Applied | null) => Promise<void>;
  readonly bus: Bus;
  /** Given where other processes apply records and raise watermarks, too. */
  readonly here?: Here;
  readonly presence: Presence;
  readonly clock: SteadyClock;
  readonly random: Random;
  /** Is there such an account, and is it neither deleted nor leaving? */
  readonly accountExists: (account: AccountId) => Promise<boolean>;
  /** Does it live in open rooms only? */
  readonly isGuest: (account: AccountId) => Promise<boolean>;
  readonly deviceEnds: DeviceEnds;
  readonly signers: EntrySigners;
  readonly files: MessageFiles;
  /** Takes one of the links into groups that an account may make in an hour, or says in how many milliseconds it may (0: now). */
  readonly takeLink: (account: AccountId) => Promise<number>;
  /** The same of the reports that it may make in a day. */
  readonly takeReport: (account: AccountId) => Promise<number>;
  readonly reports: Reports;
  readonly lastSeenOf: (account: AccountId) => Promise<number | null>;
  /** A fault that nobody waits for. */
  readonly fault: (where: string, error: unknown) => void;
}

/** The refusals of those who may not know: the same for "not yours" and "not there". */
export const denied = 'conversation.denied' satisfies ErrorCode;
