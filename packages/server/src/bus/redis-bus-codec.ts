// What one node says to another over Redis, as bytes: who speaks, the number of the message in its stream to that node,
// and hints one after the other. Frames go as they are. It promises that a hint comes back as it was, that one of a
// later program is skipped, and that bytes which are no message are told from those that are.
import type { AccountId, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import type { Verdict } from '../sequencer/record.ts';
import type { MarkRow } from '../store/store.ts';
import type { Hint, StandsAt, Topic } from './bus.ts';
import { BytesReader, BytesWriter } from './redis-bus-bytes.ts';

/** A message of one node to another. */
export interface BusMessage {
  readonly publisher: string;
  /** Rises by one with every message of this publisher to this node. From 1 on. */
  readonly n: number;
  /** The publisher has said things before it knew of this node. */
  readonly isLate: boolean;
  /** The publisher goes; silence from now on means nothing. */
  readonly isLast: boolean;
  readonly hints: readonly Hint[];
}

const version = 1;
const flagLate = 1;
const flagLast = 2;
const kinds = [
  ...['envelope', 'verdict', 'accounts', 'changed', 'marks', 'typing', 'presence'],
  ...['to_device', 'keys', 'settings', 'revoked', 'resync', 'stored'],
] as const satisfies readonly Hint['type'][];
const kindNumbers: Readonly<Record<string, number>> = Object.fromEntries(kinds.map((kind, at) => [kind, at]));
const yes = 1;
/** Version, flags, publisher, number. */
const headBytes = 26;
const publisherCharacters = 16;

/** Gathers hints for one node until they are sent. */
export class BusMessageWriter {
  readonly #bytes = new BytesWriter(headBytes);

  /** Bytes gathered. */
  get length(): number {
    return this.#bytes.length;
  }

  get isEmpty(): boolean {
    return this.#bytes.length === headBytes;
  }

  /** `accounts` take the place of those that the hint is for. */
  add(hint: Hint, accounts: readonly AccountId[]): void {
    const start = this.#bytes.begin();
    this.#bytes.byte(kindNumbers[hint.type] ?? 0);
    writeHint(this.#bytes, hint, accounts);
    this.#bytes.end(start);
  }

  /** The message; from here on the next one is gathered. */
  finish({ publisher, n, isLate, isLast }: Omit<BusMessage, 'hints'>): Uint8Array {
    const bytes = this.#bytes.take(headBytes);
    bytes[0] = version;
    bytes[1] = (isLate ? flagLate : 0) | (isLast ? flagLast : 0);
    bytes.write(publisher, 2, publisherCharacters, 'latin1');
    bytes.writeDoubleBE(n, 2 + publisherCharacters);
    return bytes;
  }
}

/** The message in these bytes; null when they are none that this program can read. */
export function decodeBusMessage(bytes: Uint8Array): BusMessage | null {
  try {
    const reader = new BytesReader(bytes);
    if (reader.byte() !== version) return null;
    const flags = reader.byte();
    const publisher = reader.text(publisherCharacters);
    const n = reader.number();
    const hints: Hint[] = [];
    while (reader.hasMore) {
      const part = reader.part();
      const kind = kinds[part.byte()];
      if (kind !== undefined) hints.push(readHint(part, kind));
    }
    return { publisher, n, isLate: (flags & flagLate) > 0, isLast: (flags & flagLast) > 0, hints };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function writeHint(to: BytesWriter, hint: Hint, accounts: readonly AccountId[]): void {
  switch (hint.type) {
    case 'envelope':
      to.id(hint.conversation);
      to.number(hint.seq);
      to.number(hint.memberN);
      to.id(hint.sender);
      to.byte(hint.counts ? yes : 0);
      writeRecipients(to, hint.recipients, accounts);
      to.ids(hint.joined);
      to.ids(hint.left);
      writeAfter(to, hint.after);
      to.rest(hint.frame);
      return;
    case 'verdict':
      to.id(hint.conversation);
      to.id(hint.sender);
      to.id(hint.id);
      writeVerdict(to, hint.verdict);
      return;
    case 'accounts':
      to.byte(hint.droppable ? yes : 0);
      to.ids(accounts);
      to.rest(hint.frame);
      return;
    case 'changed':
      to.ids(accounts);
      return;
    case 'marks':
      to.id(hint.conversation);
      to.ids(accounts);
      writeMark(to, hint.mark);
      return;
    case 'typing':
      to.id(hint.conversation);
      to.id(hint.sender);
      writeRecipients(to, hint.recipients, accounts);
      to.rest(hint.frame);
      return;
    case 'presence':
    case 'settings':
      to.id(hint.account);
      return;
    case 'to_device':
      to.ids(accounts);
      to.ids(hint.devices);
      return;
    case 'keys':
      return;
    case 'revoked':
      to.id(hint.device);
      to.byte(hint.disabled ? yes : 0);
      return;
    case 'resync':
      to.byte(hint.topics === null ? yes : 0);
      to.ids(hint.topics ?? []);
      return;
    case 'stored':
      to.number(hint.withinMs);
      to.ids(hint.room === null ? [] : [hint.room]);
      writeRecipients(to, hint.accounts, accounts);
      to.ids(hint.stands.map(({ conversation }) => conversation));
      for (const { seq } of hint.stands) to.number(seq);
  }
}

function readHint(from: BytesReader, type: (typeof kinds)[number]): Hint {
  switch (type) {
    case 'envelope':
      return {
        type,
        conversation: from.id<ConversationId>(),
        seq: from.number(),
        memberN: from.number(),
        sender: from.id<AccountId>(),
        counts: from.byte() === yes,
        recipients: readRecipients(from),
        joined: from.ids<AccountId>(),
        left: from.ids<AccountId>(),
        after: readAfter(from),
        frame: from.rest(),
      };
    case 'verdict':
      return {
        type,
        conversation: from.id<ConversationId>(),
        sender: from.id<AccountId>(),
        id: from.id<MessageId>(),
        verdict: readVerdict(from),
      };
    case 'accounts':
      return { type, droppable: from.byte() === yes, accounts: from.ids<AccountId>(), frame: from.rest() };
    case 'changed':
      return { type, accounts: from.ids<AccountId>() };
    case 'marks':
      return {
        type,
        conversation: from.id<ConversationId>(),
        accounts: from.ids<AccountId>(),
        mark: readMark(from),
      };
    case 'typing':
      return {
        type,
        conversation: from.id<ConversationId>(),
        sender: from.id<AccountId>(),
        recipients: readRecipients(from),
        frame: from.rest(),
      };
    case 'presence':
    case 'settings':
      return { type, account: from.id<AccountId>() };
    case 'to_device':
      return { type, accounts: from.ids<AccountId>(), devices: from.ids<DeviceId>() };
    case 'keys':
      return { type };
    case 'revoked': {
      const device = from.id<DeviceId>();
      return from.byte() === yes ? { type, device, disabled: true } : { type, device };
    }
    case 'resync': {
      const isAll = from.byte() === yes;
      const topics = from.ids<Topic>();
      return { type, topics: isAll ? null : topics };
    }
    case 'stored': {
      const withinMs = from.number();
      const [room = null] = from.ids<ConversationId>();
      const accounts = readRecipients(from);
      const stands = from.ids<ConversationId>().map((conversation) => ({ conversation, seq: from.number() }));
      return { type, accounts, room, withinMs, stands };
    }
  }
}

/** Those of the recipients whom the other node has; null stays null: whoever is in the room. */
function writeRecipients(
  to: BytesWriter,
  recipients: readonly AccountId[] | null,
  accounts: readonly AccountId[],
): void {
  to.byte(recipients === null ? yes : 0);
  if (recipients !== null) to.ids(accounts);
}

function readRecipients(from: BytesReader): readonly AccountId[] | null {
  return from.byte() === yes ? null : from.ids<AccountId>();
}

function writeAfter(to: BytesWriter, after: StandsAt | null): void {
  to.byte(after === null ? 0 : yes);
  if (after !== null) for (const each of [after.ord, after.lamport, after.time, after.offset]) to.number(each);
}

function readAfter(from: BytesReader): StandsAt | null {
  if (from.byte() !== yes) return null;
  return { ord: from.number(), lamport: from.number(), time: from.number(), offset: from.number() };
}

function writeVerdict(to: BytesWriter, verdict: Verdict): void {
  to.byte(verdict.state === 'accepted' ? yes : 0);
  to.byte(verdict.repeat ? yes : 0);
  if (verdict.state === 'accepted') to.number(verdict.seq);
  else to.id(verdict.code);
}

function readVerdict(from: BytesReader): Verdict {
  const isAccepted = from.byte() === yes;
  const repeat = from.byte() === yes;
  return isAccepted
    ? { state: 'accepted', seq: from.number(), repeat }
    : { state: 'rejected', code: from.id<string>(), repeat };
}

function writeMark(to: BytesWriter, mark: MarkRow | null): void {
  to.byte(mark === null ? 0 : yes);
  if (mark === null) return;
  to.id(mark.conversation);
  to.id(mark.account);
  for (const each of [mark.delivered, mark.read, mark.change]) to.number(each);
}

function readMark(from: BytesReader): MarkRow | null {
  if (from.byte() !== yes) return null;
  return {
    conversation: from.id<ConversationId>(),
    account: from.id<AccountId>(),
    delivered: from.number(),
    read: from.number(),
    change: from.number(),
  };
}
