// What is written of public keys to the directory's file. Each function runs inside a savepoint of the writer's
// transaction, so it happens whole or not at all, and its caller is answered only after the commit.
import type { DeviceId } from '@parley/protocol';
import { maxGivenKeys, numbersPerEpoch } from '../kernel/limits.ts';
import type { DeviceKeysRow, IdentityRow, OneTimeKeyRow, SignedRow } from './keys.ts';
import type { SqliteFile } from './sqlite-file.ts';
import * as reads from './sqlite-keys-reads.ts';
import { addDeviceKeys, addOneTimeKey, noteChange } from './sqlite-keys-rows.ts';

export function putDeviceKeys(
  file: SqliteFile,
  { account, device, json }: Omit<DeviceKeysRow, 'former'>,
): 'done' | 'same' | 'changed' | 'gone' {
  const before = reads.storedKeys(file, device);
  if (before?.state === 'present' && before.account === account) return before.json === json ? 'same' : 'changed';
  const sql = `SELECT 1 FROM devices WHERE device = ? AND account = ?`;
  if (before !== undefined || file.get(sql, device, account) === undefined) return 'gone';
  addDeviceKeys(file, account, device, json);
  return 'done';
}

export function putIdentity(file: SqliteFile, row: IdentityRow): 'done' | 'conflict' {
  const { account, version } = row;
  const present = reads.identityOf(file, account)?.version ?? 0;
  if (version !== present + 1 || !reads.isHere(file, account)) return 'conflict';
  const sql = `INSERT OR REPLACE INTO identities VALUES (?, ?, ?, ?, ?, ?)`;
  file.run(sql, account, version, row.master, row.selfSigning, row.userSigning, row.former);
  noteChange(file, account, 'identity');
  return 'done';
}

export function addSignatures(file: SqliteFile, rows: readonly SignedRow[]): 'done' | 'conflict' {
  if (!rows.every((row) => stands(file, row))) return 'conflict';
  for (const { account, target, json } of rows) {
    if (target === 'master') file.run(`UPDATE identities SET master = ? WHERE account = ?`, json, account);
    else file.run(`UPDATE device_keys SET json = ? WHERE device = ?`, json, target);
    noteChange(file, account, 'device');
  }
  return 'done';
}

export function addOneTimeKeys(
  file: SqliteFile,
  device: DeviceId,
  keys: readonly OneTimeKeyRow[],
  most: number,
): 'done' | 'changed' | 'full' | 'gone' {
  if (!reads.isDevice(file, device)) return 'gone';
  const fresh = new Map<string, string>();
  for (const { id, json } of keys) {
    const sql = `SELECT json FROM one_time_keys WHERE device = ? AND id = ?`;
    const known = file.get<{ json: string }>(sql, device, id)?.json ?? fresh.get(id);
    if (known !== undefined && known !== json) return 'changed';
    if (known === undefined) fresh.set(id, json);
  }
  if (fresh.size > 0 && reads.countFree(file, device) + fresh.size > most) return 'full';
  for (const [id, json] of fresh) addOneTimeKey(file, device, { id, json });
  file.run(
    `DELETE FROM one_time_keys WHERE device = ?1 AND given = 1 AND turn <= (
      SELECT turn FROM one_time_keys WHERE device = ?1 AND given = 1 ORDER BY turn DESC LIMIT 1 OFFSET ?2)`,
    device,
    maxGivenKeys,
  );
  return 'done';
}

export function setFallbackKey(file: SqliteFile, device: DeviceId, { id, json }: OneTimeKeyRow): 'done' | 'gone' {
  if (!reads.isDevice(file, device)) return 'gone';
  file.run(
    `INSERT INTO fallback_keys VALUES (?1, ?2, ?3, 0) ON CONFLICT (device) DO UPDATE SET id = ?2, json = ?3, used = 0
      WHERE id <> ?2 OR json <> ?3`,
    device,
    id,
    json,
  );
  return 'done';
}

export function claimKeys(file: SqliteFile, devices: readonly DeviceId[]): (OneTimeKeyRow | null)[] {
  return devices.map((device) => claimKey(file, device));
}

export function restoredKeys(file: SqliteFile, epoch: number): void {
  const first = epoch * numbersPerEpoch;
  file.run(`UPDATE one_time_keys SET given = 1 WHERE given = 0`);
  file.run(`UPDATE queues_begin SET above = ?`, first);
  file.run(`UPDATE queues SET head = max(head, ?)`, first);
  // The table of these numbers has no row for a list that was never written.
  file.run(`INSERT INTO sqlite_sequence (name, seq) SELECT 'key_changes', 0
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'key_changes')`);
  file.run(`UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'key_changes'`, first);
  file.run(`INSERT OR REPLACE INTO key_changes (account, change)
    SELECT account, 'device' FROM accounts WHERE state <> 'deleted'`);
}

function claimKey(file: SqliteFile, device: DeviceId): OneTimeKeyRow | null {
  const oneTime = file.get<OneTimeKeyRow & { readonly turn: number }>(
    `SELECT turn, id, json FROM one_time_keys WHERE device = ? AND given = 0 ORDER BY turn LIMIT 1`,
    device,
  );
  if (oneTime !== undefined) {
    const { turn, id, json } = oneTime;
    file.run(`UPDATE one_time_keys SET given = 1 WHERE turn = ?`, turn);
    return { id, json };
  }
  const fallback = file.get<OneTimeKeyRow>(`SELECT id, json FROM fallback_keys WHERE device = ?`, device);
  if (fallback === undefined) return null;
  file.run(`UPDATE fallback_keys SET used = 1 WHERE device = ? AND used = 0`, device);
  return { ...fallback };
}

function stands(file: SqliteFile, { account, target, before }: SignedRow): boolean {
  if (target === 'master') return reads.identityOf(file, account)?.master === before;
  const row = reads.storedKeys(file, target);
  return row?.account === account && row.state === 'present' && row.json === before;
}
