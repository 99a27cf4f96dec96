// The log on a Kafka cluster: one topic with a fixed number of partitions. Durable means on a quorum of brokers, and
// times are the brokers'. It promises offsets without a hole, or refuses to go on.
import { Admin, Consumer } from '@platformatic/kafka';
import { assert } from '../kernel/assert.ts';
import { calmly } from '../kernel/calmly.ts';
import { kafkaAnswerMs, kafkaRequestMs, maxKafkaWaitingBytes } from '../kernel/engine-limits.ts';
import { maxRecordBytes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { PartitionAppender } from './kafka-appender.ts';
import { boundsOf } from './kafka-fetched.ts';
import { KafkaFetcher, type Seen } from './kafka-fetcher.ts';
import { clientOptions, type KafkaParts, openTopic, type Topic, workOf } from './kafka-parts.ts';
import { KafkaProducer } from './kafka-producer.ts';
import { KafkaSender } from './kafka-sender.ts';
import { ahead, type Entry, type Log, type Offset, type Partition } from './log.ts';

interface Bounds {
  begin: Offset;
  end: Offset;
}

/** What the log in Kafka says beside. */
export interface KafkaLog extends Log {
  /** How long a record is kept, whether it was applied or not. Milliseconds. */
  readonly retentionMs: number;
  /** Asks where the partition begins and ends now: others append and release, too. @throws {Unavailable} */
  look(partition: Partition): Promise<void>;
  /** A reader here had everything of the partition up to `next` when a broker was asked at `time`; null: none did yet. */
  seen(partition: Partition): Seen | null;
}

/**
 * Opens the topic. `fault` hears what goes wrong with it later, in codes; the same again and again once in a while.
 * @throws {LogRefused | Unavailable} it is not fit, or not there
 */
export async function openKafkaLog(parts: KafkaParts, fault: (error: unknown) => void = () => {}): Promise<KafkaLog> {
  const topic = await openTopic(parts);
  const partitions = Array.from({ length: parts.partitions }, (_, partition) => partition);
  return new OpenKafkaLog(topic, parts, await ask(parts, partitions), calmly(fault));
}

async function ask(parts: KafkaParts, partitions: readonly Partition[]): Promise<readonly Bounds[]> {
  const consumer = new Consumer({
    ...clientOptions(parts, kafkaAnswerMs),
    groupId: `${parts.clientId}-bounds`,
    retries: 10,
  });
  consumer.topics.track(parts.topic);
  try {
    return await workOf(consumer, () =>
      Promise.all(partitions.map((partition) => boundsOf(consumer, parts, partition))),
    );
  } catch (cause) {
    throw new Unavailable('Kafka does not say where the log ends.', { cause });
  }
}

class OpenKafkaLog implements KafkaLog {
  readonly id: string;
  readonly retentionMs: number;
  readonly partitions: number;
  readonly #parts: KafkaParts;
  readonly #bounds: readonly Bounds[];
  readonly #sender: KafkaSender;
  readonly #appenders: readonly PartitionAppender[];
  readonly #fetcher: KafkaFetcher;
  readonly #reading = new Set<Promise<void>>();
  #closed = false;

  constructor(
    { id, retentionMs }: Topic,
    parts: KafkaParts,
    bounds: readonly Bounds[],
    fault: (error: unknown) => void,
  ) {
    this.id = id;
    this.retentionMs = retentionMs;
    this.partitions = parts.partitions;
    this.#parts = parts;
    this.#bounds = bounds.map((each) => ({ ...each }));
    this.#sender = new KafkaSender((triesAgain) => new KafkaProducer(parts, triesAgain, fault));
    // Until then everything goes one way.
    this.#sender.look().catch(() => {});
    this.#fetcher = new KafkaFetcher({
      kafka: parts,
      topicId: id,
      fault,
      onBounds: (partition, begin, end) => this.#learn(partition, { begin, end }),
    });
    this.#appenders = bounds.map(
      (_, partition) =>
        new PartitionAppender({
          partition,
          onWaiting: (appender) => this.#sender.offer(appender),
          onAppended: (end) => this.#ends(partition, end),
        }),
    );
  }

  get problem(): string | null {
    if (this.#closed) return 'The log is closed.';
    return this.#isFull ? 'Kafka does not keep up: records wait to be confirmed.' : null;
  }

  async append(partition: Partition, record: Uint8Array): Promise<Offset> {
    assert(record.length <= maxRecordBytes, 'a record is within its bound');
    if (this.#closed) throw new Unavailable('The log is closed.');
    if (this.#isFull) throw new Unavailable('Too many records wait to be confirmed.');
    const appender = this.#appenders[partition];
    assert(appender !== undefined, 'the partition exists');
    return appender.append(record);
  }

  async *read(partition: Partition, after: Offset, signal: AbortSignal): AsyncGenerator<readonly Entry[]> {
    const bounds = this.#of(partition);
    const next = after < 0 ? bounds.begin : after + 1;
    if (next > bounds.end) throw ahead(after, bounds.end);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reading.add(promise);
    try {
      // A closed log still gives what it had.
      const isDone = (at: Offset): boolean => this.#closed && at >= this.end(partition);
      yield* this.#fetcher.read(partition, next, signal, isDone);
    } finally {
      this.#reading.delete(promise);
      resolve();
    }
  }

  async release(partition: Partition, upTo: Offset): Promise<void> {
    const bounds = this.#of(partition);
    const offset = Math.min(upTo + 1, bounds.end);
    if (offset <= bounds.begin) return;
    const admin = new Admin({ ...clientOptions(this.#parts), retries: 3 });
    try {
      const partitions = [{ partition, offset: BigInt(offset) }];
      await workOf(admin, () => admin.deleteRecords({ topics: [{ name: this.#parts.topic, partitions }] }));
      bounds.begin = Math.max(bounds.begin, offset);
    } catch (cause) {
      throw new Unavailable('Kafka did not drop old records.', { cause });
    }
  }

  begin(partition: Partition): Offset {
    return this.#of(partition).begin;
  }

  end(partition: Partition): Offset {
    return this.#of(partition).end;
  }

  async look(partition: Partition): Promise<void> {
    for (const bounds of await ask(this.#parts, [partition])) this.#learn(partition, bounds);
  }

  seen(partition: Partition): Seen | null {
    return this.#fetcher.seen(partition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#appenders.map((appender) => appender.idle()));
    await this.#sender.close();
    this.#fetcher.endDone();
    await atMost(Promise.all(this.#reading), kafkaRequestMs);
    await this.#fetcher.close();
  }

  get #isFull(): boolean {
    return this.#appenders.reduce((bytes, appender) => bytes + appender.bytes, 0) > maxKafkaWaitingBytes;
  }

  #learn(partition: Partition, { begin, end }: Bounds): void {
    const known = this.#of(partition);
    known.begin = Math.max(known.begin, begin);
    this.#ends(partition, end);
  }

  #ends(partition: Partition, end: Offset): void {
    const bounds = this.#of(partition);
    bounds.end = Math.max(bounds.end, end);
  }

  #of(partition: Partition): Bounds {
    const bounds = this.#bounds[partition];
    assert(bounds !== undefined, 'the partition exists');
    return bounds;
  }
}

/** Resolves with the work, or after a while: a reader that takes nothing holds nobody up. */
async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
