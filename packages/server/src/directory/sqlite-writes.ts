// What is written to the directory's file. Each function runs inside a savepoint of the writer's transaction, so it
// happens whole or not at all, and its caller is answered only after the commit.
import type { AccountId, DeviceId, InviteId } from '@parley/protocol';
import { endedKeptMs, maxOldTokens } from '../kernel/limits.ts';
import {
  type AccountChange,
  type AccountRow,
  type Also,
  type DeviceTimes,
  type End,
  type EndReason,
  foldName,
  type IntentRow,
  type InviteRow,
  isOpenInvite,
  isPassword,
  type Login,
  type SignUp,
} from './directory.ts';
import { dropAnswers } from './sqlite-answers.ts';
import type { SqliteFile } from './sqlite-file.ts';
import { endDeviceKeys, eraseSealed } from './sqlite-keys-rows.ts';
import * as reads from './sqlite-reads.ts';

export function signUp(file: SqliteFile, { account, claim, login, inviteHash, intent }: SignUp) {
  const invite = inviteHash === null ? undefined : reads.inviteBySecret(file, inviteHash);
  if (inviteHash !== null && (invite === undefined || !isGood(file, invite, account.createdAt))) return 'invalid';
  if (file.get(`SELECT 1 FROM accounts WHERE claim = ?`, claim) !== undefined) return 'taken';
  if (invite !== undefined) use(file, invite.invite, account.account);
  file.run(
    `INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    account.account,
    account.handle,
    claim,
    account.name,
    foldName(account.name),
    account.about,
    account.kind,
    account.admin ? 1 : 0,
    account.state,
    account.passwordHash,
    account.createdAt,
  );
  addLogin(file, login);
  addIntent(file, intent);
  return 'done';
}

export function change(
  file: SqliteFile,
  account: AccountId,
  changed: AccountChange,
  also: Also = {},
): { readonly row: AccountRow; readonly ended: DeviceId[] } | undefined {
  const before = reads.accountById(file, account);
  if (before === undefined || before.state === 'leaving' || before.state === 'deleted') return undefined;
  if (!isPassword(before, also.ifPasswordHash)) return undefined;
  const row = { ...before, ...changed };
  file.run(
    `UPDATE accounts SET name = ?, name_key = ?, about = ?, password_hash = ?, admin = ?, state = ? WHERE account = ?`,
    row.name,
    foldName(row.name),
    row.about,
    row.passwordHash,
    row.admin ? 1 : 0,
    row.state,
    account,
  );
  if (also.intent !== undefined) addIntent(file, also.intent);
  return { row, ended: also.end === undefined ? [] : end(file, account, also.end) };
}

export function erase(file: SqliteFile, account: AccountId, intent: string): void {
  closeIntent(file, intent);
  const erased = file.run(
    `UPDATE accounts SET handle = NULL, name = '', name_key = '', about = '', admin = 0, state = 'deleted',
      password_hash = NULL WHERE account = ? AND state = 'leaving'`,
    account,
  );
  if (erased === 0) return;
  for (const { device } of reads.devicesOf(file, account)) removeDevice(file, account, device);
  eraseSealed(file, account);
  dropAnswers(file, account);
  file.run(`DELETE FROM invites WHERE inviter = ?`, account);
}

export function addDevice(
  file: SqliteFile,
  login: Login,
  most: number,
  ifPasswordHash?: string | null,
): 'done' | 'full' | 'gone' {
  const { account } = login.device;
  const row = reads.accountById(file, account);
  if (row?.state !== 'active' || !isPassword(row, ifPasswordHash)) return 'gone';
  const held = file.get<{ n: number }>(`SELECT count(*) AS n FROM devices WHERE account = ?`, account)?.n ?? 0;
  if (held >= most) return 'full';
  addLogin(file, login);
  return 'done';
}

export function end(file: SqliteFile, account: AccountId, { device, except, reason, time }: End): DeviceId[] {
  const ended = reads
    .devicesOf(file, account)
    .map((row) => row.device)
    .filter((each) => (device ?? each) === each && each !== except);
  for (const each of ended) {
    if (reason === 'revoked') removeDevice(file, account, each);
    addEnded(file, each, reason, time);
  }
  return ended;
}

export function touch(file: SqliteFile, rows: readonly DeviceTimes[]): void {
  const sql = `UPDATE devices SET
    last_seen_at = nullif(max(coalesce(last_seen_at, 0), coalesce(?, 0)), 0),
    old_token_used_at = nullif(max(coalesce(old_token_used_at, 0), coalesce(?, 0)), 0),
    proved_at = nullif(max(coalesce(proved_at, 0), coalesce(?, 0)), 0) WHERE device = ?`;
  for (const { device, lastSeenAt = null, oldTokenUsedAt = null, provedAt = null } of rows)
    file.run(sql, lastSeenAt, oldTokenUsedAt, provedAt, device);
}

export function replaceToken(file: SqliteFile, device: DeviceId, tokenHash: string): boolean {
  if (file.get(`SELECT 1 FROM devices WHERE device = ?`, device) === undefined) return false;
  file.run(`DELETE FROM tokens WHERE device = ? AND state = 'next'`, device);
  addToken(file, device, tokenHash, 'next');
  return true;
}

export function confirmToken(file: SqliteFile, tokenHash: string): void {
  const device = reads.deviceOfNext(file, tokenHash);
  if (device === undefined) return;
  file.run(`UPDATE tokens SET state = 'old' WHERE device = ? AND state = 'current'`, device);
  file.run(`UPDATE tokens SET state = 'current' WHERE token_hash = ?`, tokenHash);
  file.run(
    `DELETE FROM tokens WHERE device = ?1 AND state = 'old' AND turn NOT IN (
      SELECT turn FROM tokens WHERE device = ?1 AND state = 'old' ORDER BY turn DESC LIMIT ?2)`,
    device,
    maxOldTokens,
  );
}

export function addInvite(file: SqliteFile, invite: InviteRow, most: number): 'done' | 'full' {
  const { inviter, createdAt } = invite;
  if (inviter === null) file.run(`DELETE FROM invites WHERE inviter IS NULL`);
  else if (reads.openInvites(file, inviter, createdAt).length >= most) return 'full';
  else file.run(`DELETE FROM invites WHERE inviter = ? AND expires_at <= ?`, inviter, createdAt);
  file.run(
    `INSERT INTO invites VALUES (?, ?, ?, ?, ?, ?, ?)`,
    invite.invite,
    invite.secretHash,
    inviter,
    createdAt,
    invite.expiresAt,
    invite.maxUses,
    invite.uses,
  );
  return 'done';
}

export function revokeInvite(file: SqliteFile, inviter: AccountId, invite: InviteId): boolean {
  return file.run(`DELETE FROM invites WHERE invite = ? AND inviter = ?`, invite, inviter) > 0;
}

export function redeem(file: SqliteFile, secretHash: string, intent: IntentRow): 'done' | 'again' | 'invalid' {
  const invite = reads.inviteBySecret(file, secretHash);
  if (invite === undefined || invite.inviter === null || invite.inviter === intent.account) return 'invalid';
  if (!reads.isActive(file, intent.account) || !reads.isActive(file, invite.inviter)) return 'invalid';
  if (reads.isRedeemed(file, invite.invite, intent.account)) return 'again';
  if (!isOpenInvite(invite, intent.createdAt)) return 'invalid';
  use(file, invite.invite, intent.account);
  addIntent(file, intent);
  return 'done';
}

export function closeIntent(file: SqliteFile, intent: string): void {
  file.run(`DELETE FROM intents WHERE intent = ?`, intent);
}

/** Is this invitation good now? The set-up link only while there is no admin. */
function isGood(file: SqliteFile, invite: InviteRow, time: number): boolean {
  if (!isOpenInvite(invite, time)) return false;
  return invite.inviter === null ? reads.countAdmins(file) === 0 : reads.isActive(file, invite.inviter);
}

function use(file: SqliteFile, invite: InviteId, account: AccountId): void {
  file.run(`UPDATE invites SET uses = uses + 1 WHERE invite = ?`, invite);
  file.run(`INSERT INTO redemptions VALUES (?, ?)`, invite, account);
}

function addLogin(file: SqliteFile, { device, tokenHash }: Login): void {
  file.run(
    `INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?, ?)`,
    device.device,
    device.account,
    device.name,
    device.createdAt,
    device.lastSeenAt,
    device.oldTokenUsedAt,
    device.provedAt,
  );
  addToken(file, device.device, tokenHash, 'current');
}

function addToken(file: SqliteFile, device: DeviceId, tokenHash: string, state: 'current' | 'next'): void {
  const sql = `INSERT INTO tokens VALUES (?1, ?2, ?3, (SELECT coalesce(max(turn), 0) + 1 FROM tokens WHERE device = ?2))`;
  file.run(sql, tokenHash, device, state);
}

function addIntent(file: SqliteFile, { intent, kind, account, inviter, createdAt }: IntentRow): void {
  file.run(`INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?, ?)`, intent, kind, account, inviter, createdAt);
}

function removeDevice(file: SqliteFile, account: AccountId, device: DeviceId): void {
  file.run(`DELETE FROM devices WHERE device = ?`, device);
  endDeviceKeys(file, account, device);
}

function addEnded(file: SqliteFile, device: DeviceId, reason: EndReason, time: number): void {
  file.run(`DELETE FROM ended WHERE time <= ?`, time - endedKeptMs);
  file.run(`INSERT INTO ended (device, reason, time) VALUES (?, ?, ?)`, device, reason, time);
}
