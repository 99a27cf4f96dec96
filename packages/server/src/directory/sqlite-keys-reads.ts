// What is read of encryption from the directory's file. Reads are by key or bounded pages, so they run on the caller's
// thread; nothing here writes.
import type { AccountId, DeviceId } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import type {
  BackupRow,
  DehydratedRow,
  DeviceKeysRow,
  IdentityRow,
  KeyChangeRow,
  ToDeviceRow,
  VaultItem,
} from './keys.ts';
import type { SqliteFile } from './sqlite-file.ts';

/** `spent`: of a dehydrated device that was replaced; only its id is remembered. */
export interface StoredKeys {
  readonly account: AccountId;
  readonly json: string;
  readonly state: 'present' | 'former' | 'spent';
}

type ToldKeys = Omit<DeviceKeysRow, 'former'> & { readonly state: StoredKeys['state'] };
type NumberedBackupRow = BackupRow & { readonly n: number };

const backupRow = `epoch, conversation, session, first_index AS firstIndex, value`;

export function storedKeys(file: SqliteFile, device: DeviceId): StoredKeys | undefined {
  return file.get<StoredKeys>(`SELECT account, json, state FROM device_keys WHERE device = ?`, device);
}

export function deviceKeys(file: SqliteFile, accounts: readonly AccountId[]): DeviceKeysRow[] {
  const sql = `SELECT account, device, json, state FROM (
      SELECT * FROM device_keys WHERE account = ?1 AND state = 'present'
      UNION ALL SELECT * FROM (
        SELECT * FROM device_keys WHERE account = ?1 AND state = 'former' ORDER BY turn DESC LIMIT ?2)
    ) ORDER BY turn`;
  return accounts
    .flatMap((account) => file.all<ToldKeys>(sql, account, wire.maxFormerDevices))
    .map(({ account, device, json, state }) => ({ account, device, json, former: state === 'former' }));
}

export function identities(file: SqliteFile, accounts: readonly AccountId[]): IdentityRow[] {
  return accounts.flatMap((account) => identityOf(file, account) ?? []);
}

export function identityOf(file: SqliteFile, account: AccountId): IdentityRow | undefined {
  const sql = `SELECT account, version, master, self_signing AS selfSigning, user_signing AS userSigning, former
    FROM identities WHERE account = ?`;
  const row = file.get<IdentityRow>(sql, account);
  return row && { ...row };
}

export function keyCounts(file: SqliteFile, device: DeviceId): { oneTime: number; fallbackUnused: boolean } {
  const unused = file.get(`SELECT 1 FROM fallback_keys WHERE device = ? AND used = 0`, device);
  return { oneTime: countFree(file, device), fallbackUnused: unused !== undefined };
}

/** One-time keys of a device that can be given out. */
export function countFree(file: SqliteFile, device: DeviceId): number {
  const sql = `SELECT count(*) AS n FROM one_time_keys WHERE device = ? AND given = 0`;
  return file.get<{ n: number }>(sql, device)?.n ?? 0;
}

export function keyChanges(
  file: SqliteFile,
  after: number | null,
  limit: number,
): { rows: KeyChangeRow[]; head: number } {
  const sql = `SELECT n, account, change FROM key_changes WHERE n > ? ORDER BY n LIMIT ?`;
  const rows = after === null ? [] : file.all<KeyChangeRow>(sql, after, limit).map((row) => ({ ...row }));
  const head = file.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'key_changes'`)?.seq ?? 0;
  return { rows, head };
}

export function revokedAfter(file: SqliteFile, accounts: readonly AccountId[], n: number): AccountId[] {
  const sql = `SELECT 1 FROM key_changes WHERE account = ? AND change = 'revoked' AND n > ?`;
  return accounts.filter((account) => file.get(sql, account, n) !== undefined);
}

export function queuePage(
  file: SqliteFile,
  device: DeviceId,
  after: number,
  limit: number,
): (ToDeviceRow & { readonly n: number })[] {
  const sql = `SELECT n, device, sender, sender_device AS senderDevice, txn, type, content FROM to_device
    WHERE device = ? AND n > ? ORDER BY n LIMIT ?`;
  return file.all<ToDeviceRow & { readonly n: number }>(sql, device, after, limit).map((row) => ({ ...row }));
}

export function vaultItems(file: SqliteFile, account: AccountId): VaultItem[] {
  const sql = `SELECT name, value, version FROM vault WHERE account = ? ORDER BY name`;
  return file.all<VaultItem>(sql, account).map((row) => ({ ...row }));
}

export function backupPage(
  file: SqliteFile,
  account: AccountId,
  before: number | null,
  limit: number,
): NumberedBackupRow[] {
  const sql = `SELECT n, ${backupRow} FROM backup_rows WHERE account = ? AND n < ? ORDER BY n DESC LIMIT ?`;
  return file.all<NumberedBackupRow>(sql, account, before ?? Number.MAX_SAFE_INTEGER, limit).map((row) => ({ ...row }));
}

export function backupOf(file: SqliteFile, account: AccountId, sessions: readonly string[]): BackupRow[] {
  const sql = `SELECT ${backupRow} FROM backup_rows WHERE account = ? AND session = ?`;
  return sessions.flatMap((session) => file.get<BackupRow>(sql, account, session) ?? []).map((row) => ({ ...row }));
}

export function backupCount(file: SqliteFile, account: AccountId): number {
  return file.get<{ held: number }>(`SELECT held FROM backups WHERE account = ?`, account)?.held ?? 0;
}

export function dehydratedOf(file: SqliteFile, account: AccountId): DehydratedRow | undefined {
  const sql = `SELECT device, data, created_at AS createdAt FROM dehydrated WHERE account = ?`;
  const row = file.get<DehydratedRow>(sql, account);
  return row && { ...row };
}

/** Can it receive: does it belong to somebody, signed in or as the one that receives while others are off? */
export function isDevice(file: SqliteFile, device: DeviceId): boolean {
  const sql = `SELECT 1 FROM devices WHERE device = ?1 UNION ALL SELECT 1 FROM dehydrated WHERE device = ?1`;
  return file.get(sql, device) !== undefined;
}

/** Is the account there, and not on its way out? */
export function isHere(file: SqliteFile, account: AccountId): boolean {
  const sql = `SELECT 1 FROM accounts WHERE account = ? AND state IN ('active', 'disabled')`;
  return file.get(sql, account) !== undefined;
}
