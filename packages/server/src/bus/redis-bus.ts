// The bus of a cluster, over Redis: every node says what it wants, and hints go where they are wanted, one message a node
// and millisecond on a channel of its own. Everything in Redis may be lost at any time: publishing never waits for it, a
// node serves its own clients without it, and whoever may have missed a hint is told to look again.
import { redisChannel } from '../engines/redis.ts';
import type { RedisSession } from '../engines/redis-session.ts';
import type { Clock } from '../kernel/clock.ts';
import * as limits from '../kernel/engine-limits.ts';
import type { Bus, Hint, Topic } from './bus.ts';
import { Listeners } from './listeners.ts';
import { decodeBusMessage } from './redis-bus-codec.ts';
import { nodeChannel, Outflow } from './redis-bus-outflow.ts';
import { Streams } from './redis-bus-streams.ts';
import { type Call, readCall, Wants, wantsChannel } from './redis-bus-wants.ts';

/** What it needs. */
export interface RedisBusParts {
  readonly redis: RedisSession;
  readonly clock: Clock;
  /** Hears of bugs of listeners. */
  readonly fault: (error: unknown) => void;
}

/** This node's end of the bus. */
export class RedisBus implements Bus {
  readonly #parts: RedisBusParts;
  readonly #listeners: Listeners;
  readonly #outflow: Outflow;
  readonly #wants: Wants;
  readonly #streams = new Streams();
  /** Of the calls of others. */
  readonly #calls = new Streams();
  readonly #stopListening: () => void;
  readonly #closeCalls: () => void;
  readonly #opened = Promise.withResolvers<void>();
  #closeChannel: () => void = () => {};
  #channelAt = 0;
  #isOpen = false;
  /** The others may know us. */
  #isKnown = false;
  #isResyncDue = false;
  #resyncAt: number;
  #isClosed = false;
  #cancelBeat: () => void = () => {};
  #cancelResync: () => void = () => {};

  constructor(parts: RedisBusParts) {
    this.#parts = parts;
    const { redis, clock, fault } = parts;
    const { client, prefix, node } = redis;
    this.#resyncAt = clock.now();
    this.#listeners = new Listeners(fault);
    const shared = { client, prefix, node: node.id, clock, fault: redis.fault };
    this.#outflow = new Outflow(shared);
    this.#wants = new Wants({ ...shared, late: (topics) => this.#late(topics) });
    this.#stopListening = node.listen({
      lost: () => void this.#wants.rewrite().then(() => this.#resyncSoon(), redis.fault),
      changed: () => this.#outflow.meet(node.alive),
    });
    this.#outflow.meet(node.alive);
    this.#closeCalls = redisChannel(redis.parts, wantsChannel(prefix), {
      heard: (bytes) => this.#called(readCall(bytes)),
      opened: () => this.#outflow.doubt(),
      fault: redis.fault,
    });
    if (redis.isMember) this.#openChannel();
    this.#beat();
  }

  /** Bytes of hints that are on their way to others. */
  get bytes(): number {
    return this.#outflow.bytes;
  }

  publish(hint: Hint): void {
    if (this.#isClosed) return;
    this.#outflow.add(hint);
    this.#listeners.publish(hint);
  }

  subscribe(listener: (hint: Hint) => void): () => void {
    return this.#listeners.subscribe(listener);
  }

  want(topic: Topic): () => void {
    return this.#isClosed ? () => {} : this.#wants.want(topic);
  }

  async ready(): Promise<void> {
    if (!this.#isKnown && this.#parts.redis.isMember) await this.#openedSoon();
    await this.#wants.ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopListening();
    this.#cancelBeat();
    this.#cancelResync();
    this.#listeners.clear();
    await Promise.all([this.#outflow.close(), this.#wants.close()]);
    this.#closeChannel();
    this.#closeCalls();
  }

  /** At the start: until the others may speak to us, or it is clear that they cannot yet. */
  async #openedSoon(): Promise<void> {
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#parts.clock.after(limits.busReadyMs, resolve);
    });
    await Promise.race([this.#opened.promise, late]);
    cancel();
  }

  #openChannel(): void {
    const { redis, clock } = this.#parts;
    this.#closeChannel();
    this.#channelAt = clock.now();
    this.#closeChannel = redisChannel(redis.parts, nodeChannel(redis.prefix, redis.node.id), {
      heard: (bytes) => this.#heard(bytes),
      opened: () => this.#channelOpened(),
      fault: redis.fault,
    });
  }

  #channelOpened(): void {
    const { redis } = this.#parts;
    if (this.#isOpen) this.#resyncSoon();
    this.#isOpen = true;
    // Who speaks to us from here on is heard.
    redis.node.join().then(() => {
      this.#isKnown = true;
      this.#opened.resolve();
    }, redis.fault);
  }

  #heard(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const message = decodeBusMessage(bytes);
    if (message === null) {
      this.#parts.redis.fault(new Error('a message of the bus cannot be read'));
      this.#resyncSoon();
      return;
    }
    const found = this.#streams.heard(message, this.#parts.clock.now());
    if (found === 'repeat') return;
    for (const hint of message.hints) this.#listeners.publish(hint);
    if (found === 'gap') this.#resyncSoon();
  }

  #called({ node, n, isLast, topics }: Call): void {
    if (this.#isClosed || node === this.#parts.redis.node.id) return;
    const call = { publisher: node, n, isLate: false, isLast };
    if (this.#calls.heard(call, this.#parts.clock.now()) === 'gap') this.#outflow.doubt();
    this.#outflow.called(node, topics);
  }

  #beat(): void {
    this.#cancelBeat = this.#parts.clock.after(limits.busBeatMs, () => this.#beat());
    const { redis, clock } = this.#parts;
    const now = clock.now();
    this.#outflow.meet(redis.node.alive);
    if (this.#calls.silent(now).length > 0) this.#outflow.doubt();
    this.#outflow.beat();
    if (!redis.isMember) return;
    this.#wants.beat(limits.busBeatMs);
    if (this.#streams.silent(now).length > 0) this.#resyncSoon();
    if (!this.#streams.has(redis.node.id)) this.#blind();
  }

  /** We do not even hear ourselves: the channel may be broken without a word. Whoever is here asks the store meanwhile. */
  #blind(): void {
    const { redis, clock } = this.#parts;
    const now = clock.now();
    if (redis.client.isReady && now - this.#channelAt >= limits.busSilenceMs) this.#openChannel();
    if (this.#isOpen && now - this.#resyncAt >= limits.busBlindMs) this.#resyncSoon();
  }

  #late(topics: readonly Topic[]): void {
    if (topics.length > limits.maxBusMissed) this.#resyncSoon();
    else this.#listeners.publish({ type: 'resync', topics });
  }

  /** Several losses at once are one. */
  #resyncSoon(): void {
    const { clock } = this.#parts;
    if (this.#isClosed || this.#isResyncDue) return;
    this.#isResyncDue = true;
    this.#cancelResync = clock.after(limits.busResyncPauseMs, () => {
      this.#isResyncDue = false;
      this.#resyncAt = clock.now();
      this.#listeners.publish({ type: 'resync', topics: null });
    });
  }
}
