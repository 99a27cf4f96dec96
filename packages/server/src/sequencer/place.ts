// Gives an allowed record its place: the next seq, ord and Lamport time of its conversation, its row and its id
// row. Pure. It must never be reached by a record that was not allowed: seq has no holes.
import type { MessageKind } from '@parley/protocol';
import { maxLamportLeap } from '../kernel/limits.ts';
import type { Entry } from '../log/log.ts';
import type { ConversationRow, MessageRow } from '../store/store.ts';
import type { MembersRecord, MessageRecord } from './record.ts';
import { type Effects, none } from './view.ts';

/** What the row of a record is made of, beside its place. */
export interface RowParts {
  readonly kind: MessageKind;
  readonly tail: Uint8Array;
}

/** What a record does beside taking its place. */
export type Aftermath = Partial<Pick<Effects, 'others' | 'joined' | 'left' | 'concerned'>>;

/** The effects of an allowed record on `state`, which already holds what the record itself decides. */
export function place(
  logId: string,
  entry: Entry,
  record: MessageRecord | MembersRecord,
  state: ConversationRow,
  parts: RowParts,
  aftermath?: Aftermath,
): Effects {
  const counts = parts.kind === 'content';
  const conversation = {
    ...state,
    seq: state.seq + 1,
    ord: counts ? state.ord + 1 : state.ord,
    lamport: Math.max(state.lamport, Math.min(record.lamport, state.lamport + maxLamportLeap)) + 1,
    time: entry.time,
    offset: entry.offset,
  };
  return {
    verdict: { state: 'accepted', seq: conversation.seq, repeat: false },
    conversation,
    message: rowOf(entry, record, conversation, parts),
    id: {
      conversation: state.conversation,
      sender: record.sender,
      id: record.id,
      seq: conversation.seq,
      code: '',
      logId,
      offset: entry.offset,
    },
    others: aftermath?.others ?? none,
    joined: aftermath?.joined ?? none,
    left: aftermath?.left ?? none,
    concerned: aftermath?.concerned ?? none,
    fault: null,
  };
}

function rowOf(
  entry: Entry,
  record: MessageRecord | MembersRecord,
  conversation: ConversationRow,
  { kind, tail }: RowParts,
): MessageRow {
  const expires = kind === 'content' && conversation.timerSeconds > 0;
  return {
    conversation: conversation.conversation,
    seq: conversation.seq,
    ord: conversation.ord,
    id: record.id,
    sender: record.sender,
    kind,
    lamport: conversation.lamport,
    memberN: conversation.memberN,
    time: entry.time,
    expiresAt: expires ? entry.time + conversation.timerSeconds * 1000 : null,
    deletedBy: null,
    hiddenFrom: record.type === 'message' ? record.hiddenFrom : none,
    request: !conversation.accepted,
    tail,
  };
}

/** The tail with further JSON members behind it. */
export function extendTail(tail: Uint8Array, members: string): Uint8Array {
  return Buffer.concat([tail, Buffer.from(tail.length > 0 ? `,${members}` : members)]);
}
