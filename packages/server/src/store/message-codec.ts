// A message's row ⇄ the blob that the store keeps of it. The clear header is packed, the tail follows byte for byte.
// It promises that a row comes back as it was written; the tail must never be looked into.
import type { AccountId, ConversationId, MessageId, MessageKind } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { blank } from './blank.ts';
import type { MessageRow } from './store.ts';
import { ValueReader, ValueWriter } from './values.ts';

const bodyVersion = 1;
const flagExpires = 1;
const flagDeleted = 2;
const flagRequest = 4;
const flagHidden = 8;
/** Numbers of the kinds on disk: never changed, only added to. */
const kindNumbers: Readonly<Record<MessageKind, number>> = {
  content: 1,
  quiet: 2,
  delete: 3,
  timer: 4,
  setting: 5,
  members: 6,
};
const kindByNumber = new Map(Object.entries(kindNumbers).map(([kind, number]) => [number, kind as MessageKind]));
const headBytes = 128;
const nothing = new Uint8Array(0);
const nobody: readonly AccountId[] = Object.freeze([]);

/** Conversation, seq, when it is due to be blanked, and everything else as one blob. */
export function writeMessage(out: ValueWriter, row: MessageRow): void {
  out.name(row.conversation);
  out.integer(row.seq);
  out.integer(row.deletedBy === null ? row.expiresAt : null);
  const start = out.beginBlob();
  writeBody(out, row);
  out.endBlob(start);
}

/** Conversation, seq and blob. The tail is a view of the bytes that are read. */
export function readMessage(from: ValueReader): MessageRow {
  const conversation = from.text() as ConversationId;
  const seq = from.integer();
  const end = from.enterBlob();
  assert(end !== null, 'a message has a body');
  return readBody(from, { conversation, seq, end });
}

/** The blob of the same message without its content: it expired. */
export function blankedBody(body: Uint8Array): Uint8Array {
  const from = new ValueReader(body);
  const row = readBody(from, { conversation: '' as ConversationId, seq: 0, end: body.length });
  const out = new ValueWriter(body.length + 1);
  writeBody(out, blank(row, 0));
  return out.take(0);
}

/** Everything but conversation, seq and tail, where those stand beside it. */
export function messageHead(row: MessageRow): Uint8Array {
  const out = new ValueWriter(headBytes);
  writeBody(out, { ...row, tail: nothing });
  return out.take(0);
}

/** The message of such a head. */
export function messageFrom(
  place: Pick<MessageRow, 'conversation' | 'seq'>,
  head: Uint8Array,
  tail: Uint8Array,
): MessageRow {
  return { ...readBody(new ValueReader(head), { ...place, end: head.length }), tail };
}

function writeBody(out: ValueWriter, row: MessageRow): void {
  let flags = row.request ? flagRequest : 0;
  if (row.expiresAt !== null) flags |= flagExpires;
  if (row.deletedBy !== null) flags |= flagDeleted;
  if (row.hiddenFrom.length > 0) flags |= flagHidden;
  out.byte(bodyVersion);
  out.byte(flags);
  out.byte(kindNumbers[row.kind]);
  out.varint(row.ord);
  out.varint(row.lamport);
  out.varint(row.memberN);
  out.varint(row.time);
  if (row.expiresAt !== null) out.varint(row.expiresAt);
  if (row.deletedBy !== null) out.varint(row.deletedBy);
  out.id(row.id);
  out.bareText(row.sender);
  if (row.hiddenFrom.length > 0) {
    out.varint(row.hiddenFrom.length);
    for (const account of row.hiddenFrom) out.bareText(account);
  }
  out.bytes(row.tail);
}

function readBody(
  from: ValueReader,
  place: { readonly conversation: ConversationId; readonly seq: number; readonly end: number },
): MessageRow {
  assert(from.byte() === bodyVersion, 'a message is stored in a form that this program knows');
  const flags = from.byte();
  const kind = kindByNumber.get(from.byte());
  assert(kind !== undefined, 'a message is of a kind that this program knows');
  const ord = from.varint();
  const lamport = from.varint();
  const memberN = from.varint();
  const time = from.varint();
  const expiresAt = flags & flagExpires ? from.varint() : null;
  const deletedBy = flags & flagDeleted ? from.varint() : null;
  const id = from.id() as MessageId;
  const sender = from.text() as AccountId;
  const hiddenFrom = flags & flagHidden ? readAccounts(from) : nobody;
  const { conversation, seq, end } = place;
  const request = (flags & flagRequest) !== 0;
  const tail = from.until(end);
  return {
    conversation,
    seq,
    ord,
    id,
    sender,
    kind,
    lamport,
    memberN,
    time,
    expiresAt,
    deletedBy,
    hiddenFrom,
    request,
    tail,
  };
}

function readAccounts(from: ValueReader): readonly AccountId[] {
  return Array.from({ length: from.varint() }, () => from.text() as AccountId);
}
