// What is written to the directory's file of what devices send each other and of what accounts keep sealed. Each
// function runs inside a savepoint of the writer's transaction, so it happens whole or not at all.
import type { AccountId, DeviceId } from '@parley/protocol';
import { maxToDeviceQueueBytes, maxToDeviceTxnMs } from '../kernel/limits.ts';
import type { BackupRow, DehydratedRow, OneTimeKeyRow, ToDeviceRow, VaultItem } from './keys.ts';
import type { SqliteFile } from './sqlite-file.ts';
import * as reads from './sqlite-keys-reads.ts';
import { addDeviceKeys, addOneTimeKey, endDehydrated } from './sqlite-keys-rows.ts';

export function enqueue(
  file: SqliteFile,
  rows: readonly ToDeviceRow[],
  mostPerDevice: number,
  time: number,
): { full: DeviceId[] } {
  file.run(`DELETE FROM to_device_txns WHERE time <= ?`, time - maxToDeviceTxnMs);
  const sent = new Sent(file);
  const full: DeviceId[] = [];
  for (const [device, all] of Map.groupBy(rows, (row) => row.device)) {
    if (!reads.isDevice(file, device)) continue;
    const fresh = all.filter((row, i) => !sent.has(row) && all.findIndex((one) => isSame(one, row)) === i);
    if (fresh.length === 0) continue;
    if (!append(file, device, fresh, mostPerDevice)) full.push(device);
    else for (const row of fresh) sent.add(row);
  }
  sent.write(time);
  return { full };
}

export function acknowledge(file: SqliteFile, device: DeviceId, upTo: number): void {
  const sum = `SELECT coalesce(sum(bytes), 0) AS bytes FROM to_device WHERE device = ? AND n <= ?`;
  const bytes = file.get<{ bytes: number }>(sum, device, upTo)?.bytes ?? 0;
  const removed = file.run(`DELETE FROM to_device WHERE device = ? AND n <= ?`, device, upTo);
  file.run(`UPDATE queues SET held = held - ?, bytes = bytes - ? WHERE device = ?`, removed, bytes, device);
}

export function putVault(file: SqliteFile, account: AccountId, items: readonly VaultItem[]): 'done' | 'conflict' {
  if (!reads.isHere(file, account)) return 'conflict';
  const versions = new Map(reads.vaultItems(file, account).map((item) => [item.name, item.version]));
  for (const { name, version } of items) {
    if (version !== (versions.get(name) ?? 0) + 1) return 'conflict';
    versions.set(name, version);
  }
  const sql = `INSERT OR REPLACE INTO vault (account, name, version, value) VALUES (?, ?, ?, ?)`;
  for (const { name, version, value } of items) file.run(sql, account, name, version, value);
  return 'done';
}

export function putBackup(
  file: SqliteFile,
  account: AccountId,
  rows: readonly BackupRow[],
  most: number,
): 'done' | 'full' | 'gone' {
  if (!reads.isHere(file, account)) return 'gone';
  const known = `SELECT 1 FROM backup_rows WHERE account = ? AND session = ?`;
  const fresh = new Set(rows.map((row) => row.session).filter((each) => file.get(known, account, each) === undefined));
  const held = reads.backupCount(file, account) + fresh.size;
  if (held > most && fresh.size > 0) return 'full';
  const sql = `INSERT INTO backup_rows (account, n, session, conversation, epoch, first_index, value)
    VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM backup_rows WHERE account = ?1), ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (account, session) DO UPDATE SET conversation = ?3, epoch = ?4, first_index = ?5, value = ?6
    WHERE ?5 < first_index OR (?5 = first_index AND ?4 >= epoch)`;
  for (const { session, conversation, epoch, firstIndex, value } of rows)
    file.run(sql, account, session, conversation, epoch, firstIndex, value);
  file.run(`INSERT OR REPLACE INTO backups VALUES (?, ?)`, account, held);
  return 'done';
}

export function dropBackupBelow(file: SqliteFile, account: AccountId, epoch: number): void {
  const removed = file.run(`DELETE FROM backup_rows WHERE account = ? AND epoch < ?`, account, epoch);
  file.run(`UPDATE backups SET held = held - ? WHERE account = ?`, removed, account);
}

