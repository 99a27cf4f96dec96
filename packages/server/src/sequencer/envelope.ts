// A row of history → the frame that every device gets. Built by concatenation: the clear header in front of
// the tail, whose bytes go through untouched. It must never parse or build JSON of content.
import type { MessageRow } from '../store/store.ts';
import { rfc3339 } from './rfc3339.ts';

/**
 * The `message` frame of a row as JSON text in UTF-8. Ids are ASCII without quotes, so they need no escaping.
 * A blanked row shows its place, who sent it, the seq of the delete (0: it expired) and the hash of what was sealed.
 */
export function encodeEnvelope(row: MessageRow): Uint8Array {
  const head = header(row);
  const bytes = Buffer.allocUnsafe(head.length + row.tail.length + 1);
  bytes.write(head, 0, 'latin1');
  bytes.set(row.tail, head.length);
  bytes[bytes.length - 1] = 0x7d;
  return bytes;
}

function header(row: MessageRow): string {
  const storedAt = rfc3339(row.time);
  let text =
    `{"type":"message","conversation_id":"${row.conversation}","seq":${row.seq},"ord":${row.ord},"id":"${row.id}",` +
    `"sender":"${row.sender}","kind":"${row.kind}","lamport":${row.lamport},"stored_at":"${storedAt}","member_n":${row.memberN}`;
  if (row.expiresAt !== null) text += `,"expires_at":"${rfc3339(row.expiresAt)}"`;
  if (row.deletedBy !== null) text += `,"deleted_by":${row.deletedBy},"timestamp":"${storedAt}"`;
  if (row.request) text += ',"request":true';
  return row.tail.length > 0 ? `${text},` : text;
}
