// Up to where this account has read, as this device knows it. It only rises. [RCP]
import type { ConversationId } from '@parley/protocol';
import { readOf } from './merge.ts';
import type { Replica } from './replica.ts';
import { keys, put, type ReadRow } from './rows.ts';
import { readDown } from './timeline-rows.ts';

/** A lower seq than before changes nothing. */
export async function markRead(replica: Replica, id: ConversationId, seq: number): Promise<void> {
  const row = replica.tables.conversations.get(id);
  if (row === undefined) return;
  const upTo = Math.min(seq, row.head);
  if (upTo <= readOf(row, replica.tables.reads.get(id) ?? null).seq) return;
  const [below] = await readDown(replica.store, id, { from: 1, to: upTo, limit: 1 });
  const ord = upTo === row.head ? row.ord : below?.behind === undefined ? below?.ord : undefined;
  if (ord === undefined) return;
  const read: ReadRow = { seq: upTo, ord };
  if (upTo > (replica.tables.reads.get(id)?.seq ?? 0)) await replica.commit([put('marks', keys.read(id), read)]);
}
