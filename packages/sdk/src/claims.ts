// What other devices have seen: the hash of every record is kept with it, and what its author says to have seen waits
// until it can be compared (`doubts.ts`). [ENC]
import type { Envelope } from '@parley/protocol';
import type { Draft } from './draft.ts';
import type { Witness } from './ports.ts';
import { type ClaimRow, type ConversationRow, keys, type MessageRow } from './rows.ts';
import { recordHash } from './witness.ts';

/** Keeps the hash of a record with it. Of what is gone the server only says it: what this device knows itself counts more. */
export async function takeHash(draft: Draft, envelope: Envelope): Promise<void> {
  const { conversation_id: id, seq } = envelope;
  if (!isWitnessed(draft.conversation(id))) return;
  if (envelope.deleted_by !== undefined && (await draft.hashOf(id, seq)) !== null) return;
  const hash = recordHash(envelope);
  if (hash !== null) draft.setHash(id, seq, hash);
}

/** Keeps what the author of a message says to have seen, unless it was this very device. */
export function takeClaim(draft: Draft, message: MessageRow, witness: Witness | null | undefined): void {
  const { conversation: id, seq: at, sender: by, device, storedAt } = message;
  if (!witness || !isWitnessed(draft.conversation(id))) return;
  const me = draft.tables.fact('me');
  if (me?.account === by && me.device === device) return;
  const claim: ClaimRow = { at, by, witness, storedAt, ...(device && { device }) };
  draft.put('claims', keys.claim(id, claim), claim);
}

function isWitnessed(row: ConversationRow | null): boolean {
  return row?.server.kind === 'direct' || row?.server.kind === 'group';
}
