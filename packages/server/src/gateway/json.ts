// JSON of a request body: UTF-8 as it is, bounded depth, no exception.
import { limits } from '@parley/protocol';
import { isDeeperThan } from '@parley/protocol/codec';

type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** The value, or that there is none. */
export function decodeJson(text: string): Decoded {
  if (isDeeperThan(text, limits.maxJsonDepth)) return { ok: false };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The same of bytes. What is not UTF-8 is never replaced by something that nobody wrote. */
export function decodeJsonBytes(bytes: Uint8Array): Decoded {
  try {
    return decodeJson(utf8.decode(bytes));
  } catch {
    return { ok: false };
  }
}
