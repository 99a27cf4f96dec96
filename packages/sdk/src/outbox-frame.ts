// Hop 1: what a row of the outbox looks like on the wire, and what it means when it cannot get there. Pure. [OUT]
import type { SendMessage } from '@parley/protocol';
import { ChatError, isFinal } from './error.ts';
import { isUnsettled, type Past, type RowEvent, type RowState } from './outbox-row.ts';
import type { SealedRow } from './outbox-seals.ts';
import type { OutboxRow } from './rows.ts';
import { rfc3339 } from './time.ts';

/** The frame of a row whose content, if it has any, is sealed. */
export function frameOf(row: OutboxRow, past: Past, sealed: SealedRow | null): SendMessage {
  const { body = null, value = null } = sealed ?? {};
  return {
    type: 'message',
    id: row.id,
    conversation_id: row.conversation,
    ...(row.kind !== 'content' && { kind: row.kind }),
    ...(body && { content: body.content }),
    ...(body && body.format !== 'text' && { format: body.format }),
    timestamp: rfc3339(row.timestamp),
    lamport: row.lamport,
    ...(!past.written && { first: true }),
    ...(row.mentions && { mentions: [...row.mentions] }),
    ...(row.blobs && { blobs: [...row.blobs] }),
    ...(body?.memberN !== undefined && { member_n: body.memberN }),
    ...(body?.keysN !== undefined && { keys_n: body.keysN }),
    ...(row.targets && { targets: [...row.targets] }),
    ...(row.seconds !== undefined && { seconds: row.seconds }),
    ...(row.key !== undefined && { key: row.key }),
    ...(row.value !== undefined && { value: value ?? row.value }),
  };
}

/** The row with what people are to know of its way. */
export function keptRow(before: OutboxRow, state: RowState): OutboxRow {
  const { unsettled: _, ...row } = before;
  const { past } = state;
  const error = state.name === 'rejected' ? state.code : null;
  return { ...row, ticked: past.ticked, error, ...(error === null && isUnsettled(past) && { unsettled: true }) };
}

/** Not now; or, when the server has said so for good, not at all. */
export function unsealed(error: unknown): RowEvent {
  if (!(error instanceof ChatError) || !isFinal(error)) return { type: 'unsealed' };
  const { code, advice } = error;
  return { type: 'refused', code, advice, retryAfterMs: null };
}
