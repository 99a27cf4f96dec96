// Routes of what an account keeps sealed (vault, backup, the device that receives while the others are off), and of how
// a device comes in without a password: beside a linked one, or with the recovery key.
import Type from 'typebox';
import { DeviceName, Session } from './account.ts';
import { Cookie, TypedHandle } from './credentials.ts';
import { ConversationId } from './ids.ts';
import { DeviceKeys, KeyDeviceId, KeyId, OneTimeKey, OneTimeKeys, ToDeviceItem } from './key.ts';
import * as limits from './limits.ts';
import { Nothing, Page, PageQuery, Password } from './route-parts.ts';
import type { Route } from './routes.ts';
import { Integer, Text, Time } from './schema.ts';

const VaultItem = Type.Object({
  name: Type.String({ pattern: '^[a-z]{1,32}$', description: 'recovery, identity, backup, dehydrated or settings.' }),
  value: Text(limits.maxVaultItemBytes, 'Sealed to the recovery key; `recovery` holds its public half.', 1),
  version: Integer('From 1; one more with each change.', 1),
});
const SessionId = Type.String({ pattern: '^[A-Za-z0-9+/]{43}$', description: 'Id of a Megolm session.' });
const BackupItem = Type.Object({
  epoch: Integer('Which key sealed it.', 1),
  conversation_id: ConversationId,
  session_id: SessionId,
  first_index: Integer('First message that it opens; the lower one is kept.'),
  value: Text(limits.maxBackupItemBytes, 'The room key, sealed.', 1),
});
const RendezvousPath = Type.Object({
  rendezvous: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$', description: 'From the code that was scanned.' }),
});
const Challenge = Text(128, 'From the call before.', 1);
const ChallengeSignature = Type.String({
  pattern: '^[A-Za-z0-9+/]{86}$',
  description: 'Ed25519, base64 without padding.',
});
const RendezvousData = Text(limits.maxRendezvousBytes, 'Opaque.');

