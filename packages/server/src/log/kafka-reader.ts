// Reads one partition from any offset by plain fetches, outside of any consumer group. A fault of a broker is asked
// again from the reader's own place; a hole in the offsets, or records that are gone, end it with a refusal.
import { Consumer } from '@platformatic/kafka';
import { kafkaRetryMs, kafkaWaitMs, maxKafkaFetchBytes } from '../kernel/limits.ts';
import { clientOptions, type KafkaParts } from './kafka-parts.ts';
import { ahead, type Entry, gone, LogRefused, type Offset, type Partition } from './log.ts';

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

/** What a reader is given. */
export interface ReaderParts {
  readonly kafka: KafkaParts;
  readonly topicId: string;
  readonly partition: Partition;
  /** Where the log begins and ends, as a broker said with a fetch. */
  readonly onBounds: (begin: Offset, end: Offset) => void;
  /** Nothing more is wanted from this offset on. */
  readonly isDone: (next: Offset) => boolean;
}

const errors = { offsetOutOfRange: 1 } as const;

/** Batches from `next` on, until the signal aborts. @throws {LogRefused} */
export async function* readPartition(
  parts: ReaderParts,
  next: Offset,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[]> {
  const { kafka } = parts;
  const consumer = new Consumer({ ...clientOptions(kafka), groupId: `${kafka.clientId}-reader`, retries: false });
  consumer.topics.track(kafka.topic);
  try {
    for (let at = next; !signal.aborted && !parts.isDone(at); ) {
      const found = await fetchAt(consumer, parts, at, signal);
      if (found === null) continue;
      if (found.errorCode === errors.offsetOutOfRange) throw await outOfRange(consumer, parts, at);
      parts.onBounds(Number(found.logStartOffset), Number(found.highWatermark));
      const entries = entriesOf(found, at);
      if (entries.length === 0) continue;
      at = entries[0]?.offset === at ? at + entries.length : hole(at, entries[0]?.offset ?? at);
      if (!signal.aborted) yield entries;
    }
  } finally {
    await consumer.close(true).catch(() => {});
  }
}

/** Null: nobody answered; a moment has passed. */
async function fetchAt(
  consumer: Consumer,
  { kafka, topicId, partition }: ReaderParts,
  at: Offset,
  signal: AbortSignal,
): Promise<FetchedPartition | null> {
  try {
    const { topics } = await consumer.metadata({ topics: [kafka.topic] });
    const node = topics.get(kafka.topic)?.partitions[partition]?.leader ?? -1;
    const asked = {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(at),
      lastFetchedEpoch: -1,
      partitionMaxBytes: maxKafkaFetchBytes,
    };
    const answer = await consumer.fetch({
      node,
      topics: [{ topicId, partitions: [asked] }],
      maxWaitTime: kafkaWaitMs,
      minBytes: 1,
      maxBytes: maxKafkaFetchBytes,
    });
    return answer.responses[0]?.partitions[0] ?? null;
  } catch (error) {
    const refused = refusedPartition(error);
    if (refused !== null) return refused;
    consumer.clearMetadata();
    await pause(signal);
    return null;
  }
}

/** The library throws when a partition of an answer has an error; what the broker said stands in it. */
function refusedPartition(error: unknown): FetchedPartition | null {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    const { response, errors: inner } = each as {
      readonly response?: FetchResponse;
      readonly errors?: readonly unknown[];
    };
    const partition = response?.responses[0]?.partitions[0];
    if (partition?.errorCode === errors.offsetOutOfRange) return partition;
    for (const one of inner ?? []) {
      const found = refusedPartition(one);
      if (found !== null) return found;
    }
  }
  return null;
}

async function outOfRange(consumer: Consumer, { kafka, partition }: ReaderParts, at: Offset): Promise<LogRefused> {
  const { begin, end } = await boundsOf(consumer, kafka, partition);
  return at < begin ? gone(at, begin) : ahead(at - 1, end);
}

/** Where a partition begins and ends now. */
export async function boundsOf(
  consumer: Consumer,
  { topic }: KafkaParts,
  partition: Partition,
): Promise<{ readonly begin: Offset; readonly end: Offset }> {
  const of = async (timestamp: bigint) => {
    const found = await consumer.listOffsets({ topics: [topic], partitions: { [topic]: [partition] }, timestamp });
    return Number(found.get(topic)?.[partition] ?? 0n);
  };
  const [begin, end] = await Promise.all([of(-2n), of(-1n)]);
  return { begin, end };
}

/** Records at and after `at`; a batch may begin before it. */
function entriesOf({ records }: FetchedPartition, at: Offset): readonly Entry[] {
  const entries: Entry[] = [];
  for (const batch of records ?? []) {
    const time = Number(batch.maxTimestamp);
    for (const { offsetDelta, value } of batch.records) {
      const offset = Number(batch.firstOffset) + offsetDelta;
      if (offset >= at) entries.push({ offset, time, record: value ?? new Uint8Array(0) });
    }
  }
  return entries;
}

function hole(expected: Offset, found: Offset): never {
  throw new LogRefused('damaged', `Offset ${expected} of the log is missing: the next one is ${found}.`);
}

/** A moment, or until the abort. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, kafkaRetryMs);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
