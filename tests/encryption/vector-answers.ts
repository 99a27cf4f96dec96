// What our primitives answer to public test vectors, in hexadecimal. This file runs in Node and on a page, and knows no
// vector: whoever asks judges the answers.
import { deriveBytes, hpkeOpen, openAead, sealAead } from '../../packages/sdk/src/crypto/primitives.ts';
import { exactly, verifyBytes } from '../../packages/sdk/src/crypto/signing.ts';

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

/** What can be asked. */
export const answers = { aesGcm, ed25519, hkdfSha256, x25519, box } as const;

async function agree(own: string, theirs: string): Promise<string> {
  const [algorithm, frame] = [{ name: 'X25519' }, '302e020100300506032b656e04220420'];
  const pkcs8 = exactly(48, bytes(frame + own));
  const secret = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['deriveBits']);
  const key = await crypto.subtle.importKey('raw', exactly(32, bytes(theirs)), algorithm, false, []);
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: key }, secret, 256)));
}

async function answer(primitive: () => Uint8Array | null | Promise<Uint8Array | null>): Promise<Answer> {
  try {
    const found = await primitive();
    return found && hexOf(found);
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
