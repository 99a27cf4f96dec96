// The newest counted record at or below a seq. Watermarks stand on counted records only: a reaction, an edit or a change
// of members moves no tick, so nobody can learn from it that a device is awake. Seqs are dense and ord rises with them,
// so it is found by halving.
import type { ConversationId } from '@parley/protocol';
import type { MessageRow } from '../store/store.ts';
import type { LiveRows } from './parts.ts';

/** Its seq, or 0 when there is none above `above`. Waits only for rows that are not at hand. */
export function newestCounted(
  rows: LiveRows,
  conversation: ConversationId,
  above: number,
  upTo: number,
): number | Promise<number> {
  if (upTo <= above) return 0;
  return typeof rows.counted(conversation, upTo) === 'string' ? upTo : search(rows, conversation, above, upTo);
}

async function search(rows: LiveRows, conversation: ConversationId, above: number, upTo: number): Promise<number> {
  const at = async (seq: number): Promise<MessageRow | undefined> => rows.get('messages', [conversation, seq]);
  const top = await at(upTo);
  if (top?.kind === 'content') return upTo;
  const ord = top?.ord ?? 0;
  let low = above;
  let high = upTo;
  if (ord === 0 || (low > 0 && (await at(low))?.ord === ord)) return 0;
  // Above `low` ord is lower, at `high` it is `ord`: the record that raised it lies between.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((await at(middle))?.ord === ord) high = middle;
    else low = middle;
  }
  return high;
}
