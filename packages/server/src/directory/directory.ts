// Ports of who exists: accounts, their devices and tokens, invitations, and intents that span directory and log.
// Promise: what resolved is on disk, and each method happens whole or not at all. It keeps hashes only, never a
// secret; it decides nothing that needs a clock of its own; it must never know a conversation, nor what anybody wrote but
// what they report.
import type { AccountId, DeviceId, InviteId } from '@parley/protocol';
import type { Answers } from './answers.ts';
import type { Files } from './files.ts';
import type { Backup, Dehydrated, Keys, ToDevice, Vault } from './keys.ts';
import type { Reports } from './reports.ts';

export type AccountKind = 'person' | 'bot' | 'guest';
/** `leaving`: its deletion has begun. `deleted`: the profile is erased, only the claims on id and handle remain. */
export type AccountState = 'active' | 'disabled' | 'leaving' | 'deleted';

/** Times are milliseconds since the Unix epoch, here and in every row below. */
export interface AccountRow {
  readonly account: AccountId;
  /** Empty once deleted. */
  readonly handle: string;
  readonly name: string;
  readonly about: string;
  readonly kind: AccountKind;
  readonly admin: boolean;
  readonly state: AccountState;
  /** Null: nobody can sign in with a password. */
  readonly passwordHash: string | null;
  readonly createdAt: number;
}

export interface DeviceRow {
  readonly device: DeviceId;
  readonly account: AccountId;
  readonly name: string;
  readonly createdAt: number;
  readonly lastSeenAt: number | null;
  /** When somebody last used a token that this device had replaced. */
  readonly oldTokenUsedAt: number | null;
  /** When it showed that it has the recovery key of its account. */
  readonly provedAt: number | null;
}

/** What of a device only rises. */
export type DeviceTimes = Pick<DeviceRow, 'device'> &
  Partial<Pick<DeviceRow, 'lastSeenAt' | 'oldTokenUsedAt' | 'provedAt'>>;

/** A new device with its first token. */
export interface Login {
  readonly device: DeviceRow;
  readonly tokenHash: string;
}

/** Who holds a token. `next`: a replacement that was never used; `old`: the one that it replaced. */
export interface Bearer {
  readonly tokenState: 'current' | 'next' | 'old';
  readonly device: DeviceId;
  /** Up to date of an old one; of another one nobody asks. */
  readonly oldTokenUsedAt: number | null;
  readonly account: AccountId;
  readonly handle: string;
  readonly kind: AccountKind;
  readonly admin: boolean;
  readonly state: AccountState;
}

/** Something that must be done in the log because of a row here. Removed when it was. */
export interface IntentRow {
  /** 22 characters, the same for the same purpose: ids of log records derive from it. */
  readonly intent: string;
  readonly kind: 'open' | 'contact' | 'delete';
  readonly account: AccountId;
  /** Whom the account meets, where it meets somebody. */
  readonly inviter: AccountId | null;
  readonly createdAt: number;
}

export interface InviteRow {
  readonly invite: InviteId;
  readonly secretHash: string;
  /** Null: the set-up link, good for one admin while there is none. */
  readonly inviter: AccountId | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly maxUses: number;
  readonly uses: number;
}

/** A new account with everything that must come into being with it. */
export interface SignUp {
  readonly account: AccountRow;
  /** What nobody else may ever claim: equal for handles that look alike. */
  readonly claim: string;
  readonly login: Login;
  /** The invitation that is used up by one, or null. */
  readonly inviteHash: string | null;
  readonly intent: IntentRow;
}

/** `revoked`: the device and its tokens are gone. `disabled`: they stay, for the day that the account is enabled again. */
export type EndReason = 'revoked' | 'disabled';

/** Which sessions of an account end. */
export interface End {
  /** This one only; null: all of them, but `except`. */
  readonly device: DeviceId | null;
  readonly except: DeviceId | null;
  readonly reason: EndReason;
  readonly time: number;
}

/** An entry of the revocation list. `n` rises. */
export interface EndedRow {
  readonly n: number;
  readonly device: DeviceId;
  readonly reason: EndReason;
}

export type AccountChange = Partial<Pick<AccountRow, 'name' | 'about' | 'passwordHash' | 'admin' | 'state'>>;

/** What happens with a change, and which password it was made with: another one since then means no. */
export interface Also {
  readonly end?: End;
  readonly intent?: IntentRow;
  readonly ifPasswordHash?: string | null;
}

