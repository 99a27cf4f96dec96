// Routes of public keys, and of what devices send each other.
import Type from 'typebox';
import { AccountId } from './ids.ts';
import {
  AccountKeys,
  DeviceKeys,
  FormerIdentities,
  IdentityKey,
  KeyCounts,
  KeyDeviceId,
  KeyId,
  OneTimeKey,
  OneTimeKeys,
  ToDeviceItem,
} from './key.ts';
import * as limits from './limits.ts';
import { Nothing, Password } from './route-parts.ts';
import type { Route } from './routes.ts';
import { Integer, Text } from './schema.ts';

export const keyRoutes = {
  uploadKeys: {
    method: 'POST',
    path: '/v1/keys/upload',
    summary: 'Publish keys of this device. Its identity keys can never be changed, one-time keys are given out once.',
    auth: 'device',
    rate: 'keys',
    body: Type.Object({
      device_keys: Type.Optional(DeviceKeys),
      one_time_keys: Type.Optional(OneTimeKeys),
      fallback_key: Type.Optional(Type.Object({ id: KeyId, key: OneTimeKey })),
    }),
    result: KeyCounts,
    status: 200,
    errors: ['auth.required', 'keys.invalid', 'keys.changed', 'keys.too_many'],
  },
  queryKeys: {
    method: 'POST',
    path: '/v1/keys/query',
    summary:
      'Keys of accounts that share a conversation with the caller. Others are left out, as if they did not exist.',
    auth: 'device',
    rate: 'keys',
    body: Type.Object({ accounts: Type.Array(AccountId, { minItems: 1, maxItems: limits.maxAccountsPerLookup }) }),
    result: Type.Object({
      items: Type.Array(AccountKeys, { maxItems: limits.maxAccountsPerLookup }),
      n: Integer('The list of changes up to here is in the answer.'),
    }),
    status: 200,
    errors: ['auth.required'],
  },
  claimKeys: {
    method: 'POST',
    path: '/v1/keys/claim',
    summary: 'Take a one-time key of each of these devices. What has none, or may not be asked, is left out.',
    auth: 'device',
    rate: 'keys',
    body: Type.Object({
      devices: Type.Array(Type.Object({ account: AccountId, device: KeyDeviceId }), {
        minItems: 1,
        maxItems: limits.maxClaimsPerCall,
      }),
    }),
    result: Type.Object({
      items: Type.Array(Type.Object({ account: AccountId, device: KeyDeviceId, id: KeyId, key: OneTimeKey }), {
        maxItems: limits.maxClaimsPerCall,
      }),
    }),
    status: 200,
    errors: ['auth.required'],
  },
  uploadIdentity: {
    method: 'POST',
    path: '/v1/keys/identity',
    summary: 'Publish the identity of the account. The first needs nothing more, another one needs the password.',
    auth: 'device',
    rate: 'credentials',
    body: Type.Object({
      version: Integer('One above the present one.', 1),
      master_key: IdentityKey,
      self_signing_key: IdentityKey,
      user_signing_key: IdentityKey,
      former_identities: Type.Optional(FormerIdentities),
      password: Type.Optional(Password),
    }),
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'auth.refused', 'keys.invalid', 'keys.conflict'],
  },
  uploadSignatures: {
    method: 'POST',
    path: '/v1/keys/signatures',
    summary:
      'Add signatures to own devices and to the own master key. Those of other people are not kept: seal them in the vault.',
    auth: 'device',
    rate: 'keys',
    body: Type.Object({
      devices: Type.Optional(Type.Array(DeviceKeys, { maxItems: limits.maxDevices + 1 })),
      master_keys: Type.Optional(Type.Array(IdentityKey, { maxItems: 1 })),
    }),
    result: Nothing,
    status: 204,
    errors: ['auth.required', 'keys.invalid', 'keys.conflict'],
  },
  listKeyChanges: {
    method: 'GET',
    path: '/v1/keys/changes',
    summary:
      'Whose keys changed, of those who share a conversation with the caller; and how many keys this device has left.',
    auth: 'device',
    rate: 'keys',
    query: Type.Object({ since: Type.Optional(Integer('`n` of the last answer; without it nobody is named.')) }),
    result: Type.Object({
      n: Integer('Where the answer ends.'),
      has_more: Type.Boolean(),
      accounts: Type.Array(AccountId, { maxItems: limits.maxPageItems }),
      all: Type.Boolean({ description: '`since` is too long ago: treat every account as changed.' }),
      ...KeyCounts.properties,
    }),
    status: 200,
    errors: ['auth.required'],
  },
  sendToDevice: {
    method: 'POST',
    path: '/v1/to-device',
    summary: 'Send something sealed to devices. The same `txn` again does nothing.',
    auth: 'device',
    rate: 'keys',
    bodyBytes: limits.maxToDeviceBodyBytes,
    body: Type.Object({
      txn: Text(64, 'Chosen by the sender, once for each call.', 1),
      event_type: Text(64, 'What it is, for the crypto library.', 1),
      messages: Type.Array(
        Type.Object({ account: AccountId, device: KeyDeviceId, content: Text(limits.maxToDeviceBytes, 'JSON.', 2) }),
        { minItems: 1, maxItems: limits.maxToDeviceMessages },
      ),
    }),
    result: Type.Object({
      full: Type.Array(KeyDeviceId, {
        maxItems: limits.maxToDeviceMessages,
        description: 'Their queues are full: nothing went to them.',
      }),
    }),
    status: 200,
    errors: ['auth.required'],
  },
  listToDevice: {
    method: 'GET',
    path: '/v1/to-device',
    summary: 'What other devices sent to this one, oldest first (the same as the frame `to_device`).',
    auth: 'device',
    rate: 'keys',
    query: Type.Object({ after: Type.Optional(Integer('`n` of the last item.')) }),
    result: Type.Object({
      items: Type.Array(ToDeviceItem, { maxItems: limits.maxToDevicePage }),
      has_more: Type.Boolean(),
    }),
    status: 200,
    errors: ['auth.required'],
  },
  acknowledgeToDevice: {
    method: 'POST',
    path: '/v1/to-device/received',
    summary: 'Everything up to `n` is kept by this device.',
    auth: 'device',
    rate: 'keys',
    body: Type.Object({ n: Integer('Of the newest item that is kept.', 1) }),
    result: Nothing,
    status: 204,
    errors: ['auth.required'],
  },
  reportUndecryptable: {
    method: 'POST',
    path: '/v1/keys/undecryptable',
    summary:
      'How many messages this device could not open since it last said so, by reason (`to_device`: what another device sent it), at most once a minute: numbers only, for the operator (`parley_undecryptable_total`).',
    auth: 'device',
    rate: 'lookup',
    body: Type.Object({
      items: Type.Array(
        Type.Object({
          reason: Type.Enum(['no_key', 'not_trusted', 'altered', 'broken', 'to_device']),
          count: Type.Integer({ minimum: 1, maximum: limits.maxReportedUndecryptable }),
        }),
        { minItems: 1, maxItems: 5 },
      ),
    }),
    result: Nothing,
    status: 204,
    errors: ['auth.required'],
  },
} as const satisfies Readonly<Record<string, Route>>;
