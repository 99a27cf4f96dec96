// Ed25519 and its keys by WebCrypto, for what is signed and checked as soon as somebody is in a group. Apart from the other
// primitives, so that a page can be drawn before those are loaded. Bytes in, bytes out, nothing kept.

export type Bytes = Uint8Array<ArrayBuffer>;
/** The frame of a private key of 32 bytes (RFC 8410); its twelfth byte says for what. */
const pkcs8 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x00, 0x04, 0x22, 0x04, 0x20];
const curves = {
  X25519: { algorithm: 0x6e, usage: 'deriveBits' },
  Ed25519: { algorithm: 0x70, usage: 'sign' },
} as const;

/** Bytes of UTF-8. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** The public half of a private key of 32 bytes. */
export async function publicHalf(curve: 'X25519' | 'Ed25519', secret: Uint8Array): Promise<string> {
  const { x } = await crypto.subtle.exportKey('jwk', await privateKey(curve, secret));
  if (x === undefined) throw new Error(`this host exports no ${curve} keys`);
  return x.replaceAll('-', '+').replaceAll('_', '/');
}

/** Ed25519 (RFC 8032), 64 bytes. */
export async function signBytes(secret: Uint8Array, bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, await privateKey('Ed25519', secret), own(bytes)));
}

/** False also for a key that is none. */
export async function verifyBytes(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const name = 'Ed25519';
  try {
    const key = await crypto.subtle.importKey('raw', own(publicKey), { name }, false, ['verify']);
    return await crypto.subtle.verify({ name }, key, own(signature), own(bytes));
  } catch (error) {
    if ((error as Error).name === 'DataError' || (error as Error).name === 'OperationError') return false;
    throw error;
  }
}

function privateKey(name: 'X25519' | 'Ed25519', secret: Uint8Array): Promise<CryptoKey> {
  const bytes = new Uint8Array([...pkcs8, ...exactly(32, secret)]);
  bytes[11] = curves[name].algorithm;
  return crypto.subtle.importKey('pkcs8', bytes, { name }, true, [curves[name].usage]);
}

/** A copy in memory of its own, as the host wants it. */
export function own(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}

/** The same bytes, of which there must be so many. */
export function exactly(length: number, bytes: Uint8Array): Bytes {
  if (bytes.length !== length) throw new RangeError(`${length} bytes are needed, not ${bytes.length}`);
  return own(bytes);
}
