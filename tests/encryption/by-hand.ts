// The cryptography of docs/protocol/encryption.md as a stranger would write it: `node:crypto`, and nothing of the SDK. It
// must never import from it: what comes out here is what ours is compared with.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  sign,
} from 'node:crypto';

type Curve = 'X25519' | 'Ed25519';

/** Base64 without padding. */
export const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
export const b64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** So many rising bytes. */
export function rising(first: number, length = 32): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => (first + at) & 255));
}

/** JSON with sorted names and no spaces: enough for plain text, whole numbers, lists and objects. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function secretKey(curve: Curve, seed: Uint8Array): KeyObject {
  const frame = Buffer.from(
    curve === 'X25519' ? '302e020100300506032b656e04220420' : '302e020100300506032b657004220420',
    'hex',
  );
  return createPrivateKey({ key: Buffer.concat([frame, seed]), format: 'der', type: 'pkcs8' });
}

function publicKey(curve: Curve, bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: curve, x: b64url(bytes) }, format: 'jwk' });
}

/** The public half of a private key of 32 bytes. */
export function publicOf(curve: Curve, seed: Uint8Array): Buffer {
  return Buffer.from(createPublicKey(secretKey(curve, seed)).export({ format: 'jwk' }).x as string, 'base64url');
}

export function signed(seed: Uint8Array, text: string | Uint8Array): string {
  return b64(sign(null, Buffer.from(text as string), secretKey('Ed25519', seed)));
}

export function agreed(secret: Uint8Array, other: Uint8Array): Buffer {
  return diffieHellman({ privateKey: secretKey('X25519', secret), publicKey: publicKey('X25519', other) });
}

export function sha(name: 'sha256' | 'sha512', ...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash(name);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** HKDF without a salt. */
export function derived(secret: Uint8Array, info: string, length = 32, hash = 'sha256'): Buffer {
  return Buffer.from(hkdfSync(hash, secret, Buffer.alloc(0), info, length));
}

interface Aead {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly bound?: string;
}
type Cipher = 'aes-256-gcm' | 'chacha20-poly1305';

/** The tag of 16 bytes stands at the end. */
export function sealed(cipher: Cipher, { key, nonce, bound = '' }: Aead, plain: Uint8Array | string): Buffer {
  const made = createCipheriv(cipher as 'aes-256-gcm', key, nonce, { authTagLength: 16 });
  made.setAAD(Buffer.from(bound), { plaintextLength: Buffer.byteLength(plain) });
  return Buffer.concat([made.update(Buffer.from(plain as string)), made.final(), made.getAuthTag()]);
}

export function opened(cipher: Cipher, { key, nonce, bound = '' }: Aead, all: Uint8Array): Buffer {
  const made = createDecipheriv(cipher as 'aes-256-gcm', key, nonce, { authTagLength: 16 });
  made.setAAD(Buffer.from(bound), { plaintextLength: all.length - 16 });
  made.setAuthTag(all.subarray(-16));
  return Buffer.concat([made.update(all.subarray(0, -16)), made.final()]);
}

// HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
const kem = Buffer.from('4b454d0020', 'hex');
const suite = Buffer.from('48504b45002000010002', 'hex');
const none = Buffer.alloc(0);

function extract(of: Uint8Array, salt: Uint8Array, label: string, secret: Uint8Array): Buffer {
  const key = salt.length === 0 ? Buffer.alloc(32) : salt;
  return createHmac('sha256', key).update('HPKE-v1').update(of).update(label).update(secret).digest();
}

/** At most 32 bytes: one block. */
function expand(of: Uint8Array, secret: Uint8Array, label: string, more: { info: Uint8Array; length: number }): Buffer {
  const hmac = createHmac('sha256', secret)
    .update(Buffer.from([0, more.length]))
    .update('HPKE-v1')
    .update(of);
  return hmac
    .update(label)
    .update(more.info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, more.length);
}

function context(shared: Uint8Array, enc: Uint8Array, to: Uint8Array, info: string): Aead {
  const eae = extract(kem, none, 'eae_prk', shared);
  const secret = expand(kem, eae, 'shared_secret', { info: Buffer.concat([enc, to]), length: 32 });
  const hashes = [extract(suite, none, 'psk_id_hash', none), extract(suite, none, 'info_hash', Buffer.from(info))];
  const schedule = Buffer.concat([Buffer.from([0]), ...hashes]);
  const root = extract(suite, secret, 'secret', none);
  const of = (label: string, length: number) => expand(suite, root, label, { info: schedule, length });
  return { key: of('key', 32), nonce: of('base_nonce', 12) };
}

/** A box `1.<enc>.<ciphertext>`; its own pair of keys is derived from `entropy` (DeriveKeyPair). */
export function boxed(
  to: Uint8Array,
  info: string,
  parts: { plain: Uint8Array | string; entropy: Uint8Array },
): string {
  const secret = expand(kem, extract(kem, none, 'dkp_prk', parts.entropy), 'sk', { info: none, length: 32 });
  const enc = publicOf('X25519', secret);
  const aead = context(agreed(secret, to), enc, to, info);
  return `1.${b64url(enc)}.${b64url(sealed('aes-256-gcm', aead, parts.plain))}`;
}

export function unboxed(secret: Uint8Array, info: string, box: string): Buffer {
  const [, enc, all] = box.split('.').map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer, Buffer];
  const aead = context(agreed(secret, enc), enc, publicOf('X25519', secret), info);
  return opened('aes-256-gcm', aead, all);
}

/** The first Megolm message of a session: its ratchet, and the seed of the key that signs. */
export function megolm(ratchet: Uint8Array, seed: Uint8Array, plain: string): Buffer {
  const keys = derived(ratchet, 'MEGOLM_KEYS', 80);
  const cipher = createCipheriv('aes-256-cbc', keys.subarray(0, 32), keys.subarray(64));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  const length = [(text.length & 127) | 128, text.length >> 7];
  const message = Buffer.concat([Buffer.from([3, 8, 0, 0x12, ...length]), text]);
  const mac = createHmac('sha256', keys.subarray(32, 64)).update(message).digest().subarray(0, 8);
  const whole = Buffer.concat([message, mac]);
  return Buffer.concat([whole, Buffer.from(signed(seed, whole), 'base64')]);
}
