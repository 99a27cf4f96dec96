// LogRecord ⇄ bytes, between the gateway that appends and the sequencer that applies.
// It promises that a record comes back as it was, and that the tail is never parsed: it is a view of the same
// bytes. A record of a newer version stops the reader; it must never be skipped, rejected or guessed at.
import type { AccountId, ConversationId, DeviceId, MessageId, SignedEntry } from '@parley/protocol';
import { memberActions } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { Refused } from '../kernel/result.ts';
import type { Change, ControlRecord, LogRecord, MembersRecord, MessageRecord } from './record.ts';

/** Version of the records that this program writes; it reads all up to here. */
export const recordVersion = 1;

/** A record of a later program. Nothing after it may be applied by this one. */
export class NewerVersion extends Refused {
  override name = 'NewerVersion';
  constructor(version: number) {
    super(
      `The log holds records of version ${version}; this program knows up to ${recordVersion}. Start the newer program again.`,
    );
  }
}

/** Who said it, in which conversation, under which id. */
export interface Identity {
  readonly conversation: ConversationId;
  readonly sender: AccountId;
  readonly id: MessageId;
}

/** Bytes that are no record. `identity` is there when that much could be read. */
export class DamagedRecord extends Error {
  override name = 'DamagedRecord';
  readonly identity: Identity | null;
  constructor(reason: string, identity: Identity | null) {
    super(`A record cannot be read: ${reason}.`);
    this.identity = identity;
  }
}

const typeMessage = 1;
const typeMembers = 2;
const typeControl = 3;
const kinds = ['content', 'quiet', 'delete', 'timer', 'setting'] as const satisfies readonly MessageRecord['kind'][];
const controls = ['epoch', 'version'] as const satisfies readonly ControlRecord['control'][];
const flagFirst = 1;
const flagEntry = 2;
const fixedBytes = 20;
const maxByte = 255;
const none: readonly never[] = Object.freeze([]);

/** The record as bytes: version, type, kind, flags, Lamport, stamp, ids, what the kind needs, and the tail as it is. */
export function encodeRecord(record: LogRecord): Uint8Array {
  if (record.type === 'control') return encodeControl(record);
  const bytes = encodeHead(record, record.tail.length);
  bytes.set(record.tail, bytes.length - record.tail.length);
  return bytes;
}

/** The same of a message whose tail is a text: it is written in its place, and nowhere else before. */
export function encodeMessage(message: Omit<MessageRecord, 'tail'>, tail: string): Uint8Array {
  const tailBytes = Buffer.byteLength(tail);
  const bytes = encodeHead(message, tailBytes);
  bytes.write(tail, bytes.length - tailBytes);
  return bytes;
}

/** Everything but the tail, for which room is left at the end. */
function encodeHead(record: Omit<MessageRecord, 'tail'> | Omit<MembersRecord, 'tail'>, tailBytes: number): Buffer {
  const middle = record.type === 'message' ? messagePart(record) : membersPart(record);
  const ids = latin1(record.conversation) + latin1(record.sender) + latin1(record.id) + middle.text;
  const bytes = Buffer.allocUnsafe(fixedBytes + ids.length + middle.bytes.length + tailBytes);
  bytes[0] = recordVersion;
  bytes[1] = record.type === 'message' ? typeMessage : typeMembers;
  bytes[2] = record.type === 'message' ? kinds.indexOf(record.kind) : 0;
  bytes[3] = (record.first ? flagFirst : 0) | (record.type === 'members' && record.entry !== undefined ? flagEntry : 0);
  bytes.writeDoubleBE(record.lamport, 4);
  bytes.writeDoubleBE(record.stamp, 12);
  bytes.write(ids, fixedBytes, 'latin1');
  if (middle.bytes.length > 0) bytes.set(middle.bytes, fixedBytes + ids.length);
  return bytes;
}

/**
 * The record in these bytes; its tail is a view of them.
 * @throws {NewerVersion} the reader must stop
 * @throws {DamagedRecord} the bytes are no record
 */
