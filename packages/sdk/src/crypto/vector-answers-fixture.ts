// What our primitives answer to public test vectors, in hexadecimal. This file runs in Node and on a page, and knows no
// vector: whoever asks judges the answers.
import { decodeBytes } from './base64.ts';
import {
  bytesOfWords,
  deriveBytes,
  hpkeOpen,
  hpkeSeal,
  openAead,
  sealAead,
  sha512,
  wordsOfBytes,
} from './primitives.ts';
import { digitsOf, Fingerprints, fingerprintOf, type Person, safetyNumber } from './safety-number.ts';
import { sha256 } from './sha256.ts';
import { exactly, publicHalf, signBytes, utf8, verifyBytes } from './signing.ts';

/** What came out; null where nothing did, the name of the error where one was thrown. */
type Answer = string | null;

export interface AeadVector {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

/** AES-256-GCM: what opens, and what is sealed. */
function aesGcm(vectors: readonly AeadVector[]): Promise<(readonly [opened: Answer, sealed: Answer])[]> {
  return inTurn(vectors, async ({ key, iv, aad, msg, ct, tag }) => {
    const aead = { key: bytes(key), nonce: bytes(iv), bound: bytes(aad) };
    const opened = await answer(() => openAead(aead, bytes(ct + tag)));
    return [opened, await answer(() => sealAead(aead, bytes(msg)))] as const;
  });
}

export interface SignatureVector {
  readonly publicKey: { readonly pk: string };
  readonly msg: string;
  readonly sig: string;
}

/** Ed25519: which signatures are taken. */
function ed25519(vectors: readonly SignatureVector[]): Promise<boolean[]> {
  return inTurn(vectors, ({ publicKey, msg, sig }) => verifyBytes(bytes(publicKey.pk), bytes(msg), bytes(sig)));
}

export interface DerivationVector {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
}

/** HKDF-SHA-256: what is derived. */
function hkdfSha256(vectors: readonly DerivationVector[]): Promise<Answer[]> {
  return inTurn(vectors, ({ ikm, salt, info, size }) =>
    answer(() => deriveBytes(bytes(ikm), bytes(info), { salt: bytes(salt), length: size })),
  );
}

export interface AgreementVector {
  readonly public: string;
  readonly private: string;
}

/** X25519, with which boxes are sealed: what the host makes of these two. */
function x25519(vectors: readonly AgreementVector[]): Promise<Answer[]> {
  return inTurn(vectors, ({ public: theirs, private: own }) => agree(own, theirs).catch(() => null));
}

/** HPKE: what a box opens to that says it came from there. */
function box(vectors: readonly AgreementVector[]): Promise<Answer[]> {
  return inTurn(vectors, ({ public: theirs, private: own }) => {
    const sealed = { enc: bytes(theirs), sealed: new Uint8Array(32) };
    return answer(() => hpkeOpen({ secret: bytes(own), info: new Uint8Array() }, sealed));
  });
}

export interface HalfVector {
  readonly curve: 'X25519' | 'Ed25519';
  readonly secret: string;
}

/** The public half of private keys. */
function halves(vectors: readonly HalfVector[]): Promise<Answer[]> {
  return inTurn(vectors, ({ curve, secret }) =>
    answer(async () => decodeBytes(await publicHalf(curve, bytes(secret)))),
  );
}

/** Ed25519: what is signed. */
function signatures(vectors: readonly { readonly seed: string; readonly msg: string }[]): Promise<Answer[]> {
  return inTurn(vectors, ({ seed, msg }) => answer(() => signBytes(bytes(seed), bytes(msg))));
}

export interface BoxVector {
  readonly publicKey: string;
  readonly info: string;
  readonly bound: string;
  readonly plain: string;
  readonly entropy: string;
}

/** HPKE: the boxes that are made, the key that stands in front with what is sealed. */
function boxes(vectors: readonly BoxVector[]): Promise<Answer[]> {
  return inTurn(vectors, ({ publicKey, info, bound, plain, entropy }) =>
    answer(async () => {
      const to = { publicKey: bytes(publicKey), info: bytes(info), bound: bytes(bound) };
      const { enc, sealed } = await hpkeSeal(to, bytes(plain), bytes(entropy));
      return new Uint8Array([...enc, ...sealed]);
    }),
  );
}

export interface OpeningVector {
  readonly secret: string;
  readonly info: string;
  readonly bound: string;
  readonly enc: string;
  readonly sealed: string;
}

/** HPKE: what boxes open to. */
function openings(vectors: readonly OpeningVector[]): Promise<Answer[]> {
  return inTurn(vectors, ({ secret, info, bound, enc, sealed }) =>
    answer(() => {
      const from = { secret: bytes(secret), info: bytes(info), bound: bytes(bound) };
      return hpkeOpen(from, { enc: bytes(enc), sealed: bytes(sealed) });
    }),
  );
}

/** The words of bytes. */
function wordsOf(vectors: readonly string[]): Promise<Answer[]> {
  return inTurn(vectors, (given) => said(() => wordsOfBytes(bytes(given)).join(' ')));
}

/** The bytes of words. */
function bytesOf(vectors: readonly string[]): Promise<Answer[]> {
  return inTurn(vectors, (given) => answer(() => bytesOfWords(given.split(' '))));
}

/** Both hashes of texts. */
function hashes(vectors: readonly string[]): Promise<(readonly [sha256: Answer, sha512: Answer])[]> {
  return inTurn(vectors, async (text) => [
    await answer(() => sha256(utf8(text))),
    await answer(() => sha512(utf8(text))),
  ]);
}

/** Signal's numeric fingerprint: the half of one person. */
function digits(vectors: readonly { readonly name: string; readonly key: string }[]): Promise<Answer[]> {
  return inTurn(vectors, ({ name, key }) => said(async () => digitsOf(await fingerprintOf(utf8(name), bytes(key)))));
}

/** The number of two people, as the first of them sees it. */
function safetyNumbers(vectors: readonly (readonly [one: Person, other: Person])[]): Promise<Answer[]> {
  const known = new Fingerprints();
  return inTurn(vectors, ([one, other]) => said(() => safetyNumber(one, other, known)));
}

/** What can be asked. */
export const answers = {
  aesGcm,
  ed25519,
  hkdfSha256,
  x25519,
  box,
  halves,
  signatures,
  boxes,
  openings,
  wordsOf,
  bytesOf,
  hashes,
  digits,
  safetyNumbers,
} as const;

type Answers = typeof answers;
/** Asks it, wherever it runs. */
export type Ask = <Q extends keyof Answers>(question: Q, vectors: Parameters<Answers[Q]>[0]) => ReturnType<Answers[Q]>;
/** Asks it here. */
export const askHere: Ask = (question, vectors) => answers[question](vectors as never) as never;

async function agree(own: string, theirs: string): Promise<string> {
  const [algorithm, frame] = [{ name: 'X25519' }, '302e020100300506032b656e04220420'];
  const pkcs8 = exactly(48, bytes(frame + own));
  const secret = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['deriveBits']);
  const key = await crypto.subtle.importKey('raw', exactly(32, bytes(theirs)), algorithm, false, []);
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: key }, secret, 256)));
}

function answer(primitive: () => Uint8Array | null | Promise<Uint8Array | null>): Promise<Answer> {
  return said(async () => {
    const found = await primitive();
    return found && hexOf(found);
  });
}

async function said(primitive: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await primitive();
  } catch (error) {
    return (error as Error).name;
  }
}

const bytes = (hex: string): Uint8Array => Uint8Array.fromHex(hex);
const hexOf = (given: Uint8Array): string => given.toHex();

async function inTurn<T, A>(all: readonly T[], one: (given: T) => Promise<A>): Promise<A[]> {
  const answers: A[] = [];
  for (const given of all) answers.push(await one(given));
  return answers;
}
