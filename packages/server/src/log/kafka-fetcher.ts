// Fetches for all readers of this process: one request at a time to each broker, for every partition that it leads and
// somebody here reads, so that many quiet partitions cost no more than one. While records come, brokers are asked together
// and seldom, so that few wakes carry them. A fault of a broker is asked again from each reader's own place; records that
// are gone, or missing, end that reader with a refusal.
import { Consumer } from '@platformatic/kafka';
import {
  kafkaAnswerMs,
  kafkaFetchGatherMs,
  kafkaRetryMs,
  kafkaWaitMs,
  maxKafkaFetchBytes,
  maxKafkaPartitionBytes,
} from '../kernel/engine-limits.ts';
import type { Unavailable } from '../kernel/result.ts';
import { Gathering } from './gathering.ts';
import { kafkaFault } from './kafka-fault.ts';
import {
  answerIn,
  entriesFrom,
  type FetchedPartition,
  fetchErrors,
  outOfRange,
  partitionsOf,
} from './kafka-fetched.ts';
import { clientOptions, type KafkaParts, NoAnswer, withDeadline } from './kafka-parts.ts';
import { Seat } from './kafka-seat.ts';
import { type Entry, LogRefused, type Offset, type Partition } from './log.ts';

/** What of a client of Kafka fetches. */
export type FetchClient = Pick<Consumer, 'metadata' | 'clearMetadata' | 'fetch' | 'listOffsets' | 'close'>;

/** What it fetches with. */
export interface FetcherParts {
  readonly kafka: KafkaParts;
  readonly topicId: string;
  /** Where a partition begins and ends, as a broker said with a fetch. */
  readonly onBounds: (partition: Partition, begin: Offset, end: Offset) => void;
  /** Hears why something was not read; it is asked again. */
  readonly fault: (error: Unavailable) => void;
  /** Makes a client; one of the library, unless it is given. */
  readonly open?: (kafka: KafkaParts) => FetchClient;
}

/** At that time nothing was in the partition from `next` on. Milliseconds of this machine's clock. */
export interface Seen {
  readonly time: number;
  readonly next: Offset;
}

/** How much of what a broker has of a partition its readers were given. */
type Served = 'nothing' | 'some' | 'all';

/** No broker is known to lead it. */
const nobody = -1;

/** One for a process. */
export class KafkaFetcher {
  readonly #parts: FetcherParts;
  readonly #open: (kafka: KafkaParts) => FetchClient;
  #consumer: FetchClient;
  readonly #seats = new Set<Seat>();
  /** Brokers that are being asked, by their id. */
  readonly #asking = new Map<number, Promise<void>>();
  readonly #seen = new Map<Partition, Seen>();
  /** Ends a reader that has everything. */
  readonly #enders = new Map<Seat, () => void>();
  #wakes = new Set<() => void>();
  /** Until more has had time to come, for all brokers that had something. */
  readonly #gathering = new Gathering(kafkaFetchGatherMs);
  #isClosed = false;

  constructor(parts: FetcherParts) {
    this.#parts = parts;
    this.#open = parts.open ?? openConsumer;
    this.#consumer = this.#open(parts.kafka);
  }

