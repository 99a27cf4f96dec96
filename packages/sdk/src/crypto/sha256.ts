// SHA-256 at once, without waiting: for what is hashed record by record while a batch is taken in. Apart from the other
// primitives, so that a page can be drawn before those are loaded.
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** Of a text in UTF-8. */
export function hashOf(text: string): Uint8Array {
  return nobleSha256(new TextEncoder().encode(text));
}

/** Of bytes that come one after the other. */
export function hashing(): { update(bytes: Uint8Array): unknown; digest(): Uint8Array } {
  return nobleSha256.create();
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}
