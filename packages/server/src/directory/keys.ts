// Ports of encryption: public keys of devices and accounts, what one device sends another, and what an account keeps
// sealed. Everything here is public, or ciphertext. Promise: what resolved is on disk, each method happens whole or
// not at all, and a one-time key is given out once. It must never read what a value says.
import type { AccountId, ConversationId, DeviceId } from '@parley/protocol';

/** Public keys of a device, as signed JSON. Once written they never change but for signatures that are added. */
export interface DeviceKeysRow {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly json: string;
  /** Signed out, or its account is deleted: readable for old messages, never encrypted to. */
  readonly former: boolean;
}

/** The keys of an account that vouch for its devices and for other people. */
export interface IdentityRow {
  readonly account: AccountId;
  /** 1 for the first; one more with each reset. */
  readonly version: number;
  readonly master: string;
  readonly selfSigning: string;
  /** Shown to the account's own devices only. */
  readonly userSigning: string;
  /** JSON list of the identities before, as the present one signed them. */
  readonly former: string;
}

/** A key that is used once, or the fallback when none is left. `id` is the library's, unique in a device. */
export interface OneTimeKeyRow {
  readonly id: string;
  readonly json: string;
}

/** What changed about keys. `n` rises over the whole directory. */
export interface KeyChangeRow {
  readonly n: number;
  readonly account: AccountId;
  readonly change: 'device' | 'revoked' | 'identity';
}

/** Signed JSON that takes the place of what was there, with signatures added. */
export interface SignedRow {
  readonly account: AccountId;
  /** A device, or the account's master key. */
  readonly target: DeviceId | 'master';
  readonly json: string;
  /** What it was made from: written only where that still stands. */
  readonly before: string;
}

/** Public keys. Faults of the engine are `Unavailable`, in every port here. */
export interface Keys {
  /** `changed`: the device has other keys, and keeps them. `gone`: no such device of this account. [ENC1] */
  putDevice(row: Omit<DeviceKeysRow, 'former'>): Promise<'done' | 'same' | 'changed' | 'gone'>;
  /** Of these accounts, oldest first; of each the newest `limits.maxFormerDevices` former ones too. At most 100 accounts. [ENC2] */
  devices(accounts: readonly AccountId[]): Promise<readonly DeviceKeysRow[]>;
  /** `conflict`: its version is not one above the present one, or the account is leaving. [ENC3] */
  putIdentity(row: IdentityRow): Promise<'done' | 'conflict'>;
  /** The newest of each; those of deleted accounts too. At most 100 accounts. */
  identities(accounts: readonly AccountId[]): Promise<readonly IdentityRow[]>;
  /** All of them, or none: `conflict`. Those who look at these keys hear of it as of new ones. [ENC4] */
  addSignatures(rows: readonly SignedRow[]): Promise<'done' | 'conflict'>;
  /**
   * A known id with the same key does nothing, also when that was given out; `changed`: with another; `full`: it would
   * have more than `most`. [ENC5]
   */
  addOneTime(
    device: DeviceId,
    keys: readonly OneTimeKeyRow[],
    most: number,
  ): Promise<'done' | 'changed' | 'full' | 'gone'>;
  /** Replaces it, unused; the same again does nothing. `gone`: no such device. [ENC5] */
  setFallback(device: DeviceId, key: OneTimeKeyRow): Promise<'done' | 'gone'>;
  counts(device: DeviceId): Promise<{ readonly oneTime: number; readonly fallbackUnused: boolean }>;
  /** One key of each, in this order: the oldest one-time key, which is gone then, else the fallback, else null. [ENC6] */
  claim(devices: readonly DeviceId[]): Promise<readonly (OneTimeKeyRow | null)[]>;
  /**
   * After a restore, with the new epoch: keys that may have been given out already are dropped, fallbacks stay. Numbers
   * of changes and queues go on above all that anybody can have seen, and the keys of everybody count as changed. [ENC7]
   */
  restored(epoch: number): Promise<void>;
  /**
   * Entries above `after` in rising order, at most `limit`; null: none, only where the list ends. Of equal entries of an
   * account only the last is kept. [ENC8]
   */
  changes(
    after: number | null,
    limit: number,
  ): Promise<{ readonly rows: readonly KeyChangeRow[]; readonly head: number }>;
  /** Those of these accounts of which a device ended at an `n` above this. [ENC8] */
  revokedAfter(accounts: readonly AccountId[], n: number): Promise<readonly AccountId[]>;
}