export function decodeRecord(bytes: Uint8Array): LogRecord {
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view[0] ?? 0;
  if (version > recordVersion) throw new NewerVersion(version);
  if (version === 0) throw new DamagedRecord('it has no version', null);
  const reader = new Reader(view);
  if (view[1] === typeControl) return decodeControl(view);
  if (view[1] !== typeMessage && view[1] !== typeMembers) throw new DamagedRecord('its type is unknown', null);
  const addressed = decodeAddressed(view, reader);
  try {
    return view[1] === typeMessage ? decodeMessage(view, reader, addressed) : decodeMembers(view, reader, addressed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new DamagedRecord(reason, {
      conversation: addressed.conversation,
      sender: addressed.sender,
      id: addressed.id,
    });
  }
}

interface Addressed extends Identity {
  readonly lamport: number;
  readonly stamp: number;
  readonly first: boolean;
}

interface Middle {
  readonly text: string;
  readonly bytes: Uint8Array;
}

const empty = Buffer.alloc(0);

function messagePart(record: Omit<MessageRecord, 'tail'>): Middle {
  assert(record.hiddenFrom.length <= maxByte, 'a record is hidden from at most 255 accounts');
  let text = String.fromCharCode(record.hiddenFrom.length);
  for (const account of record.hiddenFrom) text += latin1(account);
  switch (record.kind) {
    case 'content':
    case 'quiet':
      return { text, bytes: empty };
    case 'delete':
      return { text, bytes: numbers(record.targets) };
    case 'timer':
      return { text, bytes: numbers([record.seconds]) };
    case 'setting':
      return { text, bytes: Buffer.concat([sized(record.key), sized(record.value)]) };
  }
}

function membersPart(record: Omit<MembersRecord, 'tail'>): Middle {
  const change = sized(JSON.stringify(record.change));
  const bytes = record.entry === undefined ? change : Buffer.concat([change, sized(JSON.stringify(record.entry))]);
  return { text: latin1(record.device ?? ''), bytes };
}

function encodeControl(record: ControlRecord): Uint8Array {
  const bytes = Buffer.alloc(fixedBytes);
  bytes[0] = recordVersion;
  bytes[1] = typeControl;
  bytes[2] = controls.indexOf(record.control);
  bytes.writeDoubleBE(record.value, 4);
  return bytes;
}

/** One byte of length and the characters; ids are ASCII and short. */
function latin1(text: string): string {
  assert(text.length <= maxByte, 'an id in a record has at most 255 characters');
  return String.fromCharCode(text.length) + text;
}

function numbers(values: readonly number[]): Uint8Array {
  assert(values.length <= maxByte, 'a record names at most 255 numbers');
  const bytes = Buffer.allocUnsafe(1 + 8 * values.length);
  bytes[0] = values.length;
  values.forEach((value, i) => {
    bytes.writeDoubleBE(value, 1 + 8 * i);
  });
  return bytes;
}

function sized(text: string): Uint8Array {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(4 + length);
  bytes.writeUInt32BE(length, 0);
  bytes.write(text, 4);
  return bytes;
}

function decodeControl(view: Buffer): ControlRecord {
  const control = controls[view[2] ?? -1];
  if (control === undefined || view.length < fixedBytes) throw new DamagedRecord('its control is unknown', null);
  return { type: 'control', control, value: wholeNumber(view.readDoubleBE(4)) };
}

function decodeAddressed(view: Buffer, reader: Reader): Addressed {
  try {
    const conversation = reader.latin1() as ConversationId;
    const sender = reader.latin1() as AccountId;
    const id = reader.latin1() as MessageId;
    const lamport = wholeNumber(view.readDoubleBE(4));
    const stamp = wholeNumber(view.readDoubleBE(12));
    return { conversation, sender, id, lamport, stamp, first: ((view[3] ?? 0) & flagFirst) !== 0 };
  } catch (error) {
    throw new DamagedRecord(error instanceof Error ? error.message : 'unknown', null);
  }
}

function decodeMessage(view: Buffer, reader: Reader, addressed: Addressed): MessageRecord {
  const kind = kinds[view[2] ?? -1];
  if (kind === undefined) throw new RangeError('its kind is unknown');
  const hiddenFrom = reader.accounts();
  const targets = kind === 'delete' ? reader.numbers() : none;
  const seconds = kind === 'timer' ? (reader.numbers()[0] ?? 0) : 0;
  const key = kind === 'setting' ? reader.text() : '';
  const value = kind === 'setting' ? reader.text() : '';
  return {
    type: 'message',
    conversation: addressed.conversation,
    sender: addressed.sender,
    id: addressed.id,
    lamport: addressed.lamport,
    stamp: addressed.stamp,
    first: addressed.first,
    kind,
    hiddenFrom,
    targets,
    seconds,
    key,
    value,
    tail: reader.rest(),
  };
}

function decodeMembers(view: Buffer, reader: Reader, addressed: Addressed): MembersRecord {
  const device = reader.latin1();
  const change: unknown = JSON.parse(reader.text());
  if (!isChange(change)) throw new RangeError('its change is unknown');
  const hasEntry = ((view[3] ?? 0) & flagEntry) !== 0;
  return {
    type: 'members',
    ...addressed,
    device: device === '' ? null : (device as DeviceId),
    change,
    ...(hasEntry && { entry: JSON.parse(reader.text()) as SignedEntry }),
    tail: reader.rest(),
  };
}

/** Only the action is looked at: the checksum of the log guards the rest, and `apply` is total. */
function isChange(value: unknown): value is Change {
  if (typeof value !== 'object' || value === null || !('action' in value)) return false;
  return memberActions.some((action) => action === value.action);
}

function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a number is out of bounds');
  return value;
}

/** Walks over the bytes after the fixed part; every step checks that it stays inside. */
class Reader {
  readonly #bytes: Buffer;
  #at = fixedBytes;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Moves on by `length` bytes and says where they begin. */
  #take(length: number): number {
    const from = this.#at;
    if (from + length > this.#bytes.length) throw new RangeError('it ends too early');
    this.#at = from + length;
    return from;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  latin1(): string {
    const length = this.#byte();
    const from = this.#take(length);
    return this.#bytes.toString('latin1', from, from + length);
  }

  accounts(): readonly AccountId[] {
    const count = this.#byte();
    return count === 0 ? none : Array.from({ length: count }, () => this.latin1() as AccountId);
  }

  numbers(): readonly number[] {
    return Array.from({ length: this.#byte() }, () => wholeNumber(this.#bytes.readDoubleBE(this.#take(8))));
  }

  text(): string {
    const length = this.#bytes.readUInt32BE(this.#take(4));
    const from = this.#take(length);
    return this.#bytes.toString('utf8', from, from + length);
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}
