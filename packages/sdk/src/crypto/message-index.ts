// Which message of its session a Megolm ciphertext is: that stands readable at its head.
import { decodeBytes } from './base64.ts';

/** From 0: a version, a tag, a varint. Null: it is no such ciphertext. */
export function messageIndex(ciphertext: string): number | null {
  const [, tag, ...rest] = decodeBytes(ciphertext.slice(0, 12)) ?? [];
  if (tag !== 8) return null;
  let index = 0;
  for (const [at, byte] of rest.entries()) {
    index += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return index;
  }
  return index;
}
