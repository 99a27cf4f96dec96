// The shape of ciphertext, as far as a server can see it: `1.`, the id of a Megolm session, and a Megolm message. It
// keeps a client that forgot to encrypt from saying something readable; it proves nothing about a hostile one.
import { limits as wire } from '@parley/protocol';

/** `1.` + 43 characters of base64 + `.`; then a message whose first byte is its version, 3. */
const shape = /^1\.[A-Za-z0-9+/]{43}\.A[w-z0-9+/][A-Za-z0-9+/]+$/;
const headCharacters = 46;
/** Version, index, one block of ciphertext, authentication and signature: 93 bytes. */
const leastMessageCharacters = 124;

/** Does it look sealed? Costs no memory. */
export function isSealed(content: string): boolean {
  const { length } = content;
  if (length < headCharacters + leastMessageCharacters || length > wire.maxContentBytes) return false;
  // Base64 never has one character over.
  return (length - headCharacters) % 4 !== 1 && shape.test(content);
}
