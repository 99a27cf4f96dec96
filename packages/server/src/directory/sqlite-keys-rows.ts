// Rows of encryption in the directory's file that several writes touch: keys that are added, what happens to them when a
// device or an account ends, and the list of changes. Called inside those writes, so all of it happens with them or not.
import type { AccountId, DeviceId } from '@parley/protocol';
import type { KeyChangeRow, OneTimeKeyRow } from './keys.ts';
import type { SqliteFile } from './sqlite-file.ts';
import * as reads from './sqlite-keys-reads.ts';

export function addDeviceKeys(file: SqliteFile, account: AccountId, device: DeviceId, json: string): void {
  const sql = `INSERT INTO device_keys (device, account, json, state) VALUES (?, ?, ?, 'present')`;
  file.run(sql, device, account, json);
  noteChange(file, account, 'device');
}

export function addOneTimeKey(file: SqliteFile, device: DeviceId, { id, json }: OneTimeKeyRow): void {
  file.run(`INSERT INTO one_time_keys (device, id, json, given) VALUES (?, ?, ?, 0)`, device, id, json);
}

/** A device is signed out: its public keys stay, as those of a former one. */
export function endDeviceKeys(file: SqliteFile, account: AccountId, device: DeviceId): void {
  const ended = file.run(`UPDATE device_keys SET state = 'former' WHERE device = ? AND state = 'present'`, device);
  if (ended > 0) noteChange(file, account, 'revoked');
  for (const table of ['one_time_keys', 'fallback_keys', 'to_device', 'queues'])
    file.run(`DELETE FROM ${table} WHERE device = ?`, device);
}

/** The device that received while the others were off is no more; only its id is remembered. */
export function endDehydrated(file: SqliteFile, account: AccountId): void {
  const row = reads.dehydratedOf(file, account);
  if (row === undefined) return;
  endDeviceKeys(file, account, row.device);
  file.run(`UPDATE device_keys SET state = 'spent', json = '' WHERE device = ?`, row.device);
  file.run(`DELETE FROM dehydrated WHERE account = ?`, account);
}

/** An account is erased, after its devices ended: what is public stays. */
export function eraseSealed(file: SqliteFile, account: AccountId): void {
  endDehydrated(file, account);
  for (const table of ['vault', 'backup_rows', 'backups']) file.run(`DELETE FROM ${table} WHERE account = ?`, account);
}

/** An entry of the list of changes; an equal one before it is gone. */
export function noteChange(file: SqliteFile, account: AccountId, change: KeyChangeRow['change']): void {
  file.run(`INSERT OR REPLACE INTO key_changes (account, change) VALUES (?, ?)`, account, change);
}
