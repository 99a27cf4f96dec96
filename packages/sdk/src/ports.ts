// What the SDK asks of its host. The same core runs in a browser, in Node and in the simulation, because
// sockets, storage, time and randomness are arguments. Adapters stand in `platform/`.
import type {
  AccountId,
  Body,
  ContentFormat,
  ConversationId,
  DeviceId,
  MessageId,
  ToDeviceItem,
} from '@parley/protocol';
import type { DeedAnswer, DeedArguments, DeedName } from './deeds.ts';
import type { EncryptionView } from './views.ts';

/** Time and timers. Structurally the same as the server's, so one simulated clock serves both. */
export interface Clock {
  /** Milliseconds since the Unix epoch. Never used for order. */
  now(): number;
  /** Calls `task` once after `delayMs` unless the returned function is called first. */
  after(delayMs: number, task: () => void): () => void;
}

/** A source of random bytes. */
export interface Random {
  /** `length` bytes, 1 to 1024, fit for secrets. */
  bytes(length: number): Uint8Array;
}

/** What a socket tells. `onClose` comes exactly once, also when it never opened. */
export interface SocketEvents {
  onOpen(): void;
  onText(text: string): void;
  onClose(code: number, reason: string): void;
}

/** One open or opening WebSocket. */
export interface Socket {
  /** Queues one text frame; after `close` it does nothing. */
  send(text: string): void;
  close(code: number): void;
  /** Bytes queued and not yet handed to the network. */
  readonly bufferedBytes: number;
}

/** Opens sockets to the one server of this client; knows its address and how it is authenticated. */
export interface SocketFactory {
  /** Events come after it has returned, never before. */
  open(events: SocketEvents): Socket;
}

/** One HTTP call to the server. `path` begins with `/v1/`. Without `signal` it takes as long as the adapter's deadline. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The answer: status and parsed JSON (null when empty). */
export interface HttpResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Calls the server. Rejects only when it cannot be reached. */
export interface Http {
  call(request: HttpRequest): Promise<HttpResponse>;
}

