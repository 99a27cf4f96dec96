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
import type { Hint } from '../bus/bus.ts';
import type { Clock, SteadyClock } from '../kernel/clock.ts';
import type { Entry, Log, Offset } from '../log/log.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { ConversationRow, Rows } from '../store/store.ts';
import { Applier } from './applier.ts';
import { Bell } from './bell.ts';
import { directConversation, madeConversation } from './conversation-ids.ts';
import { createCounters } from './counters.ts';
import { IdentityWindow } from './identity-window.ts';
import { writesOf } from './layer-writes.ts';
import { Overlay, type OverlayBounds } from './overlay.ts';
import type { Change, LogRecord, MembersRecord, MessageRecord, Verdict } from './record.ts';
import { encodeRecord } from './record-codec.ts';
import { Waiters } from './waiters.ts';

/** A clock that stands still until it is moved. */
export class HandClock implements SteadyClock {
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

  elapsed(): number {
    return this.#now;
  }

  /** Nobody sets it. */
  get steady(): Clock {
    return this;
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

const noVerdict: Verdict = { state: 'rejected', code: 'none', repeat: false };

/** A sequencer without its loop: records are applied one by one, layers are committed when the test says so. */
export class Stage {
  readonly store: MemoryStore;
  readonly overlay: Overlay;
  readonly window = new IdentityWindow();
  readonly clock = new HandClock();
  readonly counters = createCounters();
  readonly hints: Hint[] = [];
  readonly alarms: string[] = [];
  readonly faults: unknown[] = [];
  readonly waiters: Waiters;
  readonly #applier: Applier;
  readonly #logId: string;
  /** Log time of the newest record. */
  time: number;
  #ids = 0;
  #verdict = noVerdict;

  constructor({ store = new MemoryStore(), rows = store, logId = 'log-1', bounds }: StageParts = {}) {
    this.store = store;
    this.#logId = logId;
    this.overlay = new Overlay(rows, bounds);
    this.waiters = new Waiters(this.overlay);
    this.time = this.clock.now();
    this.window.startAt(Number.NEGATIVE_INFINITY);
    this.#applier = new Applier({
      logId,
      store,
      overlay: this.overlay,
      window: this.window,
      waiters: {
        tell: (conversation, sender, id, verdict) => {
          this.#verdict = verdict;
          this.waiters.tell(conversation, sender, id, verdict);
        },
      },
      bus: { publish: (hint) => this.hints.push(hint) },
      clock: this.clock,
      events: {
        alarm: (name) => this.alarms.push(name),
        alarmOver: () => {},
        fault: (_where, error) => this.faults.push(error),
      },
      counters: this.counters,
    });
  }

  /** An id that nobody used yet. */
  id(): MessageId {
    return messageOf(++this.#ids);
  }

  /** Appends and applies a record `afterMs` later than the one before; resolves to what became of it. */
  async apply(record: LogRecord, afterMs = 1): Promise<Verdict> {
    this.time += afterMs;
    this.#verdict = noVerdict;
    await this.applyBytes(encodeRecord(record));
    return this.#verdict;
  }

  /** Applies records as one batch. */
  applyAll(records: readonly LogRecord[]): Promise<void> {
    return this.applyBytes(...records.map(encodeRecord));
  }

  applyBytes(...records: readonly Uint8Array[]): Promise<void> {
    const next = this.counters.appliedOffset + 1;
    const entries = records.map((record, i) => ({ offset: next + i, time: this.time, record }));
    return this.#applier.applySlice(entries, -1, new AbortController().signal);
  }

  /** Somebody says something. */
  say(
    conversation: ConversationId,
    sender: AccountId,
    asked: Partial<MessageRecord> = {},
    afterMs = 1,
  ): Promise<Verdict> {
    return this.apply(message(conversation, sender, asked.id ?? this.id(), asked), afterMs);
  }

  /** Somebody changes who is in, or what it is. */
  change(conversation: ConversationId, actor: AccountId, change: Change, afterMs = 1): Promise<Verdict> {
    return this.apply(members(conversation, actor, this.id(), change), afterMs);
  }

  /** A direct conversation of these two (or of one with itself), asked for by the first. */
  async direct(a: AccountId, b: AccountId, asked: Partial<Change> = {}): Promise<ConversationId> {
    const conversation = directConversation(a, b);
    await this.change(conversation, a, { ...creation('direct', [a, b]), ...asked } as Change);
    return conversation;
  }

  /** A group or room that the first of these makes. */
  async make(
    kind: 'group' | 'room',
    founders: readonly AccountId[],
    asked: Partial<Change> = {},
  ): Promise<ConversationId> {
    const id = this.id();
    const creator = founders[0] as AccountId;
    const conversation = madeConversation(kind, creator, id);
    await this.apply(members(conversation, creator, id, { ...creation(kind, founders), ...asked } as Change));
    return conversation;
  }

  /** The state of a conversation that is in memory. */
  state(conversation: ConversationId): ConversationRow {
    const row = this.overlay.conversation(conversation);
    if (row === undefined) throw new Error('the conversation is not in memory');
    return row;
  }

  /** The process ends after a commit, and another one begins on the same store. */
  restart(): Stage {
    const next = new Stage({ store: this.store, logId: this.#logId });
    next.counters.appliedOffset = this.counters.appliedOffset;
    next.time = this.time;
    return next;
  }

  /** Commits everything that was applied. */
  async commit(): Promise<void> {
    const layer = this.overlay.seal();
    await this.store.commit([...writesOf(layer)], { logId: this.#logId, offset: layer.offset });
    this.overlay.committed(layer);
  }
}

/** What a stage is set with. */
export interface StageParts {
  readonly store?: MemoryStore;
  /** What the overlay reads, when it is not the store itself. */
  readonly rows?: Rows;
  readonly logId?: string;
  readonly bounds?: OverlayBounds;
}
