// What a person does with keys, as a table of names: the leader does it, whichever client of the store was asked.
import type { AccountId } from '@parley/protocol';
import type {
  ComparisonView,
  DeviceKeysView,
  DevicesBefore,
  IdentityView,
  PairingView,
  RecoveryKeyView,
  ScanResult,
} from './views.ts';

/** Every deed, by its name. */
export interface Deeds {
  /** Null when it was confirmed, or this device does not know it. */
  recoveryKey(): Promise<RecoveryKeyView | null>;
  confirmRecoveryKey(): Promise<void>;
  newRecoveryKey(password: string): Promise<RecoveryKeyView>;
  /**
   * With words or groups, however they were typed. Resolves when the newest chats can be read; `saved` waits for all of
   * them. Rejects with `recovery.invalid` or `recovery.wrong`.
   */
  recover(key: string): Promise<void>;
  /**
   * After a device that was lost or stolen was signed out: a new identity and a new recovery key, so that nothing which
   * it holds opens what comes. Contacts are told.
   */
  shutOut(password: string): Promise<RecoveryKeyView>;
  /**
   * A new identity: old messages stay unreadable, contacts are told. `before`: whether somebody else may have a device
   * of before; `safe` lets others read what those devices said while they were away.
   */
  startOver(password: string, before: DevicesBefore): Promise<void>;
  /** Every key that this device has is in the backup, too: before a program ends that keeps nothing. Waits for the server. */
  saved(): Promise<void>;
  /** Tries now, not after a while, to open the keys that have a `problem`. Rejects when they cannot be opened still. */
  openKeys(): Promise<void>;
  identity(account: AccountId): Promise<IdentityView>;
  /** The codes are the same. */
  confirmIdentity(account: AccountId): Promise<void>;
  /** What somebody's code says that was scanned; with `match` they are confirmed. `not_found`: one of the two has no keys. */
  scanIdentity(account: AccountId, text: string): Promise<ScanResult>;
  /** The key by which this account is known, base64 without padding; null on a device that does not have its other half. Waits, not for ever, while that is not known. */
  ownFingerprint(): Promise<string | null>;
  /**
   * Somebody said in another way that their key is this one: with another one they are `left_out`, as somebody confirmed
   * who set up afresh, until they are accepted or confirmed.
   */
  expectIdentity(account: AccountId, fingerprint: string): Promise<void>;
  /** It was seen that somebody set up afresh. */
  acceptIdentity(account: AccountId): Promise<void>;
  devices(): Promise<readonly DeviceKeysView[]>;
  /** Asks another own device to compare pictures; how it goes on is in the view. A linked one asks with the password. */
  compare(device: string, password?: string): Promise<ComparisonView>;
  /** The other one asked. A linked one joins with the password (if there is one), or `auth.refused`. */
  joinComparison(flow: string, password: string): Promise<void>;
  /** The pictures are the same (the linked device then vouches for the other one), or it ends for both. */
  endComparison(flow: string, same: boolean): Promise<void>;
  /** The new device: a code that a linked one scans, good for two minutes. `server`: where both are signed in. */
  showPairing(server: string): Promise<PairingView>;
  /** The linked device: what was scanned, with the password (if there is one). `link.invalid`, `link.gone`, `auth.refused`. */
  scanPairing(text: string, password: string): Promise<PairingView>;
  /** The new device: the digits that the linked one shows. */
  typePairing(digits: string): Promise<void>;
  endPairing(): Promise<void>;
  /** A device that was just linked has asked this one for what it needs to read everything, and was given it. */
  handedOver(device: string): Promise<void>;
}

export type DeedName = keyof Deeds;
export type DeedArguments<N extends DeedName> = Parameters<Deeds[N]>;
export type DeedAnswer<N extends DeedName> = Awaited<ReturnType<Deeds[N]>>;
