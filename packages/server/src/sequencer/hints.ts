// What the applied record means for those who are connected: hints for the bus, in the order of the log. Pure. It must
// never name an account that may not have the record.
import type { AccountId } from '@parley/protocol';
import type { Hint, StandsAt } from '../bus/bus.ts';
import type { ConversationRow, MessageRow } from '../store/store.ts';
import { encodeEnvelope } from './envelope.ts';
import type { Verdict } from './record.ts';
import type { Identity } from './record-codec.ts';
import { type Effects, none } from './view.ts';

/** A record got its seq: for the members before and after it, whom it is not hidden from. In rooms: whoever is in. */
export function envelopeHint(row: MessageRow, state: ConversationRow, { joined, left }: Effects): Hint {
  return {
    type: 'envelope',
    conversation: row.conversation,
    seq: row.seq,
    memberN: row.memberN,
    sender: row.sender,
    counts: row.kind === 'content',
    recipients: recipients(row, state, left),
    joined,
    left,
    after: isPlain(row) ? standsAt(state) : null,
    frame: encodeEnvelope(row),
  };
}

function standsAt({ ord, lamport, time, offset }: ConversationRow): StandsAt {
  return { ord, lamport, time, offset };
}

/** Did it move nothing but what every record moves? In a direct conversation only when both had written before. */
function isPlain({ kind }: MessageRow): boolean {
  return kind === 'setting' || kind === 'content' || kind === 'quiet';
}

/** A repeat: its sender, and nobody else, gets the record again. */
export function echoHint(row: MessageRow): Hint {
  return {
    type: 'envelope',
    conversation: row.conversation,
    seq: row.seq,
    memberN: row.memberN,
    sender: row.sender,
    counts: row.kind === 'content',
    recipients: [row.sender],
    joined: none,
    left: none,
    after: null,
    frame: encodeEnvelope(row),
  };
}

/** What became of a record. */
export function verdictHint({ conversation, sender, id }: Identity, verdict: Verdict): Hint {
  return { type: 'verdict', conversation, sender, id, verdict };
}

function recipients(
  row: MessageRow,
  { members }: ConversationRow,
  left: readonly AccountId[],
): readonly AccountId[] | null {
  if (members === null) return null;
  const accounts = [...members.keys()];
  if (left.length > 0) accounts.push(...left);
  return row.hiddenFrom.length === 0 ? accounts : accounts.filter((account) => !row.hiddenFrom.includes(account));
}
