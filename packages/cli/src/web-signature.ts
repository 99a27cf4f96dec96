// Who vouches for the list of a release: an Ed25519 signature over the bytes of the file, which lies beside it. Whoever
// makes releases signs it with `scripts/release-manifest.ts`; a server has no key, and cannot. [CLI34]
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from './exit-codes.ts';

/** Public keys of who makes releases of this program, base64. A maintainer puts the own one here before the first one. */
export const releaseKeys: readonly string[] = [];

/** `none`: nobody signed it, or it is not known who may. */
export type Vouched = 'good' | 'bad' | 'none';

/** The file that holds the signature of another one. */
export const signatureOf = (file: string) => `${file}.sig`;

/** Is the signature beside this file one of these keys over these bytes? */
export async function vouched(file: string, bytes: Uint8Array, keys: readonly KeyObject[]): Promise<Vouched> {
  if (keys.length === 0) return 'none';
  const text = await readFile(signatureOf(file), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return 'none';
  const signature = Buffer.from(text.trim(), 'base64');
  return keys.some((key) => verify(null, bytes, key, signature)) ? 'good' : 'bad';
}

/** A public key as it is printed (32 bytes, base64), or a file that has one in PEM. */
export async function publicKey(text: string): Promise<KeyObject> {
  if (/^[A-Za-z0-9+/]{43}=?$/.test(text)) return fromBase64(text);
  try {
    const key = createPublicKey(await readFile(text));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new UsageError(`--key: no public key in ${text}`, { cause });
  }
  throw new UsageError('--key: only Ed25519 keys sign releases');
}

/** The keys that this program knows. */
export function knownKeys(): readonly KeyObject[] {
  return releaseKeys.map(fromBase64);
}

function fromBase64(text: string): KeyObject {
  const x = Buffer.from(text, 'base64').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