/** What a device sends to another, until that has kept it. `n` rises in the receiving device. */
export interface ToDeviceRow {
  readonly device: DeviceId;
  readonly sender: AccountId;
  readonly senderDevice: DeviceId;
  /** Chosen by the sender: the same from this sender is kept once. */
  readonly txn: string;
  readonly type: string;
  readonly content: string;
}

/** Queues of devices: at least once, deleted when acknowledged. */
export interface ToDevice {
  /**
   * Puts them at the ends of their queues; a repeated (sender device, txn, device) does nothing, even when the first
   * was acknowledged since, for at least `maxToDeviceTxnMs`. Devices that are gone are left out. `full`: the queues of
   * these devices hold `mostPerDevice` or `maxToDeviceQueueBytes`, nothing went to them; the others have theirs. [ENC9]
   */
  enqueue(
    rows: readonly ToDeviceRow[],
    mostPerDevice: number,
    time: number,
  ): Promise<{ readonly full: readonly DeviceId[] }>;
  /** Rows above `after` in rising order, at most `limit`. [ENC9] */
  page(device: DeviceId, after: number, limit: number): Promise<readonly (ToDeviceRow & { readonly n: number })[]>;
  /** Removes what is up to `upTo`. */
  acknowledge(device: DeviceId, upTo: number): Promise<void>;
}

/** A small sealed thing of an account. */
export interface VaultItem {
  readonly name: string;
  readonly value: string;
  /** From 1; one more with each change. */
  readonly version: number;
}

/** Sealed things by name. */
export interface Vault {
  all(account: AccountId): Promise<readonly VaultItem[]>;
  /** Writes all, if each has the version after the one that stands (1 for a new one), and the account is not leaving. [ENC10] */
  put(account: AccountId, items: readonly VaultItem[]): Promise<'done' | 'conflict'>;
}

/** A room key, sealed with the key of an epoch. */
export interface BackupRow {
  readonly epoch: number;
  readonly conversation: ConversationId;
  /** 43 characters of base64. */
  readonly session: string;
  /** First message that it opens: of two, the lower is kept, whatever their epochs; of equal ones that of the newer epoch, else the newer one. */
  readonly firstIndex: number;
  readonly value: string;
}

/** Room keys of an account. */
export interface Backup {
  /**
   * What is there already and not worse stays as it is; what is better takes its place and its `n`. `full`: the account
   * would have more than `most`, nothing was written. `gone`: it is leaving. [ENC11]
   */
  put(account: AccountId, rows: readonly BackupRow[], most: number): Promise<'done' | 'full' | 'gone'>;
  /** In the order they were first written, newest first; `before`: the `n` of a page's last row, or null. [ENC11] */
  page(
    account: AccountId,
    before: number | null,
    limit: number,
  ): Promise<readonly (BackupRow & { readonly n: number })[]>;
  get(account: AccountId, sessions: readonly string[]): Promise<readonly BackupRow[]>;
  count(account: AccountId): Promise<number>;
  /** Removes epochs below `epoch` (after a rotation, when all is sealed anew). */
  dropBelow(account: AccountId, epoch: number): Promise<void>;
  /** Removes these sessions. [ENC205] */
  drop(account: AccountId, sessions: readonly string[]): Promise<void>;
}

/** A device that only receives while the others are off. */
export interface DehydratedRow {
  readonly device: DeviceId;
  /** Its private half, sealed. */
  readonly data: string;
  readonly createdAt: number;
}

/** At most one of an account. Keys, one-time keys and the queue stand in the ports above under its own device id. */
export interface Dehydrated {
  /**
   * Replaces the one before: it never sent anything, so that nobody needs its keys any more. With the keys
   * that it has only `data` is replaced. `taken`: this id is or was a device's, with other keys or of another account.
   * `gone`: the account is leaving. [ENC12]
   */
  put(
    account: AccountId,
    row: DehydratedRow,
    keys: {
      readonly json: string;
      readonly oneTime: readonly OneTimeKeyRow[];
      readonly fallback: OneTimeKeyRow | null;
    },
  ): Promise<'done' | 'taken' | 'gone'>;
  get(account: AccountId): Promise<DehydratedRow | undefined>;
  drop(account: AccountId): Promise<void>;
}
