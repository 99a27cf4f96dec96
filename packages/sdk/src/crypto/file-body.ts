// The body of a file message, read with care: what must be right to find and open the file, or it is no file; what only
// helps to show it is left out where it is wrong. [MED]
import type { BlobId, FileBody } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';

const looks = ['image', 'video', 'audio', 'voice'];
const maxThumbCharacters = Math.ceil(limits.maxThumbBytes / 3) * 4;

/** Null for what is none. */
export function readFileBody(fields: Readonly<Record<string, unknown>>): FileBody | null {
  const { look, blob, key, bytes, name, media_type, width, height, duration_ms, thumb, text, reply_to, forwarded } =
    fields;
  if (!isText(blob, 24, /^b_[\w-]{22}$/) || !isText(key, 43, /^[\w-]{43}$/)) return null;
  if (!isWhole(bytes, 0, limits.maxFileBytes) || !isText(name, limits.maxFileNameCharacters)) return null;
  if (!isText(media_type, limits.maxMediaTypeCharacters)) return null;
  return {
    type: 'file',
    // One that this client does not know is offered to be saved.
    look: looks.includes(look as string) ? (look as FileBody['look']) : 'file',
    ...{ blob: blob as unknown as BlobId, key, bytes, name, media_type },
    ...(isWhole(width, 1, limits.maxFilePixels) && { width }),
    ...(isWhole(height, 1, limits.maxFilePixels) && { height }),
    ...(isWhole(duration_ms, 0) && { duration_ms }),
    ...(isText(thumb, maxThumbCharacters, /^[A-Za-z0-9+/]+={0,2}$/) && { thumb }),
    ...(isText(text, limits.maxTextCharacters) && { text }),
    ...(isWhole(reply_to, 1) && { reply_to }),
    ...(isWhole(forwarded, 1) && { forwarded: Math.min(forwarded, 100) }),
  };
}

function isText(value: unknown, most: number, pattern = /./s): value is string {
  return typeof value === 'string' && value.length <= most && pattern.test(value);
}

function isWhole(value: unknown, least: number, most = limits.maxInteger): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}
