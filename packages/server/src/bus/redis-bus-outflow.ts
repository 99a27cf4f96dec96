// The way out to other nodes: hints gather for a millisecond, are sorted by the nodes that want them, and go as one
// message a node. It promises bounded memory and that whoever may have missed something learns it: what is dropped
// leaves a hole in the numbers of the messages.
import type { AccountId } from '@parley/protocol';
import type { Command, RedisClient } from '../engines/redis.ts';
import type { Clock } from '../kernel/clock.ts';
import * as limits from '../kernel/engine-limits.ts';
import type { Hint, Topic } from './bus.ts';
import { BusMessageWriter } from './redis-bus-codec.ts';
import { Routes } from './redis-bus-routes.ts';
import { accountOf, accountTopic, targetsOf } from './redis-bus-targets.ts';

/** What it needs. */
export interface OutflowParts {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly node: string;
  readonly clock: Clock;
  readonly fault: (error: unknown) => void;
}

/** The messages of this node to another. */
interface Stream {
  n: number;
  /** Things were said before the stream began. */
  isLate: boolean;
  readonly writer: BusMessageWriter;
  readonly missed: Set<Topic>;
  hasBeenHeardOf: number;
  sentAt: number;
}

/** The channel on which a node hears the others. */
export const nodeChannel = (prefix: string, node: string): string => `${prefix}n:${node}`;

