// The keys of this device, and what is done with them: the port that `olm/machine.ts` fills. Every argument and every
// answer can be cloned, so that it may run in a worker. One writer per store: only the leader has it open.
import type { AccountId, Body, ConversationId, DeviceId, MessageId, ToDeviceItem } from '@parley/protocol';
import type { Clock, HttpRequest, HttpResponse, Random, Unreadable, Witness } from '../ports.ts';
import type { DevicesBefore } from '../views.ts';
import type { Origin } from './backup-blob.ts';

/** Small JSON values by name, beside the library's own store: who made a session, how far the list of changes was read. */
export interface KeyFacts {
  /** In the order of the names; null for what is not there. At most 1,000 names. */
  get(names: readonly string[]): Promise<readonly unknown[]>;
  /** All of it or none of it, durable when it resolves. */
  put(entries: readonly (readonly [name: string, value: unknown])[]): Promise<void>;
  /**
   * What is written while this runs, here and into the library's store, is kept whole or not at all if the process dies,
   * where the store can do that. Nothing of the server may be waited for in it.
   */
  together<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** What a machine is opened with. */
export interface KeyMachineParts {
  readonly account: AccountId;
  readonly device: DeviceId;
  /** Name of the library's database in the global `indexedDB`; null keeps it in memory. */
  readonly store: string | null;
  /** Opened in the same worker as the machine, beside that database. */
  readonly facts: KeyFacts;
  /** Rejects only when the server cannot be reached. */
  readonly call: (request: HttpRequest) => Promise<HttpResponse>;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a machine tells while it works. Nothing is told twice unless it is still so at the next start. */
export interface KeyEvents {
  /** What is sealed with the key of this session may open now. */
  readonly readable: (conversation: ConversationId, session: string) => void;
  /** Somebody set up afresh, or is left out of a group until it is reviewed. Told until `acceptIdentity` or `confirm`; null: they have the known key again. */
  readonly identity: (account: AccountId, what: IdentityNews | null) => void;
  /** For the metric: something could not be read. */
  readonly undecryptable: (reason: Unreadable | 'to_device') => void;
  /** It began or stopped being able to seal. */
  readonly state: (state: KeyState) => void;
  /** The comparison of two own devices got further. */
  readonly comparison: (comparison: Comparison) => void;
  /** Two devices got further over a code. */
  readonly pairing: (pairing: Pairing) => void;
  /** Another own device said something (`tellOwn`): one that the identity vouches for, and nobody could read it on its way. */
  readonly told: (device: string, text: string) => void;
}

/** `opening`: not started. `needs_linking`: the account has an identity that does not vouch for this device yet. */
export type KeyState = 'opening' | 'ready' | 'needs_linking';

/** `changed`: messages go to the new devices. `left_out`: it was confirmed before; it gets nothing until it is reviewed. */
export type IdentityNews = 'changed' | 'left_out';

/** A body, and everything that it is bound to. */
export interface SealOrder {
  readonly conversation: ConversationId;
  readonly kind: 'direct' | 'group';
  readonly id: MessageId;
  readonly body: Body;
  /** Everybody who is to read it, at version `memberN` of the list. The own account is always added. At most 1,024. */
  readonly members: readonly AccountId[];
  readonly memberN: number;
  /** Lifetime of what is said there in seconds, 0 or absent: it stays. A session is of one lifetime. */
  readonly timerSeconds?: number;
  /** Hash of the newest entry of the member list, when there is one. */
  readonly entry?: string;
  /** The newest record that the author verified. */
  readonly witness?: Witness;
}

/** `content` goes into the frame with both versions: it can be read by that version of members and of keys only. */
export type SealOutcome =
  | { readonly content: string; readonly memberN: number; readonly keysN: number }
  | {
      readonly content: null;
      /**
       * In a direct conversation: `identity_changed` with somebody who was confirmed and then set up afresh, `no_keys` with
       * somebody who has no device that could read it yet.
       */
      readonly reason: 'needs_linking' | 'identity_changed' | 'no_keys';
    };

/** Content, and what the server says of where it comes from. */
export interface OpenOrder {
  readonly conversation: ConversationId;
  readonly id: MessageId;
  readonly sender: AccountId;
  readonly device: DeviceId | null;
  readonly content: string;
}

/** What was sealed with the body. */
export type OpenOutcome =
  | {
      readonly body: Body;
      readonly entry: string | null;
      readonly witness: Witness | null;
    }
  | { readonly body: null; readonly reason: Unreadable; readonly session: string | null };

/** A session for the backup, or from it: `exported` is JSON of the library. */
export interface RoomKeyRow {
  readonly conversation: ConversationId;
  readonly session: string;
  readonly firstIndex: number;
  readonly exported: string;
  readonly origin: Origin;
}

/** How one account stands. `fingerprint` is its master key, base64 without padding; null: it has none (yet). */
export interface IdentityView {
  readonly account: AccountId;
  readonly fingerprint: string | null;
  readonly state: 'none' | 'known' | 'confirmed' | 'changed' | 'left_out';
}

/** By which master key somebody was confirmed, or accepted after a change without comparing codes. */
export interface Review {
  readonly account: AccountId;
  readonly key: string;
  readonly what: 'confirmed' | 'accepted';
}

/** A device of the own account. `linked`: the identity vouches for it, so it gets keys. */
export interface OwnDevice {
  readonly device: string;
  readonly linked: boolean;
  readonly current: boolean;
  /** Receives while the others are off. */
  readonly dehydrated: boolean;
  readonly ed25519: string;
}

/** Seeds of the own identity, base64 without padding: for the vault and for linking, never to be shown. */
export interface IdentitySecrets {
  readonly master: string;
  readonly selfSigning: string;
  readonly userSigning: string;
}

/** Two own devices that compare seven pictures. */
export interface Comparison {
  readonly flow: string;
  /** The other one. */
  readonly device: string | null;
  /** `asked`: by the other one, until `joinComparison`. `waiting`: for the other one. */
  readonly state: 'asked' | 'waiting' | 'compare' | 'done' | 'cancelled';
  /** Seven, in order, while they are to be compared. */
  readonly emoji: readonly { readonly symbol: string; readonly name: string }[];
}

/** A new device and a linked one, over a code that the linked one scans. */
export interface Pairing {
  readonly role: 'new' | 'old';
  /** New: `shown`, `digits` (to be typed here), `working`, `done`. Old: `waiting`, `digits` (to be typed there), … */
  readonly state: 'shown' | 'waiting' | 'digits' | 'working' | 'done' | 'ended';
  /** What the code says, while it is shown. */
  readonly text: string | null;
  /** Old: what is to be typed on the new one. */
  readonly digits: string | null;
  /** Old: the new one, once that is known. */
  readonly device: string | null;
  /** `mistyped`: try again. The others have ended it: `wrong` digits, the place is `gone`, what came does not fit. */
  readonly problem: 'mistyped' | 'wrong' | 'gone' | 'refused' | 'ended' | null;
}

/** Everything rejects with a `ChatError`: `client.unreachable` is worth another try, `client.crypto` is a bug. */
export interface KeyMachine {
  /** Publishes the keys of this device, and the first identity of the account. Again after a failure, or later. */
  start(): Promise<KeyState>;
  /** Seals in the order of the calls, per conversation. What the devices need has reached the server when it resolves. */
  seal(order: SealOrder): Promise<SealOutcome>;
  /** Never rejects for what it is given. */
  open(order: OpenOrder): Promise<OpenOutcome>;
  /** Keeps what other devices sent, oldest first. It is durable when it resolves; only then may it be acknowledged. */
  receive(items: readonly ToDeviceItem[]): Promise<void>;
  /** Reads whose keys changed, and tops up the own ones. */
  changed(): Promise<void>;
  /** The list of changes is known up to here; 0 before the first start. */
  keysN(): Promise<number>;

