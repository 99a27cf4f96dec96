// SHA-256 at once, without waiting: for what is hashed record by record while a batch is taken in. Apart from the other
// primitives, so that a page can be drawn before those are loaded.
import { sha256 } from '@noble/hashes/sha2.js';

/** Of bytes, or of a text in UTF-8. */
export function hashOf(value: Uint8Array | string): Uint8Array {
  return sha256(typeof value === 'string' ? new TextEncoder().encode(value) : value);
}