/** Everything that this node says to others. */
export class Outflow {
  readonly #parts: OutflowParts;
  /** Apart from the others: there are many, and their ids are at hand. */
  readonly #accounts: Routes<AccountId>;
  readonly #topics: Routes<Topic>;
  readonly #streams = new Map<string, Stream>();
  #waiting: Hint[] = [];
  #waitingBytes = 0;
  #unsentBytes = 0;
  #hasSpoken = false;
  #isDue = false;
  #isLater = false;
  #sending: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: OutflowParts) {
    this.#parts = parts;
    const shared = {
      ...parts,
      missed: (node: string, topic: Topic) => this.#missed(node, topic),
      lost: () => this.#lost(),
    };
    this.#accounts = new Routes({ ...shared, topicOf: accountTopic });
    this.#topics = new Routes({ ...shared, topicOf: (topic: Topic) => topic });
  }

  /** Bytes that wait here or have not been taken by Redis. */
  get bytes(): number {
    return this.#waitingBytes + this.#unsentBytes;
  }

  /** Never waits, never throws. */
  add(hint: Hint): void {
    if (this.#isClosed) return;
    const bytes = bytesOf(hint);
    const isFull = this.#waiting.length >= limits.maxBusQueue || this.#waitingBytes + bytes > limits.maxBusQueueBytes;
    if (isFull) this.#lost();
    else {
      this.#waiting.push(hint);
      this.#waitingBytes += bytes;
      if (hint.type === 'stored') this.#later();
      else this.#soon();
    }
  }

  /** These nodes are there now; one that is not any more is spoken to for a little longer, should that be a mistake. */
  meet(alive: ReadonlySet<string>): void {
    const now = this.#parts.clock.now();
    for (const node of alive) this.#streamTo(node).hasBeenHeardOf = now;
    for (const [node, stream] of this.#streams)
      if (now - stream.hasBeenHeardOf > limits.busSilenceMs) this.#streams.delete(node);
  }

  /** A node wants these from now on: what is believed of them is set right, and it is told at once what it missed. */
  called(node: string, topics: readonly Topic[]): void {
    if (this.#isClosed || node === this.#parts.node) return;
    for (const topic of topics) {
      const account = accountOf(topic);
      if (account === null) this.#topics.called(node, topic);
      else this.#accounts.called(node, account);
    }
    this.#publishAll();
  }

  /** Calls may have been lost: what is believed is looked up with the next beat. */
  doubt(): void {
    this.#accounts.doubt();
    this.#topics.doubt();
  }

  /** Time passes: nodes that were told nothing lately are told that nothing was lost. */
  beat(): void {
    const now = this.#parts.clock.now();
    const quiet = [...this.#streams].filter(([, { sentAt }]) => now - sentAt >= limits.busBeatMs / 2);
    this.#publish(quiet.map(([node, stream]) => this.#message(node, stream, false)));
    for (const routes of [this.#accounts, this.#topics])
      routes.sweep().then(() => this.#publishAll(), this.#parts.fault);
  }

  /** Resolves when everything that was added is sent or lost. */
  async settled(): Promise<void> {
    while (this.#waiting.length > 0 || this.#sending !== null) await this.#send();
  }

  /** Says what waits, and farewell. */
  async close(): Promise<void> {
    await this.settled();
    this.#isClosed = true;
    await this.#run([...this.#streams].map(([node, stream]) => this.#message(node, stream, true))).catch(
      this.#parts.fault,
    );
    this.#streams.clear();
  }

  #soon(): void {
    if (this.#isDue || this.#sending !== null) return;
    this.#isDue = true;
    this.#parts.clock.after(limits.busBatchMs, () => {
      this.#isDue = false;
      this.#send().catch(this.#parts.fault);
    });
  }

  /** For what goes with the next message that goes anyway, but not much later. */
  #later(): void {
    if (this.#isLater) return;
    this.#isLater = true;
    this.#parts.clock.after(limits.busStoredMs, () => {
      this.#isLater = false;
      if (this.#waiting.length > 0) this.#soon();
    });
  }

  /** One batch at a time, so that hints stay in order. Never rejects. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendBatch()
      .catch((error) => {
        this.#lost();
        this.#parts.fault(error);
      })
      .finally(() => {
        this.#sending = null;
        if (this.#waiting.length > 0) this.#soon();
      });
    return this.#sending;
  }

  async #sendBatch(): Promise<void> {
    const hints = this.#waiting;
    const bytes = this.#waitingBytes;
    this.#waiting = [];
    this.#hasSpoken = true;
    try {
      await this.#lookUp(hints);
      for (const hint of hints) this.#sort(hint);
    } finally {
      this.#waitingBytes -= bytes;
    }
    this.#publishAll();
  }

  /** Looks up where these are wanted, as far as it is not known. */
  async #lookUp(hints: readonly Hint[]): Promise<void> {
    const accounts = new Set<AccountId>();
    const topics = new Set<Topic>();
    for (const hint of hints) {
      const targets = targetsOf(hint);
      for (const account of targets.accounts) if (this.#accounts.peek(account) === undefined) accounts.add(account);
      for (const topic of targets.topics) if (this.#topics.peek(topic) === undefined) topics.add(topic);
    }
    if (accounts.size > 0) await this.#accounts.lookUp([...accounts]);
    if (topics.size > 0) await this.#topics.lookUp([...topics]);
  }

  /** Writes the hint into the messages of the nodes that want it. */
  #sort(hint: Hint): void {
    const { accounts, topics, all } = targetsOf(hint);
    const told = new Map<string, AccountId[]>();
    for (const account of accounts) {
      for (const node of this.#accounts.peek(account) ?? []) {
        const theirs = told.get(node);
        if (theirs === undefined) told.set(node, [account]);
        else theirs.push(account);
      }
    }
    for (const topic of topics) for (const node of this.#topics.peek(topic) ?? []) told.set(node, []);
    if (all) for (const node of this.#streams.keys()) if (node !== this.#parts.node) told.set(node, []);
    for (const [node, theirs] of told) this.#write(node, hint, theirs);
  }

  #write(node: string, hint: Hint, accounts: readonly AccountId[]): void {
    const stream = this.#streamTo(node);
    stream.writer.add(hint, accounts);
    if (stream.writer.length >= limits.busMessageBytes) this.#publish([this.#message(node, stream, false)]);
  }

  #streamTo(node: string): Stream {
    let stream = this.#streams.get(node);
    if (stream === undefined) {
      const now = this.#parts.clock.now();
      const isLate = this.#hasSpoken && node !== this.#parts.node;
      stream = { n: 0, isLate, writer: new BusMessageWriter(), missed: new Set(), hasBeenHeardOf: now, sentAt: 0 };
      this.#streams.set(node, stream);
    }
    return stream;
  }

  #publishAll(): void {
    const messages: Command[] = [];
    for (const [node, stream] of this.#streams)
      if (!stream.writer.isEmpty || stream.missed.size > 0) messages.push(this.#message(node, stream, false));
    this.#publish(messages);
  }

  #message(node: string, stream: Stream, isLast: boolean): Command {
    if (stream.missed.size > 0) {
      stream.writer.add({ type: 'resync', topics: [...stream.missed] }, []);
      stream.missed.clear();
    }
    const { isLate } = stream;
    stream.isLate = false;
    stream.sentAt = this.#parts.clock.now();
    const bytes = stream.writer.finish({ publisher: this.#parts.node, n: ++stream.n, isLate, isLast });
    return ['SPUBLISH', nodeChannel(this.#parts.prefix, node), bytes];
  }

  /** Sends messages on; nobody waits for it, and one that does not arrive leaves its number out. */
  #publish(messages: readonly Command[]): void {
    this.#run(messages).catch(this.#parts.fault);
  }

  async #run(messages: readonly Command[]): Promise<void> {
    const bytes = messages.reduce((sum, [, , message]) => sum + (message as Uint8Array).length, 0);
    if (messages.length === 0 || this.#unsentBytes + bytes > limits.maxBusUnsentBytes) return;
    this.#unsentBytes += bytes;
    try {
      for (const answer of await this.#parts.client.run(messages)) if (answer instanceof Error) throw answer;
    } finally {
      this.#unsentBytes -= bytes;
    }
  }

  #missed(node: string, topic: Topic): void {
    const stream = this.#streamTo(node);
    if (stream.missed.size < limits.maxBusMissed) stream.missed.add(topic);
    else stream.n++;
  }

  /** Something is lost, for whomever it was: every node finds a number missing. */
  #lost(): void {
    for (const stream of this.#streams.values()) stream.n++;
  }
}

/** About what a hint takes while it waits. */
function bytesOf(hint: Hint): number {
  const named = hint.type === 'envelope' || hint.type === 'typing' ? (hint.recipients?.length ?? 0) : 0;
  const { length } = ('accounts' in hint ? hint.accounts : null) ?? { length: named };
  const stands = hint.type === 'stored' ? hint.stands.length : 0;
  return hintBytes + 2 * idBytes * stands + ('frame' in hint ? hint.frame.length : 0) + idBytes * length;
}

const hintBytes = 128;
const idBytes = 24;