  /** Batches from `next` on, until the abort or the end that `isDone` says. @throws {LogRefused} */
  async *read(
    partition: Partition,
    next: Offset,
    signal: AbortSignal,
    isDone: (next: Offset) => boolean,
  ): AsyncGenerator<readonly Entry[]> {
    const seat = new Seat(partition, next, () => this.#wake());
    const end = (): void => seat.end();
    this.#seats.add(seat);
    signal.addEventListener('abort', end);
    if (signal.aborted || isDone(next)) seat.end();
    this.#enders.set(seat, () => {
      if (isDone(seat.next)) seat.end();
    });
    this.#wake();
    this.#look();
    try {
      for (let entries = await seat.take(); entries !== null; entries = await seat.take()) {
        if (signal.aborted) return;
        yield entries;
        if (isDone(seat.next)) seat.end();
      }
    } finally {
      signal.removeEventListener('abort', end);
      seat.end();
      this.#seats.delete(seat);
      this.#enders.delete(seat);
      this.#wake();
    }
  }

  /** Up to where everything was given to readers here, by the newest answer of a broker. */
  seen(partition: Partition): Seen | null {
    return this.#seen.get(partition) ?? null;
  }

  /** Readers that have everything end now. */
  endDone(): void {
    for (const end of this.#enders.values()) end();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const seat of this.#seats) seat.end();
    this.#wake();
    await withDeadline(this.#consumer.close(true), kafkaAnswerMs).catch(() => {});
    await Promise.allSettled(this.#asking.values());
  }

  /** Somebody came, went or has room: who waits looks again. */
  #wake(): void {
    for (const wake of this.#wakes) wake();
    this.#wakes = new Set();
  }

  /** Sees to it that every broker that leads a wanted partition is asked. */
  #look(): void {
    if (!this.#asking.has(nobody) && !this.#isClosed) this.#start(nobody, this.#findLeaders());
  }

  #start(node: number, work: Promise<void>): void {
    const done = work.finally(() => {
      this.#asking.delete(node);
      if (node !== nobody && this.#seats.size > 0) this.#look();
    });
    this.#asking.set(node, done);
  }

  async #findLeaders(): Promise<void> {
    for (let delay = false; !this.#isClosed; delay = true) {
      if (delay) await this.#pause();
      const leaders = await this.#leaders();
      if (leaders === null) continue;
      let isComplete = true;
      for (const seat of this.#seats) {
        const node = leaders.get(seat.partition) ?? nobody;
        if (node === nobody) isComplete = false;
        else if (!this.#asking.has(node)) this.#start(node, this.#ask(node));
      }
      if (isComplete) return;
      this.#consumer.clearMetadata();
    }
  }

  /** Who leads each partition; null: nobody says. */
  async #leaders(): Promise<ReadonlyMap<Partition, number> | null> {
    const { topic, brokers } = this.#parts.kafka;
    const consumer = this.#consumer;
    try {
      // Each time another broker is asked: one may be connected and say nothing.
      const asked = consumer.metadata({ topics: [topic], retries: brokers.length });
      const { topics } = await withDeadline(asked, (brokers.length + 1) * kafkaAnswerMs);
      return new Map(
        (topics.get(topic)?.partitions ?? []).map(({ leader }, partition) => [partition, leader ?? nobody]),
      );
    } catch (error) {
      this.#failed(consumer, error);
      return null;
    }
  }

  /** Who leads is asked anew; where nothing was said, by a client that is: whoever asks the old one may wait with it for ever. */
  #failed(consumer: FetchClient, error: unknown): void {
    consumer.clearMetadata();
    if (!this.#isClosed) this.#parts.fault(kafkaFault('Kafka is not read', error));
    if (!(error instanceof NoAnswer) || consumer !== this.#consumer || this.#isClosed) return;
    this.#consumer = this.#open(this.#parts.kafka);
    void consumer.close(true).catch(() => {});
  }

  /** Asks one broker until it leads nothing that is wanted here. */
  async #ask(node: number): Promise<void> {
    while (!this.#isClosed) {
      const leaders = await this.#leaders();
      if (this.#isClosed) return;
      if (leaders === null) {
        await this.#pause();
        continue;
      }
      // A partition may have moved to a broker that nobody was asking.
      if ([...this.#seats].some(({ partition }) => !this.#asking.has(leaders.get(partition) ?? nobody))) this.#look();
      const seats = [...this.#seats].filter(({ partition }) => leaders.get(partition) === node);
      if (seats.length === 0) return;
      const hungry = seats.filter((seat) => seat.isHungry);
      if (hungry.length === 0) await new Promise<void>((resolve) => void this.#wakes.add(resolve));
      else if (await this.#fetch(node, hungry)) await this.#gathering.next();
    }
  }

  /** Resolves to whether it had something, and gave everything that it has. */
  async #fetch(node: number, seats: readonly Seat[]): Promise<boolean> {
    // Of two readers of one partition the one that is behind is served; the other is when it has caught up.
    const first = new Map<Partition, Offset>();
    for (const { partition, next } of seats) first.set(partition, Math.min(next, first.get(partition) ?? next));
    const time = Date.now();
    const consumer = this.#consumer;
    let answer: readonly FetchedPartition[] | null;
    try {
      const partitions = [...first].map(([partition, offset]) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(offset),
        lastFetchedEpoch: -1,
        partitionMaxBytes: maxKafkaPartitionBytes,
      }));
      const topics = [{ topicId: this.#parts.topicId, partitions }];
      const waiting = { maxWaitTime: kafkaWaitMs, minBytes: 1, maxBytes: maxKafkaFetchBytes };
      const asked = consumer.fetch({ node, topics, ...waiting });
      answer = partitionsOf(await withDeadline(asked, kafkaWaitMs + 2 * kafkaAnswerMs));
    } catch (error) {
      answer = answerIn(error);
      this.#failed(consumer, error);
    }
    if (answer === null) {
      await this.#pause();
      return false;
    }
    let isWrong = false;
    const served = new Set<Served>();
    // A broker leaves out partitions of which it has nothing new.
    const silent = new Map(first);
    for (const found of answer) {
      silent.delete(found.partitionIndex);
      const readers = seats.filter(
        ({ partition, next }) => partition === found.partitionIndex && next >= (first.get(partition) ?? 0),
      );
      if (found.errorCode === fetchErrors.none) served.add(this.#serve(found, readers, time));
      else if (found.errorCode === fetchErrors.offsetOutOfRange) await this.#refuse(readers, first);
      else isWrong = true;
    }
    for (const [partition, next] of silent)
      if (this.#seen.get(partition)?.next === next) this.#seen.set(partition, { time, next });
    if (isWrong) {
      this.#consumer.clearMetadata();
      await this.#pause();
      this.#wake();
    }
    return served.has('all') && !served.has('some') && !isWrong;
  }

  #serve(found: FetchedPartition, seats: readonly Seat[], time: number): Served {
    const end = Number(found.highWatermark);
    let given: Served = 'nothing';
    this.#parts.onBounds(found.partitionIndex, Number(found.logStartOffset), end);
    for (const seat of seats) {
      const { next } = seat;
      try {
        seat.put(entriesFrom(found, next));
      } catch (error) {
        if (!(error instanceof LogRefused)) throw error;
        seat.refuse(error);
      }
      if (seat.next === end) this.#seen.set(found.partitionIndex, { time, next: end });
      if (seat.next < end) given = 'some';
      else if (seat.next > next && given === 'nothing') given = 'all';
    }
    return given;
  }

  async #refuse(seats: readonly Seat[], first: ReadonlyMap<Partition, Offset>): Promise<void> {
    for (const seat of seats) {
      if (seat.next !== first.get(seat.partition)) continue;
      const consumer = this.#consumer;
      try {
        const asked = outOfRange(consumer, this.#parts.kafka, seat.partition, seat.next);
        seat.refuse(await withDeadline(asked, 2 * kafkaAnswerMs));
      } catch (error) {
        this.#failed(consumer, error);
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#isClosed ? 0 : kafkaRetryMs));
  }
}

function openConsumer(kafka: KafkaParts): Consumer {
  const options = { ...clientOptions(kafka, kafkaAnswerMs), groupId: `${kafka.clientId}-reader` };
  const consumer = new Consumer({ ...options, retries: false, retryDelay: kafkaRetryMs });
  consumer.topics.track(kafka.topic);
  return consumer;
}
