// What is read from the directory's file, and how its rows become ours. Point reads by key take microseconds, so
// they run on the caller's thread; nothing here writes.
import type { AccountId, DeviceId, InviteId } from '@parley/protocol';
import type { AccountRow, Bearer, DeviceRow, EndedRow, IntentRow, InviteRow } from './directory.ts';
import type { SqliteFile } from './sqlite-file.ts';

type StoredAccount = Omit<AccountRow, 'handle' | 'admin'> & { readonly handle: string | null; readonly admin: 0 | 1 };
type StoredBearer = Omit<Bearer, 'admin'> & { readonly admin: 0 | 1 };

const account = `account, handle, name, about, kind, admin, state, password_hash AS passwordHash, created_at AS createdAt`;
const device = `device, account, name, created_at AS createdAt, last_seen_at AS lastSeenAt, old_token_used_at AS oldTokenUsedAt,
  proved_at AS provedAt`;
const invite = `invite, secret_hash AS secretHash, inviter, created_at AS createdAt, expires_at AS expiresAt, max_uses AS maxUses, uses`;
const found = `SELECT account FROM accounts WHERE state = 'active' AND kind <> 'guest'`;

export function accountById(file: SqliteFile, id: AccountId): AccountRow | undefined {
  return toAccount(file.get(`SELECT ${account} FROM accounts WHERE account = ?`, id));
}

export function accountByHandle(file: SqliteFile, handle: string): AccountRow | undefined {
  return toAccount(file.get(`SELECT ${account} FROM accounts WHERE handle = ? AND state <> 'leaving'`, handle));
}

export function searchAccounts(file: SqliteFile, prefix: string, limit: number): AccountRow[] {
  const end = `${prefix}\u{10ffff}`;
  const sql = `SELECT ${account} FROM accounts WHERE account IN (
      SELECT account FROM (${found} AND handle >= ?1 AND handle < ?2 ORDER BY handle LIMIT ?3)
      UNION SELECT account FROM (${found} AND name_key >= ?1 AND name_key < ?2 ORDER BY name_key, handle LIMIT ?3)
    ) ORDER BY handle LIMIT ?3`;
  return toAccounts(file.all<StoredAccount>(sql, prefix, end, limit));
}

export function accountPage(file: SqliteFile, after: string, limit: number): (AccountRow & { devices: number })[] {
  const sql = `SELECT ${account}, (SELECT count(*) FROM devices d WHERE d.account = a.account) AS devices
    FROM accounts a WHERE handle > ? ORDER BY handle LIMIT ?`;
  return file
    .all<StoredAccount & { readonly devices: number }>(sql, after, limit)
    .map((row) => ({ ...row, handle: row.handle ?? '', admin: row.admin === 1 }));
}

export function accountCounts(file: SqliteFile): { accounts: number; admins: number } {
  const accounts = file.get<{ n: number }>(`SELECT count(*) AS n FROM accounts WHERE state <> 'deleted'`)?.n ?? 0;
  return { accounts, admins: countAdmins(file) };
}

export function countAdmins(file: SqliteFile): number {
  return file.get<{ n: number }>(`SELECT count(*) AS n FROM accounts WHERE admin = 1 AND state = 'active'`)?.n ?? 0;
}

export function isActive(file: SqliteFile, id: AccountId): boolean {
  return file.get(`SELECT 1 FROM accounts WHERE account = ? AND state = 'active'`, id) !== undefined;
}

export function devicesOf(file: SqliteFile, id: AccountId): DeviceRow[] {
  return file
    .all<DeviceRow>(`SELECT ${device} FROM devices WHERE account = ? ORDER BY created_at, device`, id)
    .map((row) => ({ ...row }));
}

export function endedAfter(
  file: SqliteFile,
  after: number | null,
  limit: number,
): { readonly rows: EndedRow[]; readonly head: number } {
  const sql = `SELECT n, device, reason FROM ended WHERE n > ? ORDER BY n LIMIT ?`;
  const rows = after === null ? [] : file.all<EndedRow>(sql, after, limit).map((row) => ({ ...row }));
  const head = file.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'ended'`)?.seq ?? 0;
  return { rows, head };
}

export function bearerOf(file: SqliteFile, tokenHash: string): Bearer | undefined {
  const sql = `SELECT t.state AS tokenState, t.device, d.old_token_used_at AS oldTokenUsedAt, a.account, a.handle, a.kind,
      a.admin, a.state FROM tokens t JOIN devices d USING (device) JOIN accounts a USING (account) WHERE t.token_hash = ?`;
  const row = file.get<StoredBearer>(sql, tokenHash);
  return row === undefined ? undefined : { ...row, admin: row.admin === 1 };
}

export function inviteBySecret(file: SqliteFile, secretHash: string): InviteRow | undefined {
  const row = file.get<InviteRow>(`SELECT ${invite} FROM invites WHERE secret_hash = ?`, secretHash);
  return row === undefined ? undefined : { ...row };
}

export function openInvites(file: SqliteFile, inviter: AccountId, time: number): InviteRow[] {
  const sql = `SELECT ${invite} FROM invites WHERE inviter = ? AND uses < max_uses AND expires_at > ?
    ORDER BY created_at, invite`;
  return file.all<InviteRow>(sql, inviter, time).map((row) => ({ ...row }));
}

export function isRedeemed(file: SqliteFile, id: InviteId, by: AccountId): boolean {
  return file.get(`SELECT 1 FROM redemptions WHERE invite = ? AND account = ?`, id, by) !== undefined;
}

export function openIntents(file: SqliteFile, limit: number): IntentRow[] {
  const sql = `SELECT intent, kind, account, inviter, created_at AS createdAt FROM intents
    ORDER BY created_at, intent LIMIT ?`;
  return file.all<IntentRow>(sql, limit).map((row) => ({ ...row }));
}

/** The device of a replacement token that was never used. */
export function deviceOfNext(file: SqliteFile, tokenHash: string): DeviceId | undefined {
  const sql = `SELECT device FROM tokens WHERE token_hash = ? AND state = 'next'`;
  return file.get<{ device: DeviceId }>(sql, tokenHash)?.device;
}

function toAccount(row: unknown): AccountRow | undefined {
  return row === undefined ? undefined : toAccounts([row as StoredAccount])[0];
}

function toAccounts(rows: readonly StoredAccount[]): AccountRow[] {
  return rows.map((row) => ({ ...row, handle: row.handle ?? '', admin: row.admin === 1 }));
}
