// JSON of a request body: bounded depth, no exception.
import { limits } from '@parley/protocol';
import { isDeeperThan } from '@parley/protocol/codec';

/** The value, or that there is none. */
export function decodeJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  if (isDeeperThan(text, limits.maxJsonDepth)) return { ok: false };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
