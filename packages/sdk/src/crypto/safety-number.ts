// The 60 digits by which two people check that nobody stands between them: Signal's numeric fingerprint (version 0,
// 5,200 rounds of SHA-512) over both accounts' ids and master keys. Both see the same number; the code that is scanned
// says also whose key does not fit.
import type { AccountId } from '@parley/protocol';
import { maxFingerprints } from '../limits.ts';
import type { ScanResult } from '../views.ts';
import { decodeBytes, decodeExactly, encodeBytes } from './base64.ts';
import { sha512 } from './primitives.ts';
import { utf8 } from './signing.ts';

/** An account and its master key (base64). */
export interface Person {
  readonly account: AccountId;
  readonly masterKey: string;
}

const rounds = 5_200;
const fingerprintVersion = [0, 0];
const fingerprintBytes = 32;
const halfDigits = 30;
export const codeVersion = 1;
const idBytes = 16;

/** The fingerprint of one key under one name: 64 bytes. */
export async function fingerprintOf(name: Uint8Array, key: Uint8Array): Promise<Uint8Array> {
  let hash: Uint8Array = new Uint8Array([...fingerprintVersion, ...key, ...name]);
  for (let i = 0; i < rounds; i++) {
    const both = new Uint8Array(hash.length + key.length);
    both.set(hash);
    both.set(key, hash.length);
    hash = await sha512(both);
  }
  return hash;
}

/** Thirty digits of a fingerprint: six times five. */
export function digitsOf(fingerprint: Uint8Array): string {
  let digits = '';
  for (let i = 0; i < halfDigits; i += 5) {
    let number = 0;
    for (const byte of fingerprint.subarray(i, i + 5)) number = (number * 256 + byte) % 100_000;
    digits += String(number).padStart(5, '0');
  }
  return digits;
}

/** Fingerprints of people, each worked out once: it takes thousands of rounds. */
export class Fingerprints {
  readonly #known = new Map<string, Promise<Uint8Array>>();

  /** How many are kept at hand. */
  get size(): number {
    return this.#known.size;
  }

  of({ account, masterKey }: Person): Promise<Uint8Array> {
    const name = `${account} ${masterKey}`;
    const print = this.#known.get(name) ?? personPrint({ account, masterKey });
    this.#known.delete(name);
    this.#known.set(name, print);
    const oldest = this.#known.keys().next();
    if (this.#known.size > maxFingerprints && !oldest.done) this.#known.delete(oldest.value);
    return print;
  }
}

/** The number of two people, the same for both: 60 digits. */
export async function safetyNumber(one: Person, other: Person, known = new Fingerprints()): Promise<string> {
  const prints = await Promise.all([known.of(one), known.of(other)]);
  return prints.map(digitsOf).sort().join('');
}

/** What one shows to the other to scan: `parley:1:` and who we are, our fingerprint and the one that we know of them. */
export async function safetyCode(me: Person, them: Person, known = new Fingerprints()): Promise<string> {
  const prints = await Promise.all([known.of(me), known.of(them)]);
  const halves = prints.map((print) => print.subarray(0, fingerprintBytes));
  const parts = [accountBytes(me.account), accountBytes(them.account), ...halves];
  return `parley:${codeVersion}:${encodeBytes(new Uint8Array(parts.flatMap((part) => [...part])), 'base64url')}`;
}

/** What the code that they show says of them, as we know them. */
export async function compareCode(
  me: Person,
  them: Person,
  scanned: string,
  known = new Fingerprints(),
): Promise<ScanResult> {
  const [, version, text] = /^parley:(\d{1,4}):([A-Za-z0-9_-]{1,400})$/.exec(scanned) ?? [];
  if (version === undefined || text === undefined) return 'unreadable';
  if (Number(version) !== codeVersion) return Number(version) < codeVersion ? 'older' : 'newer';
  const bytes = decodeBytes(text, 'base64url');
  if (bytes?.length !== 2 * (idBytes + fingerprintBytes)) return 'unreadable';
  const shown = (await safetyCode(them, me, known)).slice(`parley:${codeVersion}:`.length);
  const theirs = decodeBytes(shown, 'base64url') as Uint8Array;
  const same = (from: number, length: number) =>
    theirs.subarray(from, from + length).every((byte, index) => byte === bytes[from + index]);
  if (!same(0, 2 * idBytes)) return 'other_person';
  if (!same(2 * idBytes, fingerprintBytes)) return 'their_key_differs';
  return same(2 * idBytes + fingerprintBytes, fingerprintBytes) ? 'match' : 'our_key_differs';
}

async function personPrint({ account, masterKey }: Person): Promise<Uint8Array> {
  const key = decodeExactly(32, masterKey);
  if (key === null) throw new RangeError('no master key');
  return fingerprintOf(utf8(account), key);
}

/** The 16 bytes of an account id. */
function accountBytes(account: AccountId): Uint8Array {
  const bytes = decodeExactly(idBytes, account.slice(2), 'base64url');
  if (bytes === null) throw new RangeError('no account id');
  return bytes;
}
