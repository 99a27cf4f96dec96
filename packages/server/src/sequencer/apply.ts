// (view, entry, record) → effects: the pure heart. Identity first, then permission, then a place. Its inputs are log
// records and rows it wrote itself. It is total: what it cannot apply gets the stored verdict `internal`, and the
// rest flows. It must never ask a clock, a random source, a setting or a block list.
import type { ErrorCode } from '@parley/protocol';
import type { Entry } from '../log/log.ts';
import { applyMembers } from './apply-members.ts';
import { applyMessage } from './apply-message.ts';
import { pastVerdict } from './identity.ts';
import type { ControlRecord, LogRecord, MembersRecord, MessageRecord } from './record.ts';
import type { Identity } from './record-codec.ts';
import { type Effects, unchanged, type View } from './view.ts';

/** What a record does. The same record on the same rows has the same effects, always. */
export function apply(view: View, entry: Entry, record: LogRecord): Effects {
  if (record.type === 'control') return applyControl(record);
  try {
    const past = pastVerdict(view, entry, record);
    if (past !== null) return past;
    const outcome = decide(view, entry, record);
    return typeof outcome === 'string' ? rejection(view, entry, record, outcome) : outcome;
  } catch (fault) {
    return { ...rejection(view, entry, record, 'internal'), fault };
  }
}

/** The effects of bytes of which only the identity could be read. */
export function applyDamaged(view: View, entry: Entry, identity: Identity): Effects {
  return pastVerdict(view, entry, identity) ?? rejection(view, entry, identity, 'internal');
}

function decide(view: View, entry: Entry, record: MessageRecord | MembersRecord): Effects | ErrorCode {
  return record.type === 'message' ? applyMessage(view, entry, record) : applyMembers(view, entry, record);
}

/** Stored and final: the same identity is refused again, whatever changes later. */
function rejection(view: View, entry: Entry, identity: Identity, code: ErrorCode): Effects {
  const { conversation, sender, id } = identity;
  return {
    ...unchanged({ state: 'rejected', code, repeat: false }),
    id: { conversation, sender, id, seq: 0, code, logId: view.logId, offset: entry.offset },
  };
}

/** A control record leaves a fact. That this program can read the announced version is checked by the reader. */
function applyControl(record: ControlRecord): Effects {
  const name = record.control === 'epoch' ? 'epoch' : 'record_version';
  return { ...unchanged(null), others: [{ table: 'facts', row: { name, value: String(record.value) } }] };
}
