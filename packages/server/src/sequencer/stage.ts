// What the tests of the sequencer stand on: a log in a list, a clock that is moved by hand, and short ways to say
// what somebody does. Used by tests only.
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  type MessageId,
  uuid7FromBytes,
} from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import type { Entry, Log, Offset } from '../log/log.ts';
import { Bell } from './bell.ts';
import type { Change, LogRecord, MembersRecord, MessageRecord } from './record.ts';
import { encodeRecord } from './record-codec.ts';

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  #now: number;
  #timers: { readonly at: number; readonly task: () => void }[] = [];

  constructor(now = Date.UTC(2026, 10, 25, 9)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { at: this.#now + delayMs, task };
    this.#timers.push(timer);
    if (delayMs === 0) queueMicrotask(() => this.advance(0));
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.length;
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.task();
    }
    this.#now = until;
  }
}

/** A partition in a list. Offsets are indexes. */
export class ListLog implements Log {
  readonly id: string;
  readonly partitions = 1;
  readonly problem = null;
  readonly entries: Entry[] = [];
  readonly #more = new Bell();
  #begin = 0;

  constructor(id = 'log-1') {
    this.id = id;
  }

  append(_partition: number, record: Uint8Array, time = 0): Promise<Offset> {
    const offset = this.entries.length;
    this.entries.push({ offset, time: Math.max(time, this.entries.at(-1)?.time ?? 0), record });
    this.#more.ring();
    return Promise.resolve(offset);
  }

  async *read(_partition: number, after: Offset, signal: AbortSignal): AsyncIterable<readonly Entry[]> {
    let at = Math.max(after + 1, this.#begin);
    while (!signal.aborted) {
      const batch = this.entries.slice(at);
      at += batch.length;
      if (batch.length > 0) yield batch;
      else await this.#more.wait(signal);
    }
  }

  release(_partition: number, upTo: Offset): Promise<void> {
    this.#begin = Math.max(this.#begin, upTo + 1);
    return Promise.resolve();
  }

  begin(): Offset {
    return this.#begin;
  }

  end(): Offset {
    return this.entries.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The account with this number. */
export function accountOf(n: number): AccountId {
  return idFromBytes('a', bytesOf(n, 16)) as AccountId;
}

/** The device with this number. */
export function deviceOf(n: number): DeviceId {
  return idFromBytes('d', bytesOf(n, 16)) as DeviceId;
}

/** The message id with this number. */
export function messageOf(n: number): MessageId {
  return uuid7FromBytes(1_790_000_000_000 + n, bytesOf(n, 10));
}

function bytesOf(n: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(n, length - 4);
  return bytes;
}

const noTail = new Uint8Array(0);

/** A message record of this sender; `asked` replaces what it is made of. */
export function message(
  conversation: ConversationId,
  sender: AccountId,
  id: MessageId,
  asked: Partial<MessageRecord> = {},
): MessageRecord {
  return {
    type: 'message',
    conversation,
    sender,
    id,
    lamport: 0,
    stamp: 0,
    first: false,
    kind: 'content',
    hiddenFrom: [],
    targets: [],
    seconds: 0,
    key: '',
    value: '',
    tail: Buffer.from(`"timestamp":"2026-11-25T09:00:00.000Z","content":"${id}"`),
    ...asked,
  };
}

/** A members record of this actor. */
export function members(conversation: ConversationId, sender: AccountId, id: MessageId, change: Change): MembersRecord {
  return {
    type: 'members',
    conversation,
    sender,
    id,
    lamport: 0,
    stamp: 0,
    first: false,
    device: deviceOf(1),
    change,
    tail: noTail,
  };
}

/** What `create` is when nothing special is asked. */
export function creation(
  kind: 'direct' | 'group' | 'room' | 'account',
  founders: readonly AccountId[],
): Extract<Change, { readonly action: 'create' }> {
  return {
    action: 'create',
    kind,
    members: founders,
    title: '',
    topic: '',
    access: 'invite',
    history: kind === 'room' ? 'all' : 'none',
    contact: false,
  };
}

/** The entry of a record at this place. */
export function entryOf(offset: Offset, time: number, record: LogRecord): Entry {
  return { offset, time, record: encodeRecord(record) };
}
