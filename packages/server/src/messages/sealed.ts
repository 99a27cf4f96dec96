// The shape of ciphertext, as far as a server can see it: `1.`, the id of a Megolm session, `.`, and a Megolm message. It
// keeps a client that forgot to encrypt from saying something readable; it proves nothing about a hostile one.
import { limits as wire } from '@parley/protocol';

const version = '1.';
const dot = 46;
/** Base64 without padding of a session's id, 32 bytes. */
const sessionCharacters = 43;
const headCharacters = version.length + sessionCharacters + 1;
/** Version, index, one block of ciphertext, authentication and signature: 93 bytes. */
const leastMessageCharacters = 124;
const messageVersion = 3;
/** What was read last: nobody looks at it but for the first byte. */
const bytes = new Uint8Array(Math.ceil((wire.maxContentBytes * 3) / 4));

/** Does it look sealed? Every character is looked at, and no memory is kept. */
export function isSealed(content: string): boolean {
  const { length } = content;
  if (length < headCharacters + leastMessageCharacters || length > wire.maxContentBytes) return false;
  if (!content.startsWith(version) || content.charCodeAt(headCharacters - 1) !== dot) return false;
  return (
    isBase64(content.slice(version.length, headCharacters - 1)) &&
    isBase64(content.slice(headCharacters)) &&
    bytes[0] === messageVersion
  );
}

/** All of it, without padding or spaces; decoded into `bytes`. */
function isBase64(text: string): boolean {
  if (text.length % 4 === 1) return false;
  try {
    // What is skipped on the way, a space or a `=`, leaves fewer bytes than there are characters for.
    return bytes.setFromBase64(text).written === Math.floor((text.length * 3) / 4);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
