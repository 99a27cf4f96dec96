// With `signing.ts` and `sha256.ts` the only place outside `olm/` that touches cryptography of others: WebCrypto, HPKE
// (RFC 9180), hashes, the word list.
// Bytes in, bytes out, nothing kept. What does not open is null; randomness is an argument. Nothing here is invented.
import {
  Aes256Gcm,
  CipherSuite,
  DecapError,
  DeserializeError,
  DhkemX25519HkdfSha256,
  HkdfSha256,
  OpenError,
} from '@hpke/core';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { type Bytes, exactly, own, utf8 } from './signing.ts';

/** The text, or null for bytes that are not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** HKDF with SHA-256 (RFC 5869). `info` names the purpose, so that no two purposes share a key. */
export function deriveBytes(
  secret: Uint8Array,
  info: string | Uint8Array,
  options: { readonly salt?: Uint8Array; readonly length?: number } = {},
): Uint8Array {
  const purpose = typeof info === 'string' ? utf8(info) : info;
  return hkdf(nobleSha256, secret, options.salt, purpose, options.length ?? 32);
}

/** A key that was read once, for many texts. */
export type AeadKey = CryptoKey;

/** Reads a key of 32 bytes for AES-256-GCM. */
export function aeadKey(key: Uint8Array): Promise<AeadKey> {
  return crypto.subtle.importKey('raw', exactly(32, key), { name: 'AES-GCM' }, false, ['encrypt', 'decrypt']);
}

/** What AES-256-GCM is given: a key of 32 bytes, a nonce of 12 that no other text has under this key, bound bytes. */
export interface Aead {
  readonly key: Uint8Array | AeadKey;
  readonly nonce: Uint8Array;
  readonly bound: Uint8Array;
}

/** AES-256-GCM; the tag of 16 bytes stands at the end. */
export async function sealAead(aead: Aead, plain: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt(gcm(aead), await keyOf(aead), own(plain)));
}

/** Null when one bit of key, nonce, bound bytes or ciphertext is another. */
export async function openAead(aead: Aead, sealed: Uint8Array): Promise<Bytes | null> {
  const key = await keyOf(aead);
  return crypto.subtle.decrypt(gcm(aead), key, own(sealed)).then(
    (plain) => new Uint8Array(plain),
    (error: unknown) => {
      if ((error as Error).name === 'OperationError') return null;
      throw error;
    },
  );
}

/** Sealed to an X25519 key (HPKE base mode, HKDF-SHA256, AES-256-GCM). */
export interface HpkeBox {
  readonly enc: Uint8Array;
  readonly sealed: Uint8Array;
}

/** `entropy` (32 random bytes, used for nothing else) makes the pair of keys of this one box, as the RFC derives it. */
export async function hpkeSeal(
  to: { readonly publicKey: Uint8Array; readonly info: Uint8Array; readonly bound?: Uint8Array },
  plain: Uint8Array,
  entropy: Uint8Array,
): Promise<HpkeBox> {
  const { kem, seal } = suite();
  const recipientPublicKey = await kem.importKey('raw', own(to.publicKey).buffer, true);
  const ekm = await kem.deriveKeyPair(exactly(32, entropy));
  const { enc, ct } = await seal(
    { recipientPublicKey, info: own(to.info), ekm },
    own(plain),
    own(to.bound ?? new Uint8Array()),
  );
  return { enc: new Uint8Array(enc), sealed: new Uint8Array(ct) };
}

/** Null when it was sealed to another key or for another purpose, or was altered. */
export async function hpkeOpen(
  to: { readonly secret: Uint8Array; readonly info: Uint8Array; readonly bound?: Uint8Array },
  box: HpkeBox,
): Promise<Bytes | null> {
  const { kem, open } = suite();
  const recipientKey = await kem.importKey('raw', exactly(32, to.secret).buffer, false);
  try {
    const parts = { recipientKey, enc: own(box.enc), info: own(to.info) };
    return new Uint8Array(await open(parts, own(box.sealed), own(to.bound ?? new Uint8Array())));
  } catch (error) {
    if (error instanceof OpenError || error instanceof DecapError || error instanceof DeserializeError) return null;
    throw error;
  }
}

export async function sha512(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest({ name: 'SHA-512' }, own(bytes)));
}

/** The 2,048 English words of BIP-39, in their order. */
export const words: readonly string[] = wordlist;

/** The 24 words of 32 bytes, with the checksum of BIP-39. */
export function wordsOfBytes(bytes: Uint8Array): readonly string[] {
  return entropyToMnemonic(exactly(32, bytes), wordlist).split(' ');
}

/** The bytes of 24 words of the list, or null when their checksum does not fit. */
export function bytesOfWords(given: readonly string[]): Uint8Array | null {
  try {
    return mnemonicToEntropy(given.join(' '), wordlist);
  } catch {
    return null;
  }
}

function suite() {
  const all = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  return { kem: all.kem, seal: all.seal.bind(all), open: all.open.bind(all) };
}

function gcm({ nonce, bound }: Aead) {
  return { name: 'AES-GCM', iv: exactly(12, nonce), additionalData: own(bound) };
}

function keyOf({ key }: Aead): AeadKey | Promise<AeadKey> {
  return key instanceof Uint8Array ? aeadKey(key) : key;
}