export function dropBackup(file: SqliteFile, account: AccountId, sessions: readonly string[]): void {
  let removed = 0;
  for (const session of sessions)
    removed += file.run(`DELETE FROM backup_rows WHERE account = ? AND session = ?`, account, session);
  file.run(`UPDATE backups SET held = held - ? WHERE account = ?`, removed, account);
}

export function putDehydrated(
  file: SqliteFile,
  account: AccountId,
  row: DehydratedRow,
  keys: { readonly json: string; readonly oneTime: readonly OneTimeKeyRow[]; readonly fallback: OneTimeKeyRow | null },
): 'done' | 'taken' | 'gone' {
  if (!reads.isHere(file, account)) return 'gone';
  const { device, data, createdAt } = row;
  const known = reads.storedKeys(file, device);
  if (known !== undefined) {
    if (reads.dehydratedOf(file, account)?.device !== device || known.json !== keys.json) return 'taken';
    file.run(`UPDATE dehydrated SET data = ?, created_at = ? WHERE account = ?`, data, createdAt, account);
    return 'done';
  }
  endDehydrated(file, account);
  file.run(`INSERT INTO dehydrated VALUES (?, ?, ?, ?)`, account, device, data, createdAt);
  addDeviceKeys(file, account, device, keys.json);
  for (const key of keys.oneTime) addOneTimeKey(file, device, key);
  if (keys.fallback !== null)
    file.run(`INSERT INTO fallback_keys VALUES (?, ?, ?, 0)`, device, keys.fallback.id, keys.fallback.json);
  return 'done';
}

export function dropDehydrated(file: SqliteFile, account: AccountId): void {
  endDehydrated(file, account);
}

/** What was sent already, and to whom, a row a call. */
class Sent {
  readonly #file: SqliteFile;
  readonly #calls = new Map<string, { readonly row: ToDeviceRow; readonly devices: Set<string>; isNew: boolean }>();

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  has(row: ToDeviceRow): boolean {
    return this.#call(row).devices.has(row.device);
  }

  add(row: ToDeviceRow): void {
    const call = this.#call(row);
    call.devices.add(row.device);
    call.isNew = true;
  }

  write(time: number): void {
    for (const { row, devices, isNew } of this.#calls.values()) {
      if (!isNew) continue;
      const sql = `INSERT OR REPLACE INTO to_device_txns VALUES (?, ?, ?, ?)`;
      this.#file.run(sql, row.senderDevice, row.txn, time, JSON.stringify([...devices]));
    }
  }

  #call(row: ToDeviceRow) {
    const key = `${row.senderDevice} ${row.txn}`;
    let call = this.#calls.get(key);
    if (call === undefined) {
      const sql = `SELECT devices FROM to_device_txns WHERE sender_device = ? AND txn = ?`;
      const before = this.#file.get<{ devices: string }>(sql, row.senderDevice, row.txn)?.devices ?? '[]';
      call = { row, devices: new Set(JSON.parse(before) as string[]), isNew: false };
      this.#calls.set(key, call);
    }
    return call;
  }
}

/** Puts them at the end of a queue; false: that would be too many, or too much. */
function append(file: SqliteFile, device: DeviceId, rows: readonly ToDeviceRow[], most: number): boolean {
  const queue = queueOf(file, device);
  const held = queue.held + rows.length;
  const bytes = queue.bytes + rows.reduce((sum, row) => sum + row.content.length, 0);
  if (held > most || bytes > maxToDeviceQueueBytes) return false;
  let { head } = queue;
  const insert = `INSERT INTO to_device (device, n, sender, sender_device, txn, type, content, bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
  for (const { sender, senderDevice, txn, type, content } of rows)
    file.run(insert, device, ++head, sender, senderDevice, txn, type, content, content.length);
  file.run(`INSERT OR REPLACE INTO queues VALUES (?, ?, ?, ?)`, device, head, held, bytes);
  return true;
}

function queueOf(file: SqliteFile, device: DeviceId): Record<'head' | 'held' | 'bytes', number> {
  const sql = `SELECT head, held, bytes FROM queues WHERE device = ?`;
  const begin = () => file.get<{ above: number }>(`SELECT above FROM queues_begin`)?.above ?? 0;
  return file.get<Record<'head' | 'held' | 'bytes', number>>(sql, device) ?? { head: begin(), held: 0, bytes: 0 };
}

function isSame(a: ToDeviceRow, b: ToDeviceRow): boolean {
  return a.senderDevice === b.senderDevice && a.txn === b.txn;
}
