// What is kept of a frame and said to the server again has to make sense: a number that does not would stay in the
// store, and with it nothing could be written into its conversation any more; with a `since` that fits no `hello` the
// server would take this device for one that is not signed in. [ENC]
import type { FrameDown } from '@parley/protocol';
import { maxSinceCharacters } from '@parley/protocol/limits';

const ofRecords = ['seq', 'ord', 'lamport', 'member_n'] as const;
const ofPages = ['from_seq', 'to_seq', 'head'] as const;
const ofConversations = ['head', 'ord', 'read', 'read_ord', 'member_n', 'joined_seq'] as const;

/** Whether it can be kept; any frame that holds none of this can. */
export function isWhole(frame: FrameDown): boolean {
  switch (frame.type) {
    case 'message':
      return counts(frame, ofRecords);
    case 'messages':
      return counts(frame, ofPages) && all(frame.items, ofRecords);
    case 'changes':
      return isSince(frame.since) && all(frame.items, ofConversations);
    default:
      return true;
  }
}

function isSince(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= maxSinceCharacters;
}

function all(items: unknown, names: readonly string[]): boolean {
  return Array.isArray(items) && items.every((item) => counts(item, names));
}

function counts(part: unknown, names: readonly string[]): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const values = part as Readonly<Record<string, unknown>>;
  return names.every((name) => Number.isSafeInteger(values[name]) && (values[name] as number) >= 0);
}
