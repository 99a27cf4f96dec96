// What is kept of a frame and said to the server again has to be a number: one that is missing or makes no sense would
// stay in the store, and with it nothing could be written into its conversation any more. [ENC]
import type { FrameDown } from '@parley/protocol';

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
      return all(frame.items, ofConversations);
    default:
      return true;
  }
}

function all(items: unknown, names: readonly string[]): boolean {
  return Array.isArray(items) && items.every((item) => counts(item, names));
}

function counts(part: unknown, names: readonly string[]): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const values = part as Readonly<Record<string, unknown>>;
  return names.every((name) => Number.isSafeInteger(values[name]) && (values[name] as number) >= 0);
}
