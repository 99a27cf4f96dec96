// A message's row without its content, when somebody deleted it or it expired. What was sealed leaves the hash of its
// ciphertext, so that whoever comes later can still compute what others have witnessed; of what was readable nothing may
// be left, for a short text is found again by its hash. [ENC192]
import { createHash } from 'node:crypto';
import type { Envelope } from '@parley/protocol';
import type { MessageRow } from './store.ts';

/** `deletedBy`: the seq of the delete, 0 when it expired. Deterministic; a row that is blank already stays as it is. */
export function blank(row: MessageRow, deletedBy: number): MessageRow {
  if (row.deletedBy !== null) return row;
  const { content = '', format } = JSON.parse(`{${Buffer.from(row.tail).toString()}}`) as Partial<Envelope>;
  const tail = format === 'sealed' ? `"body_hash":"${createHash('sha256').update(content).digest('base64url')}"` : '';
  return { ...row, tail: new TextEncoder().encode(tail), deletedBy };
}