/** Accounts by id and handle. Faults of the engine are `Unavailable`, in every port here. */
export interface Accounts {
  /** `taken`: the claim is somebody's, for ever. `invalid`: the invitation is not good at `createdAt`. [DIR1] [DIR2] */
  signUp(signUp: SignUp): Promise<'done' | 'taken' | 'invalid'>;
  /** Rows of those that exist, deleted ones too, in the order asked for. At most 200 ids. */
  get(accounts: readonly AccountId[]): Promise<readonly AccountRow[]>;
  /** Nobody who is leaving or deleted. */
  byHandle(handle: string): Promise<AccountRow | undefined>;
  /**
   * Changes a row, ends sessions and writes an intent, together. Undefined: no such account, it is leaving, or its
   * password is another than `ifPasswordHash`. [DIR3]
   */
  change(
    account: AccountId,
    change: AccountChange,
    also?: Also,
  ): Promise<{ readonly row: AccountRow; readonly ended: readonly DeviceId[] } | undefined>;
  /**
   * Erases profile, devices and invitations of an account that is leaving, with what it kept sealed, and closes its
   * intent. Id and claim stay, and public keys as those of former devices. [DIR4] [ENC2]
   */
  erase(account: AccountId, intent: string): Promise<void>;
}

/** Lists of accounts. */
export interface People {
  /** Active persons and bots whose handle or folded name begins so, by handle. `prefix` is folded. [DIR5] */
  search(prefix: string, limit: number): Promise<readonly AccountRow[]>;
  /** Those with a handle above `after`, by handle, with the number of their devices. [DIR5] */
  page(after: string, limit: number): Promise<readonly (AccountRow & { readonly devices: number })[]>;
  /** All that are not deleted; active admins among them. */
  counts(): Promise<{ readonly accounts: number; readonly admins: number }>;
}

/** Logins, and the list of those that ended. */
export interface Devices {
  /** `full`: the account has `most` devices. `gone`: it is no longer active, or its password is another. [DIR6] */
  add(login: Login, most: number, ifPasswordHash?: string | null): Promise<'done' | 'full' | 'gone'>;
  /** Oldest first. */
  list(account: AccountId): Promise<readonly DeviceRow[]>;
  /** Resolves to the devices that it ended. [DIR7] */
  end(account: AccountId, end: End): Promise<readonly DeviceId[]>;
  /** Raises times; rows of devices that are gone do nothing. */
  touch(rows: readonly DeviceTimes[]): Promise<void>;
  /** Entries above `after` in rising order, at most `limit`; null: none, only where the list ends. [DIR7] */
  ended(after: number | null, limit: number): Promise<{ readonly rows: readonly EndedRow[]; readonly head: number }>;
}

/** Tokens by their hash. */
export interface Tokens {
  get(tokenHash: string): Promise<Bearer | undefined>;
  /** A `next` token for the device; an earlier one that was never used is dropped. False: no such device. [DIR8] */
  replace(device: DeviceId, tokenHash: string): Promise<boolean>;
  /** First use of a `next` token: it is `current`, and the one before is `old`. [DIR8] */
  confirm(tokenHash: string): Promise<void>;
}

/** Invitations to this server. */
export interface Invites {
  /** A set-up link replaces the one before. `full`: the inviter has `most` open ones at `createdAt`. [DIR9] */
  add(invite: InviteRow, most: number): Promise<'done' | 'full'>;
  bySecret(secretHash: string): Promise<InviteRow | undefined>;
  /** Those of this inviter that can still be used at `time`, oldest first. */
  list(inviter: AccountId, time: number): Promise<readonly InviteRow[]>;
  /** False: this inviter has none with this id. */
  revoke(inviter: AccountId, invite: InviteId): Promise<boolean>;
  /** One use by an account that exists, with its intent. `again`: this account had used it, nothing was written. [DIR2] */
  redeem(secretHash: string, intent: IntentRow): Promise<'done' | 'again' | 'invalid'>;
}

/** Intents that are not done yet. */
export interface Intents {
  /** Oldest first. [DIR10] */
  open(limit: number): Promise<readonly IntentRow[]>;
  close(intent: string): Promise<void>;
}

/** All of it, over one engine. */
export interface Directory extends AsyncDisposable {
  readonly accounts: Accounts;
  readonly people: People;
  readonly devices: Devices;
  readonly tokens: Tokens;
  readonly invites: Invites;
  readonly intents: Intents;
  readonly answers: Answers;
  readonly files: Files;
  readonly reports: Reports;
  readonly keys: Keys;
  readonly toDevice: ToDevice;
  readonly vault: Vault;
  readonly backup: Backup;
  readonly dehydrated: Dehydrated;
  /** Writes a consistent copy to `path` while the directory is used (embedded). [DIR11] */
  copyTo?(path: string): Promise<void>;
}

/** How names are compared in searches: compatibility forms and case do not matter. */
export function foldName(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** Is the password still the one that was checked? `undefined`: none was. */
export function isPassword(row: AccountRow, ifPasswordHash: string | null | undefined): boolean {
  return ifPasswordHash === undefined || row.passwordHash === ifPasswordHash;
}

/** Can this invitation be used at `time`, as far as its own row says? */
export function isOpenInvite(invite: InviteRow, time: number): boolean {
  return invite.uses < invite.maxUses && time < invite.expiresAt;
}
