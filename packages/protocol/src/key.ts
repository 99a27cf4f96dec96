// Public keys and what devices send each other. Signed objects have the JSON shape of the crypto library, because the
// signature covers their canonical JSON; everything that is sealed is opaque text.
import Type, { type Static } from 'typebox';
import { AccountId, DeviceId } from './ids.ts';
import * as limits from './limits.ts';
import { Integer, Text } from './schema.ts';

/** Base64 without padding, of 32 bytes (a key) or 64 (a signature). */
const Signature = Type.String({
  pattern: '^[A-Za-z0-9+/]{86}$',
  description: 'Ed25519 signature, base64 without padding.',
});
const PublicKey = Type.String({ pattern: '^[A-Za-z0-9+/]{43}$', description: 'Public key, base64 without padding.' });

const Signatures = Type.Record(
  Type.String({ maxLength: 64 }),
  Type.Record(Type.String({ maxLength: 64 }), Signature, { maxProperties: limits.maxSignaturesPerKey }),
  { maxProperties: 4, description: 'By signer (`@account:parley`), then by key (`ed25519:device or public key`).' },
);

/** A device, or the dehydrated device of an account, which the crypto library names after its own public key. */
export const KeyDeviceId = Type.Unsafe<DeviceId>(
  Type.String({
    pattern: '^(d_[A-Za-z0-9_-]{22}|[A-Za-z0-9+/]{43})$',
    description: 'Device id; of a dehydrated device, its public key.',
  }),
);

/** The account as it stands inside signed JSON. */
const UserId = Type.String({ pattern: '^@a_[A-Za-z0-9_-]{22}:parley$', description: '`@` account `:parley`.' });

/** Public keys of a device, signed by itself, and by the account's self-signing key once it is linked. */
export const DeviceKeys = Type.Object(
  {
    user_id: UserId,
    device_id: KeyDeviceId,
    algorithms: Type.Array(Text(64, 'Name of an algorithm.', 1), { minItems: 1, maxItems: 8 }),
    keys: Type.Record(Type.String({ maxLength: 64 }), PublicKey, {
      minProperties: 2,
      maxProperties: 4,
      description: '`curve25519:device` and `ed25519:device`.',
    }),
    signatures: Signatures,
    dehydrated: Type.Optional(Type.Boolean({ description: 'It only receives while the others are off.' })),
  },
  { $id: 'DeviceKeys' },
);
export type DeviceKeys = Static<typeof DeviceKeys>;

/** A key of an account that signs others: `usage` says which. */
export const IdentityKey = Type.Object(
  {
    user_id: UserId,
    usage: Type.Array(Text(32, '`master`, `self_signing` or `user_signing`.', 1), { minItems: 1, maxItems: 1 }),
    keys: Type.Record(Type.String({ maxLength: 64 }), PublicKey, { minProperties: 1, maxProperties: 1 }),
    signatures: Type.Optional(Signatures),
  },
  { $id: 'IdentityKey' },
);
export type IdentityKey = Static<typeof IdentityKey>;

/** An identity that an account had before, by the word of the present one. */
export const FormerIdentity = Type.Object(
  {
    master_key: PublicKey,
    self_signing_key: IdentityKey,
    signature: Signature,
  },
  { $id: 'FormerIdentity' },
);
export type FormerIdentity = Static<typeof FormerIdentity>;

/** Newest first; only those that nobody else can have. */
export const FormerIdentities = Type.Array(FormerIdentity, {
  maxItems: limits.maxFormerIdentities,
  description: 'Signed by the present master key: their devices were only in the hands of the owner. Newest first.',
});

/** A key that opens one session with a device. */
export const OneTimeKey = Type.Object(
  { key: PublicKey, signatures: Signatures, fallback: Type.Optional(Type.Boolean()) },
  { $id: 'OneTimeKey' },
);
export type OneTimeKey = Static<typeof OneTimeKey>;

export const KeyId = Type.String({
  pattern: '^signed_curve25519:[A-Za-z0-9+/]{1,32}$',
  description: '`signed_curve25519:` and the id that the device gave it.',
});

/** One-time keys by their ids. */
export const OneTimeKeys = Type.Array(Type.Object({ id: KeyId, key: OneTimeKey }), {
  maxItems: limits.maxOneTimeKeys,
  description: 'Keys by id.',
});

/** How many keys a device has left on the server. */
export const KeyCounts = Type.Object({
  one_time_keys: Integer('One-time keys that nobody has claimed.'),
  fallback_unused: Type.Boolean({ description: 'Its fallback key was never given out.' }),
});
export type KeyCounts = Static<typeof KeyCounts>;

/** Keys of one account, as another sees them. */
export const AccountKeys = Type.Object(
  {
    account: AccountId,
    devices: Type.Array(DeviceKeys, { maxItems: limits.maxDevices + 1, description: 'Encrypt to these.' }),
    former_devices: Type.Array(DeviceKeys, {
      maxItems: limits.maxFormerDevices,
      description: 'Signed out, newest first: for old messages only.',
    }),
    master_key: Type.Optional(IdentityKey),
    self_signing_key: Type.Optional(IdentityKey),
    user_signing_key: Type.Optional(IdentityKey),
    former_identities: Type.Optional(FormerIdentities),
    identity_version: Integer('0 without an identity; rises with each reset.'),
  },
  { $id: 'AccountKeys' },
);
export type AccountKeys = Static<typeof AccountKeys>;

/** Something that another device sent. */
export const ToDeviceItem = Type.Object(
  {
    n: Integer('Rises in the queue of this device.', 1),
    sender: AccountId,
    device: DeviceId,
    event_type: Text(64, 'What it is, for the crypto library.', 1),
    content: Text(limits.maxToDeviceBytes, 'JSON, sealed.', 2),
  },
  { $id: 'ToDeviceItem' },
);
export type ToDeviceItem = Static<typeof ToDeviceItem>;

/** Down: what other devices sent, oldest first. It comes again on the next socket until it is acknowledged. */
export const ToDevice = Type.Object(
  {
    type: Type.Literal('to_device'),
    items: Type.Array(ToDeviceItem, { maxItems: limits.maxToDevicePage }),
    has_more: Type.Boolean({ description: 'More waits: it comes after `to_device_received`.' }),
  },
  { $id: 'ToDevice' },
);
export type ToDevice = Static<typeof ToDevice>;

/** Up: everything up to `n` is kept; the server forgets it. */
export const ToDeviceReceived = Type.Object(
  { type: Type.Literal('to_device_received'), n: Integer('Of the newest item that is kept.', 1) },
  { $id: 'ToDeviceReceived' },
);
export type ToDeviceReceived = Static<typeof ToDeviceReceived>;

/** Down, a hint: keys changed (`GET /v1/keys/changes` says whose), or this device runs out of one-time keys. */
export const KeysHint = Type.Object(
  { type: Type.Literal('keys'), n: Integer('Where the list of changes ends now.') },
  { $id: 'KeysHint' },
);
export type KeysHint = Static<typeof KeysHint>;
