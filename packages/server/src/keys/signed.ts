// Signed JSON: who signed it, and what is kept of it. A signature covers the canonical JSON without `signatures` and
// `unsigned`. It promises that what is kept has no signature that was not verified here.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type AccountId, canonicalJson } from '@parley/protocol';
import { maxKeyJsonBytes } from '../kernel/limits.ts';
import { keyBytes } from './weak-keys.ts';

/** An object with signatures by signer, then by key. */
export interface Signed {
  readonly signatures?: Signatures;
}
export type Signatures = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A public key that may have signed, under the name that its signatures have. */
export interface Signer {
  /** `ed25519:` and the device, or the key itself. */
  readonly name: string;
  readonly key: KeyObject;
}

/** The account as it stands inside signed JSON. */
export function userOf(account: AccountId): string {
  return `@${account}:parley`;
}

/** The signer of an Ed25519 key in base64; null when that is no key. */
export function signerOf(name: string, text: string): Signer | null {
  const bytes = keyBytes('ed25519', text);
  if (bytes === null) return null;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') };
  return { name: `ed25519:${name}`, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** What the signatures of an object cover; null when it has no canonical spelling. */
export function signedText(object: object): string | null {
  const { signatures: _signatures, unsigned: _unsigned, ...rest } = object as Signed & { readonly unsigned?: unknown };
  return canonicalJson(rest);
}

/** Did the signer sign it, in the name of this user? */
export function isSignedBy(object: Signed & object, user: string, signer: Signer): boolean {
  return signatureBy(object, user, signer) === 'good';
}

/** `bad`: a signature of that name is there, and is none. */
export function signatureBy(object: Signed & object, user: string, { name, key }: Signer): 'good' | 'bad' | 'none' {
  const signature = own(own(object.signatures, user), name);
  if (signature === undefined) return 'none';
  const text = signedText(object);
  if (text === null) return 'bad';
  const bytes = Buffer.from(signature, 'base64');
  return bytes.length === 64 && verify(null, Buffer.from(text), key, bytes) ? 'good' : 'bad';
}

/** The object as it is kept: of its signatures those of `signers` in the name of this user. Null: it is too large, or one is bad. */
export function keptJson(object: Signed & object, user: string, signers: readonly Signer[]): string | null {
  const kept: Record<string, string> = {};
  for (const signer of signers) {
    const verdict = signatureBy(object, user, signer);
    if (verdict === 'bad') return null;
    const signature = own(own(object.signatures, user), signer.name);
    if (signature !== undefined) kept[signer.name] = signature;
  }
  const { unsigned: _unsigned, ...rest } = object as { readonly unsigned?: unknown };
  const json = canonicalJson({ ...rest, signatures: { [user]: kept } });
  return json !== null && Buffer.byteLength(json) <= maxKeyJsonBytes ? json : null;
}

/** A property of the object itself: names from outside may be anything. */
function own<T>(object: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}