/** Bytes that are put at a path. */
export interface BytesUp {
  readonly path: string;
  readonly length: number;
  /** Read once, in order. What it throws is what `send` rejects with. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** How many are on their way. */
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Bytes at a path: all of them, or those from `from` to before `to`. */
export interface BytesDown {
  readonly path: string;
  readonly range: { readonly from: number; readonly to: number } | null;
  readonly signal: AbortSignal;
}

/**
 * Files, to and from the server. They may take long, but not stand still: both reject when nothing has moved for a while,
 * and when the server cannot be reached. Never is a whole file in the memory of the program.
 */
export interface HttpBytes {
  send(request: BytesUp): Promise<HttpResponse>;
  /** `pieces` are the bytes; null where the answer is a refusal. Whoever gets them reads or returns them. */
  receive(request: BytesDown): Promise<HttpResponse & { readonly pieces: AsyncIterable<Uint8Array> | null }>;
}

/** Names of the local tables. Keys are arrays of strings and numbers in IndexedDB's order; values are plain JSON. */
export const localTables = [
  'facts',
  'conversations',
  'members',
  'chains',
  'marks',
  'messages',
  'folds',
  'expiries',
  'outbox',
  'accounts',
  'settings',
  'unopened',
  'places',
  'hashes',
  'claims',
  'secrets',
] as const;
export type LocalTable = (typeof localTables)[number];
export type LocalKey = readonly (string | number)[];

/** One change of a local table. */
export type LocalWrite =
  | { readonly table: LocalTable; readonly key: LocalKey; readonly value: unknown }
  | { readonly table: LocalTable; readonly key: LocalKey; readonly remove: true };

/** Durable storage of one profile. Several clients may have it open (`Leadership`); what one wrote all can read. */
export interface LocalStore {
  get(table: LocalTable, key: LocalKey): Promise<unknown>;
  /** Rows whose key begins with `prefix`, in key order; bounds are exclusive. */
  list(
    table: LocalTable,
    range: {
      readonly prefix: LocalKey;
      readonly after?: LocalKey;
      readonly before?: LocalKey;
      readonly limit: number;
      readonly reverse?: boolean;
    },
  ): Promise<readonly { readonly key: LocalKey; readonly value: unknown }[]>;
  /**
   * All of it or none of it, durable when it resolves (as far as the host promises). What is `relaxed` may be lost in a
   * power cut, but not before anything that was written after it.
   */
  write(writes: readonly LocalWrite[], options?: { readonly relaxed?: boolean }): Promise<void>;
  /** Removes everything (sign-out). */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Several clients on one store (tabs, a CLI beside a chat): one leads, the others follow it. */
export interface Leadership {
  /** Resolves when this client leads; rejects when `signal` aborts. Held until `release`. */
  acquire(signal: AbortSignal): Promise<{ release(): void }>;
  /** Messages between the clients of one profile. */
  post(message: unknown): void;
  subscribe(listener: (message: unknown) => void): () => void;
  /** Removes what was told and may still be kept somewhere (sign-out). */
  clear(): Promise<void>;
}

type ConversationKind = 'direct' | 'group' | 'room' | 'account';

/**
 * The newest record that the author of a message had without a lack below it: the epoch, its seq, and a hash over so many
 * records that end there (docs/protocol/witness.md).
 */
export type Witness = readonly [epoch: number, seq: number, hash: string, count: number];

/** Who is to read a message, the version of the member list that says so, and what its author has seen. */
export interface Readers {
  readonly memberN: number;
  readonly accounts: readonly AccountId[];
  /** Number and hash of the newest entry of a signed list. */
  readonly entry?: string;
  readonly witness?: Witness | null;
}

/** A body, and everything that it is bound to. */
export interface Sealing {
  readonly conversation: ConversationId;
  readonly kind: ConversationKind;
  readonly id: MessageId;
  readonly body: Body;
  /** Lifetime of what is said there, as far as is known; absent or 0: it stays. */
  readonly timerSeconds?: number;
  /** Asked only where it is encrypted. Rejects while they are not known. */
  readonly readers: () => Promise<Readers>;
}

/** What goes into the frame. `memberN`, `keysN`: it can be read by that version of the member list, and of the keys, only. */
export interface Sealed {
  readonly content: string;
  readonly format: ContentFormat;
  readonly memberN?: number;
  readonly keysN?: number;
}

/** Content, and what the server says of where it comes from. */
export interface Opening {
  readonly conversation: ConversationId;
  readonly kind: ConversationKind;
  readonly id: MessageId;
  readonly sender: AccountId;
  readonly device: DeviceId | null;
  readonly content: string;
  readonly format: ContentFormat;
  /** When it disappears; absent: never. */
  readonly expiresAt?: number;
}

/** Why something cannot be read: its key has not come, its sender's device is not vouched for, it is not what it claims to be, it makes no sense. */
export type Unreadable = 'no_key' | 'not_trusted' | 'altered' | 'broken';

/** The body, or why there is none, and the session whose key would help. */
export type Opened =
  | { readonly body: Body; readonly witness?: Witness | null; readonly entry?: string | null }
  | { readonly body: null; readonly reason: Unreadable; readonly session: string | null };

/** A private setting of the account as it was told: `isSealed` while it cannot be opened here. */
export interface StandingSetting {
  readonly text: string;
  readonly isSealed: boolean;
}

/** What a provider is started with. */
export interface CryptoParts {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  /** Small things that the provider keeps beside the rows; written durably, read by the leader only. */
  readonly secrets: {
    get(name: string): Promise<unknown>;
    put(name: string, value: unknown): Promise<void>;
  };
  /** Private settings of the account, sealed on their way, for all its devices. */
  readonly settings: {
    /** The newest first: what is on its way, then what stands. */
    read(key: string): readonly StandingSetting[];
    /** Resolves when it is kept here, to be sent. */
    write(key: string, value: string): Promise<void>;
    /** Another value of one of these stands there. */
    onChange(keys: readonly string[], listener: () => void): () => void;
  };
  /** What is sealed with the key of this session can be opened now. */
  readonly onKey: (conversation: ConversationId, session: string) => void;
  /** Many things can be opened, or sealed, that could not be before. Resolves when what lists of chats show was tried. */
  readonly onReady: () => Promise<void>;
  /** Keys of somebody changed: what could not be sealed may be sealed now. */
  readonly onChanged: () => void;
  /** What another device sent to this one could not be opened. */
  readonly onUnopened: () => void;
  /** Keys existed here and are gone: this device must be signed in anew. */
  readonly onLost: () => void;
}

/** What people see of the keys and do with them. The leader's; the others ask it. */
export interface CryptoDesk {
  readonly snapshot: EncryptionView;
  subscribe(listener: () => void): () => void;
  /** Does one of the deeds by its name. Arguments and answers can be cloned. @throws {ChatError} */
  ask<N extends DeedName>(name: N, ...given: DeedArguments<N>): Promise<DeedAnswer<N>>;
}

/** Signs entries of member lists for this account, and knows who signed others. Rejects while the keys cannot be used. */
export interface MembershipKeys {
  /** By this device and by the identity of the account; null while this device has none. */
  sign(text: string): Promise<{ readonly device: string; readonly master: string } | null>;
  /** The public half of the identity that signs; null: there is none. */
  ownKey(): Promise<string | null>;
  /** Identities as this device holds them: null for who has none, `''` for who was confirmed and has to be reviewed. */
  keysOf(accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, string | null>>;
}

/** Turns bodies into content and back. Only the leader has it started, so its keys have one writer. */
export interface CryptoProvider {
  readonly name: string;
  /** Called once, before anything else. */
  start(parts: CryptoParts): void;
  /** Seals of one conversation keep their order. Rejects when it is not possible now. */
  seal(sealing: Sealing): Promise<Sealed>;
  /** Never rejects for what it is given. */
  open(opening: Opening): Promise<Opened>;
  /** It was sealed here and has come back as it was: it need not be opened. */
  seen?(opening: Opening, body: Body): void;
  /** Is the value of this setting sealed? */
  sealsSetting(key: string): boolean;
  /** Rejects when it is not possible now. */
  sealSetting(key: string, value: string): Promise<string>;
  /** Null: it cannot be opened here. */
  openSetting(key: string, value: string): Promise<string | null>;
  /** What other devices sent to this one. Resolves when it is kept. */
  receive(items: readonly ToDeviceItem[]): Promise<void>;
  /** Keys changed, up to this place in the server's list; null: nobody knows how far. */
  keysChanged(n: number | null): void;
  /** Nothing is sealed or opened any more. */
  close(): Promise<void>;
  /** Forgets every key of an account (sign-out), started or not. */
  wipe(account: AccountId): Promise<void>;
  /** What people do with keys; null where there are none. */
  readonly desk: CryptoDesk | null;
  /** Null where nothing is signed: member lists are what the server says. */
  readonly membership: MembershipKeys | null;
}

/** Everything that a client asks of where it runs. */
export interface Host {
  readonly sockets: SocketFactory;
  readonly http: Http;
  readonly bytes: HttpBytes;
  readonly store: LocalStore;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: CryptoProvider;
}
