// What a broker answers to a fetch, as entries, bounds and refusals. A hole in the offsets is a refusal, too.
import type { Consumer } from '@platformatic/kafka';
import { type KafkaParts, responseIn } from './kafka-parts.ts';
import { ahead, type Entry, gone, LogRefused, type Offset, type Partition } from './log.ts';

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

/** Codes of the protocol. */
export const fetchErrors = { none: 0, offsetOutOfRange: 1 } as const;

/** Every partition of an answer. */
export function partitionsOf({ responses }: FetchResponse): readonly FetchedPartition[] {
  return responses[0]?.partitions ?? [];
}

/** The library throws when one partition of an answer has an error; the answer stands in the error, or nowhere. */
export function answerIn(error: unknown): readonly FetchedPartition[] | null {
  const response = responseIn<FetchResponse>(error);
  return response === null ? null : partitionsOf(response);
}

/** Records at and after `at`; a batch may begin before it. @throws {LogRefused} there is a hole */
export function entriesFrom({ records }: FetchedPartition, at: Offset): readonly Entry[] {
  const entries: Entry[] = [];
  for (const batch of records ?? []) {
    const time = Number(batch.maxTimestamp);
    for (const { offsetDelta, value } of batch.records) {
      const offset = Number(batch.firstOffset) + offsetDelta;
      if (offset < at) continue;
      if (offset !== at + entries.length) throw hole(at + entries.length, offset);
      entries.push({ offset, time, record: value ?? new Uint8Array(0) });
    }
  }
  return entries;
}

/** Why nothing is kept at this offset. */
export async function outOfRange(
  consumer: Pick<Consumer, 'listOffsets'>,
  kafka: KafkaParts,
  partition: Partition,
  at: Offset,
): Promise<LogRefused> {
  const { begin, end } = await boundsOf(consumer, kafka, partition);
  return at < begin ? gone(at, begin) : ahead(at - 1, end);
}

/** Where a partition begins and ends now. */
export async function boundsOf(
  consumer: Pick<Consumer, 'listOffsets'>,
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

function hole(expected: Offset, found: Offset): LogRefused {
  return new LogRefused('damaged', `Offset ${expected} of the log is missing: the next one is ${found}.`);
}