  identities(accounts: readonly AccountId[]): Promise<readonly IdentityView[]>;
  /** The codes were compared. Answers with the master key that is confirmed. */
  confirm(account: AccountId): Promise<string>;
  /** Its change was shown and is accepted; it counts as not confirmed. Answers with the master key. */
  acceptIdentity(account: AccountId): Promise<string>;
  /** Reviews of other own devices: who was confirmed by another key than the present one is left out. */
  review(reviews: readonly Review[]): Promise<void>;
  /** With another master key than this one (base64 without padding) they are left out until `acceptIdentity` or `confirm`. */
  expectIdentity(account: AccountId, fingerprint: string): Promise<void>;
  ownDevices(): Promise<readonly OwnDevice[]>;
  /** A new identity (all is lost, or a device was stolen). `auth.refused` without the right password. */
  resetIdentity(password: string, before: DevicesBefore): Promise<void>;
  /** Null while this device has none. */
  exportSecrets(): Promise<IdentitySecrets | null>;
  /** Vouches for this device with them. Rejects with `keys.invalid` when they are not of this account's identity. */
  importSecrets(secrets: IdentitySecrets): Promise<KeyState>;
  /** Signs a text with the key of this device and, where it is there, the master key. */
  sign(text: string): Promise<{ readonly device: string; readonly master: string | null }>;

  /** Room keys that are not in the backup, at most 100; `confirmRoomKeys` when they are. Null: nothing is left. */
  takeRoomKeys(): Promise<{ readonly batch: string; readonly rows: readonly RoomKeyRow[] } | null>;
  confirmRoomKeys(batch: string): Promise<void>;
  /** A new epoch: all are taken again. */
  restartBackup(): Promise<void>;
  /** At most 1,000. A row whose origin contradicts what came live is refused. */
  importRoomKeys(rows: readonly RoomKeyRow[]): Promise<{ readonly imported: number; readonly refused: number }>;

  /** Puts a new device there that receives while the others are off. `key`: 32 bytes, kept in the vault. */
  dehydrate(key: Uint8Array): Promise<string>;
  /** Takes in what the dehydrated device got; how many room keys that were. */
  rehydrate(key: Uint8Array): Promise<number>;

  /** Asks another own device to compare pictures; how it goes on is told by `comparison`. */
  compare(device: string): Promise<Comparison>;
  joinComparison(flow: string): Promise<void>;
  /** The pictures are the same: the linked device vouches for the other one. If not, it ends for both. */
  endComparison(flow: string, same: boolean): Promise<void>;

  /** Shows a code that a linked device of this account scans; how it goes on is told by `pairing`. */
  showPairing(server: string): Promise<Pairing>;
  /** What was scanned. `link.invalid`, `link.gone`. */
  scanPairing(text: string): Promise<Pairing>;
  /** The digits that the linked device shows. */
  typePairing(digits: string): Promise<void>;
  endPairing(): Promise<void>;

  /** Says something to another linked device of this account, sealed to it. `not_found`: there is no such device. */
  tellOwn(device: string, text: string): Promise<void>;
  /** What was told of it is done with; until then it is told again at each start. */
  heardOwn(device: string, text: string): Promise<void>;

  /** Nothing is sealed or opened any more. */
  close(): Promise<void>;
}
