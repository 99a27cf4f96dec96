// A message ⇄ its cells: the head for ever, the tail for as long as the message lives, and what is left of it then. The
// engine drops the tail of what expired by itself; no reader gets one whose time is over, dropped or not. Pure.
import type { ConversationId } from '@parley/protocol';
import type { Row, Statement } from '../engines/cassandra-session.ts';
import { maxCassandraSeconds } from '../kernel/engine-limits.ts';
import { blank } from './blank.ts';
import { bucketOf } from './cassandra-tables.ts';
import { messageFrom, messageHead } from './message-codec.ts';
import type { MessageRow } from './store.ts';

/** Columns of a message, as `messageRow` reads them. */
export const messageColumns = 'conversation, seq, head, tail, rest';

/** How it is put into the table: statements of one partition. */
export function putMessage(table: string, row: MessageRow, now: number): readonly Statement[] {
  const key = [row.conversation, bucketOf(row.seq), row.seq];
  const put = (column: string, value: Uint8Array): Statement => ({
    query: `INSERT INTO ${table} (conversation, bucket, seq, head, ${column}) VALUES (?, ?, ?, ?, ?)`,
    params: [...key, messageHead(row), value],
  });
  if (row.expiresAt === null || row.deletedBy !== null) return [put('tail', row.tail)];
  const lasting = put('rest', restOf(row));
  if (row.expiresAt < now) return [lasting];
  const seconds = Math.ceil((row.expiresAt - now) / 1_000) + 1;
  const query = `UPDATE ${table} USING TTL ? SET tail = ? WHERE conversation = ? AND bucket = ? AND seq = ?`;
  return [lasting, { query, params: [seconds > maxCassandraSeconds ? 0 : seconds, row.tail, ...key] }];
}

/** What is left when its time is over: of what cannot be understood, nothing. */
function restOf(row: MessageRow): Uint8Array {
  try {
    return blank(row, 0).tail;
  } catch (error) {
    if (error instanceof SyntaxError) return nothing;
    throw error;
  }
}

/** What was put, without content when its time is over. */
export function messageRow(found: Row, now: number): MessageRow {
  const place = { conversation: found.conversation as ConversationId, seq: Number(found.seq) };
  const row = messageFrom(place, found.head as Uint8Array, (found.tail ?? nothing) as Uint8Array);
  if (row.expiresAt === null || row.deletedBy !== null) return row;
  if (found.tail !== null && row.expiresAt >= now) return row;
  return { ...row, deletedBy: 0, tail: (found.rest ?? nothing) as Uint8Array };
}

const nothing = new Uint8Array(0);