export const sealedRoutes = {
  getVault: {
    method: 'GET',
    path: '/v1/vault',
    summary: 'What the account keeps sealed to its recovery key.',
    auth: 'device',
    rate: 'keys',
    result: Type.Object({ items: Type.Array(VaultItem, { maxItems: limits.maxVaultItems }) }),
    status: 200,
    errors: ['auth.required'],
  },
  updateVault: {
    method: 'POST',
    path: '/v1/vault',
    summary:
      'Write items together, each with the version after the one that stands. Replacing `recovery` needs the password.',
    auth: 'device',
    rate: 'keys',
    bodyBytes: limits.maxVaultBodyBytes,
    body: Type.Object({
      items: Type.Array(VaultItem, { minItems: 1, maxItems: limits.maxVaultItems }),
      password: Type.Optional(Password),
    }),
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'auth.refused', 'keys.conflict', 'keys.invalid'],
  },
  uploadBackup: {
    method: 'POST',
    path: '/v1/backup',
    summary: 'Keep room keys, sealed. Of a session the lower first index stays, of equal ones the newer.',
    auth: 'device',
    rate: 'keys',
    bodyBytes: limits.maxBackupBodyBytes,
    body: Type.Object({ items: Type.Array(BackupItem, { minItems: 1, maxItems: limits.maxPageItems }) }),
    result: Type.Object({ count: Integer('Room keys in the backup.') }),
    status: 200,
    errors: ['auth.required', 'keys.too_many'],
  },
  listBackup: {
    method: 'GET',
    path: '/v1/backup',
    summary: 'The room keys of the account, newest first.',
    auth: 'device',
    rate: 'keys',
    query: PageQuery,
    result: Page(BackupItem),
    status: 200,
    errors: ['auth.required'],
  },
  findBackup: {
    method: 'POST',
    path: '/v1/backup/query',
    summary: 'The room keys of these sessions, as far as they are in the backup.',
    auth: 'device',
    rate: 'keys',
    body: Type.Object({ sessions: Type.Array(SessionId, { minItems: 1, maxItems: limits.defaultPageItems }) }),
    result: Type.Object({ items: Type.Array(BackupItem, { maxItems: limits.defaultPageItems }) }),
    status: 200,
    errors: ['auth.required'],
  },
  deleteBackup: {
    method: 'POST',
    path: '/v1/backup/drop',
    summary: 'Remove the room keys of epochs below one, when all are sealed anew, or of sessions that have expired.',
    auth: 'device',
    rate: 'keys',
    body: Type.Object({
      below: Type.Optional(Integer('First epoch that stays.', 1)),
      sessions: Type.Optional(Type.Array(SessionId, { minItems: 1, maxItems: limits.defaultPageItems })),
    }),
    result: Nothing,
    status: 204,
    errors: ['auth.required'],
  },
  putDehydratedDevice: {
    method: 'POST',
    path: '/v1/dehydrated-device',
    summary: 'Replace the device that receives while the others are off. The queue of the one before is dropped.',
    auth: 'device',
    rate: 'keys',
    bodyBytes: limits.maxDehydratedBodyBytes,
    body: Type.Object({
      device: KeyDeviceId,
      data: Text(limits.maxDehydratedBytes, 'Its private half, sealed.', 1),
      device_keys: DeviceKeys,
      one_time_keys: OneTimeKeys,
      fallback_key: Type.Optional(Type.Object({ id: KeyId, key: OneTimeKey })),
    }),
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'keys.invalid', 'keys.changed'],
  },
  getDehydratedDevice: {
    method: 'GET',
    path: '/v1/dehydrated-device',
    summary: 'The device that receives while the others are off.',
    auth: 'device',
    rate: 'keys',
    result: Type.Object({
      device: KeyDeviceId,
      data: Text(limits.maxDehydratedBytes, 'Its private half, sealed.'),
      created_at: Time('When it was put there.'),
    }),
    status: 200,
    errors: ['auth.required', 'not_found'],
  },
  listDehydratedEvents: {
    method: 'GET',
    path: '/v1/dehydrated-device/events',
    summary: 'What was sent to it, oldest first.',
    auth: 'device',
    rate: 'keys',
    query: Type.Object({ device: KeyDeviceId, after: Type.Optional(Integer('`n` of the last item.')) }),
    result: Type.Object({
      items: Type.Array(ToDeviceItem, { maxItems: limits.maxToDevicePage }),
      has_more: Type.Boolean(),
    }),
    status: 200,
    errors: ['auth.required', 'not_found'],
  },
  deleteDehydratedDevice: {
    method: 'DELETE',
    path: '/v1/dehydrated-device',
    summary: 'Remove it.',
    auth: 'device',
    rate: 'keys',
    result: Nothing,
    status: 204,
    errors: ['auth.required'],
  },
  createRendezvous: {
    method: 'POST',
    path: '/v1/rendezvous',
    summary: 'A place for two minutes where a new device and a linked one pass sealed messages.',
    auth: 'none',
    rate: 'credentials',
    body: Type.Object({ data: RendezvousData }),
    result: Type.Object({
      rendezvous: Text(22, 'Its name.'),
      version: Integer('Of the data; 1.'),
      expires_at: Time('When it is gone.'),
    }),
    status: 201,
    errors: ['server.overloaded'],
  },
  putRendezvous: {
    method: 'PATCH',
    path: '/v1/rendezvous/{rendezvous}',
    summary: 'Say the next thing there.',
    auth: 'none',
    rate: 'keys',
    params: RendezvousPath,
    body: Type.Object({ data: RendezvousData, version: Integer('One above the present one.', 2) }),
    result: Nothing,
    status: 204,
    errors: ['not_found', 'keys.conflict'],
  },
  getRendezvous: {
    method: 'GET',
    path: '/v1/rendezvous/{rendezvous}',
    summary: 'What was said there last; waits up to 20 s for a newer version than `after`.',
    auth: 'none',
    rate: 'keys',
    params: RendezvousPath,
    query: Type.Object({ after: Type.Optional(Integer('Version that is known.')) }),
    result: Type.Object({ data: RendezvousData, version: Integer('Of the data.', 1) }),
    status: 200,
    errors: ['not_found'],
  },
  deleteRendezvous: {
    method: 'DELETE',
    path: '/v1/rendezvous/{rendezvous}',
    summary: 'Done.',
    auth: 'none',
    rate: 'keys',
    params: RendezvousPath,
    result: Nothing,
    status: 204,
    errors: [],
  },
  createChallenge: {
    method: 'POST',
    path: '/v1/sessions/recovery/challenge',
    summary: 'What the recovery key has to sign. Every handle gets one, whether somebody has it or not.',
    auth: 'none',
    rate: 'credentials',
    body: Type.Object({ handle: TypedHandle }),
    result: Type.Object({ challenge: Text(128, 'Good for two minutes, once.') }),
    status: 201,
    errors: [],
  },
  createRecoverySession: {
    method: 'POST',
    path: '/v1/sessions/recovery',
    summary: 'Sign in with the recovery key: a signature of `parley.recovery.v1`, a zero byte and the challenge.',
    auth: 'none',
    rate: 'credentials',
    body: Type.Object({
      handle: TypedHandle,
      challenge: Challenge,
      signature: ChallengeSignature,
      device_name: DeviceName,
      cookie: Cookie,
    }),
    result: Session,
    status: 201,
    errors: ['auth.refused', 'account.disabled', 'device.too_many'],
  },
  proveDevice: {
    method: 'POST',
    path: '/v1/me/recovery',
    summary: 'This device has the recovery key: it signs a challenge for its own handle, and counts as an old device.',
    auth: 'device',
    rate: 'credentials',
    body: Type.Object({ handle: TypedHandle, challenge: Challenge, signature: ChallengeSignature }),
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'auth.refused'],
  },
} as const satisfies Readonly<Record<string, Route>>;
