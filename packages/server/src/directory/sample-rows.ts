// Rows for the tests of the directory, named after what they are. Not part of the server.
import type { AccountId, BlobId, ConversationId, DeviceId, InviteId, MessageId, ReportId } from '@parley/protocol';
import type { AccountRow, DeviceRow, End, IntentRow, InviteRow, Login, SignUp } from './directory.ts';
import type { FileRow } from './files.ts';
import type { BackupRow, DehydratedRow, IdentityRow, OneTimeKeyRow } from './keys.ts';
import type { ReportRow } from './reports.ts';

const id = (letter: string, name: string) => `${letter}_${name.padEnd(22, '-')}`;
export const accountId = (name: string) => id('a', name) as AccountId;
export const deviceId = (name: string) => id('d', name) as DeviceId;
/** In the shape of a key, as such devices are named. */
export const dehydratedId = (name: string) => name.padEnd(43, '+') as DeviceId;
export const inviteId = (name: string) => id('i', name) as InviteId;

/** An account that can be stored, named after its handle. */
export function accountRow(handle: string, change: Partial<AccountRow> = {}): AccountRow {
  return {
    account: accountId(handle),
    handle,
    name: `Name of ${handle}`,
    about: '',
    kind: 'person',
    admin: false,
    state: 'active',
    passwordHash: 'a hash',
    createdAt: 1_000,
    ...change,
  };
}

function deviceRow(account: AccountId, name: string, createdAt = 1_000): DeviceRow {
  return { device: deviceId(name), account, name, createdAt, lastSeenAt: null, oldTokenUsedAt: null, provedAt: null };
}

/** A login on a device of this name. */
export function login(account: AccountId, name: string, createdAt?: number): Login {
  return { device: deviceRow(account, name, createdAt), tokenHash: `hash of ${name}` };
}

/** An intent, named after its purpose. */
export function intentRow(kind: IntentRow['kind'], account: AccountId, createdAt = 1_000): IntentRow {
  return { intent: `${kind} ${account}`, kind, account, inviter: null, createdAt };
}

/** A sign-up of this handle on a device `HANDLE1`. */
export function signUp(handle: string, change: Partial<AccountRow> = {}, rest: Partial<SignUp> = {}): SignUp {
  const account = accountRow(handle, change);
  return {
    account,
    claim: handle,
    login: login(account.account, `${handle}1`),
    inviteHash: null,
    intent: intentRow('open', account.account),
    ...rest,
  };
}

/** An invitation for one, good until 10,000. */
export function inviteRow(name: string, inviter: AccountId | null, change: Partial<InviteRow> = {}): InviteRow {
  return {
    invite: inviteId(name),
    secretHash: `secret of ${name}`,
    inviter,
    createdAt: 1_000,
    expiresAt: 10_000,
    maxUses: 1,
    uses: 0,
    ...change,
  };
}

/** Every session of an account. */
export const all = (reason: End['reason'], change: Partial<End> = {}): End => ({
  device: null,
  except: null,
  reason,
  time: 2_000,
  ...change,
});

/** An identity, named after its account and version. */
export function identityRow(account: AccountId, version: number): IdentityRow {
  const name = `${account} ${version}`;
  return {
    account,
    version,
    master: `m ${name}`,
    selfSigning: `s ${name}`,
    userSigning: `u ${name}`,
    former: `f ${name}`,
  };
}

/** So many keys of a device, in order. */
export function oneTimeKeys(name: string, count: number): OneTimeKeyRow[] {
  return Array.from({ length: count }, (_, i) => ({ id: `k${i}`, json: `key ${i} of ${name}` }));
}

/** A room key, named after its session. */
export function backupRow(session: string, change: Partial<BackupRow> = {}): BackupRow {
  const { firstIndex = 0, epoch = 1 } = change;
  const conversation = 'c_----------------------' as ConversationId;
  return { epoch, conversation, session, firstIndex, value: `${session} ${firstIndex} ${epoch}` };
}

/** A device that only receives. */
export function dehydratedRow(name: string): DehydratedRow {
  return { device: dehydratedId(name), data: `sealed ${name}`, createdAt: 1_000 };
}

/** A file of a message of its own, named by a number. */
export function fileRow(n: number, change: Partial<FileRow> = {}): FileRow {
  return {
    blob: id('b', String(n)) as BlobId,
    account: accountId('ana'),
    conversation: id('c', 'here') as ConversationId,
    message: `0198f000-0000-7000-8000-${String(n).padStart(12, '0')}` as MessageId,
    bytes: 100 + n,
    createdAt: 1_764_000_000_000 + n,
    ...change,
  };
}

/** A report with a message, named after it. */
export function reportRow(name: string, change: Partial<ReportRow> = {}): ReportRow {
  const [reporter, reported] = [accountId('reporter'), accountId('reported')];
  const id = '0198c000-0000-7000-8000-000000000001' as MessageId;
  return {
    report: `r_${name.padEnd(22, '-')}` as ReportId,
    createdAt: 1_000,
    closedAt: null,
    reporter,
    reported,
    conversation: 'c_----------------------' as ConversationId,
    reason: 'spam',
    note: `note of ${name}`,
    messages: [{ id, seq: 1, sender: reported, time: 900, text: `text of ${name}\n\u0000"` }],
    ...change,
  };
}
