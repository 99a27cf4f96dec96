// Bytes as text, without padding. Reading is strict: every text stands for bytes that are written as that same text, so
// a text cannot be changed without changing what it says.

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const alphabets = { base64: `${letters}+/`, base64url: `${letters}-_` } as const;
export type Alphabet = keyof typeof alphabets;

/** The value of each sign by its code; 64 for what is none. */
const values = { base64: valuesOf(alphabets.base64), base64url: valuesOf(alphabets.base64url) } as const;

/** The bytes as text. */
export function encodeBytes(bytes: Uint8Array, alphabet: Alphabet = 'base64'): string {
  const signs = alphabets[alphabet];
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const left = bytes.length - i;
    text += (signs[group >> 18] as string) + (signs[(group >> 12) & 63] as string);
    if (left > 1) text += signs[(group >> 6) & 63] as string;
    if (left > 2) text += signs[group & 63] as string;
  }
  return text;
}

/** The bytes of a text, or null when no bytes are written like this. */
export function decodeBytes(text: string, alphabet: Alphabet = 'base64'): Uint8Array | null {
  const known = values[alphabet];
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = known[text.charCodeAt(i)] ?? 64;
    if (value > 63) return null;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
  }
  // A single sign more than whole bytes, or bits beyond the last byte: a second spelling of the same bytes.
  return bits === 6 || (held & ((1 << bits) - 1)) !== 0 ? null : bytes;
}

function valuesOf(signs: string): Uint8Array {
  const values = new Uint8Array(128).fill(64);
  for (let value = 0; value < signs.length; value++) values[signs.charCodeAt(value)] = value;
  return values;
}

/** Of exactly so many bytes, or null. */
export function decodeExactly(length: number, text: unknown, alphabet: Alphabet = 'base64'): Uint8Array | null {
  if (typeof text !== 'string' || text.length > 2 * length) return null;
  const bytes = decodeBytes(text, alphabet);
  return bytes?.length === length ? bytes : null;
}
