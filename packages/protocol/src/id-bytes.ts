// Ids from bytes and back. Needs no schema library, so a browser can carry it alone. Whoever makes an id
// brings the randomness.
import type { MessageId } from './ids.ts';

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Base64url without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const characters = Math.min(bytes.length - i, 3) + 1;
    for (let k = 0; k < characters; k++) text += base64url[(group >> (18 - 6 * k)) & 63];
  }
  return text;
}

/** An id of the given kind from 16 bytes. */
export function idFromBytes(prefix: 'a' | 'd' | 'c' | 'i' | 'r', bytes: Uint8Array): string {
  return `${prefix}_${encodeBase64url(bytes.subarray(0, 16))}`;
}

/** A UUID of version 7 for the given time in milliseconds and ten random bytes (RFC 9562, section 5.7). */
export function uuid7FromBytes(timeMs: number, random: Uint8Array): MessageId {
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(timeMs / 2 ** (40 - 8 * i)) & 255;
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as MessageId;
}

/** The time in a UUID of version 7, in milliseconds. */
export function uuid7Time(id: MessageId): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
