// The one secret of an account: 32 random bytes, shown as 24 words, or as 14 groups to type and to scan. From it come two
// pairs of keys, one to open what is sealed to it, one to sign in. It is never sent, and nothing weaker stands for it.
import type { Random } from '../ports.ts';
import { encodeBytes } from './base64.ts';
import { deriveBytes, wordsOfBytes } from './primitives.ts';
import { sha256 } from './sha256.ts';
import { publicHalf, signBytes, utf8 } from './signing.ts';

export const recoveryKeyBytes = 32;
export const recoveryWordCount = 24;
/** Letters and digits that are not taken for each other: no I, L, O and U. */
export const groupSigns = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const groupSignCount = 56;
export const groupVersion = 1;

/** A private key and its public half (base64 without padding). */
export interface KeyPair {
  readonly secret: Uint8Array;
  readonly publicKey: string;
}

/** What comes out of a recovery key. */
export interface RecoveryPairs {
  /** X25519: the vault is sealed to it. */
  readonly box: KeyPair;
  /** Ed25519: it signs in. */
  readonly signing: KeyPair;
}

/** A new recovery key. */
export function newRecoveryKey(random: Random): Uint8Array {
  return new Uint8Array(random.bytes(recoveryKeyBytes));
}

/** The 24 words. */
export function recoveryWords(key: Uint8Array): readonly string[] {
  return wordsOfBytes(key);
}

/** The same as 14 groups of 4: version, key and checksum. Without spaces it is what a QR code holds. */
export function recoveryGroups(key: Uint8Array): readonly string[] {
  const bytes = [groupVersion, ...key, ...groupCheck(groupVersion, key)];
  let signs = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) signs += groupSigns[(held >> (bits - 5)) & 31];
  }
  return signs.match(/.{4}/g) ?? [];
}

/** The two bytes that show a slip of the pen. */
export function groupCheck(version: number, key: Uint8Array): Uint8Array {
  return sha256(new Uint8Array([...utf8('parley.recovery-key\0'), version, ...key])).subarray(0, 2);
}

/** The pairs of keys of a recovery key. */
export async function recoveryPairs(key: Uint8Array): Promise<RecoveryPairs> {
  const box = deriveBytes(key, 'parley.recovery.v1\0x25519');
  const signing = deriveBytes(key, 'parley.recovery.v1\0ed25519');
  return {
    box: { secret: box, publicKey: await publicHalf('X25519', box) },
    signing: { secret: signing, publicKey: await publicHalf('Ed25519', signing) },
  };
}

/** The answer to the server's challenge when somebody signs in with the recovery key. */
export async function signChallenge(signing: KeyPair, challenge: string): Promise<string> {
  return encodeBytes(await signBytes(signing.secret, utf8(`parley.recovery.v1\0${challenge}`)));
}
