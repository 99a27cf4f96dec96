// One client that appends to Kafka, in two ways: batches of many partitions in one request, which is tried once, or one
// batch that is tried again and again. After a fault it is another client, whose sequence numbers begin anew; it asks
// another broker first who leads: the library asks one only, which may be connected and say nothing.
import { ProduceAcks, Producer } from '@platformatic/kafka';
import { kafkaAnswerMs } from '../kernel/engine-limits.ts';
import type { Unavailable } from '../kernel/result.ts';
import { kafkaFault } from './kafka-fault.ts';
import { clientOptions, type KafkaParts, responseIn, withDeadline } from './kafka-parts.ts';
import type { Offset, Partition } from './log.ts';

/** Records of some partitions, in their order. */
export type Batches = ReadonlyMap<Partition, readonly Uint8Array[]>;
/** Where the first record of each batch stands. Of a batch that is missing nobody knows whether it is in the log. */
export type Offsets = ReadonlyMap<Partition, Offset>;

/** How often the library tries a batch again, and how long it waits before it does. Milliseconds. */
const retries = 100;
const retryDelay = 100;

interface ProduceResponse {
  readonly responses: readonly {
    readonly partitionResponses: readonly {
      readonly index: number;
      readonly errorCode: number;
      readonly baseOffset: bigint;
    }[];
  }[];
}

/** What became of batches that were sent. */
export interface Sent {
  readonly offsets: Offsets;
  /** Why some are missing. */
  readonly cause?: unknown;
}

/** What appends batches and knows who leads. */
export interface BatchProducer {
  /** Resolves within that time, with what was confirmed. Never rejects. */
  send(batches: Batches, withinMs: number): Promise<Sent>;
  /** Who leads each partition now; null: nobody says. */
  leaders(): Promise<ReadonlyMap<Partition, number> | null>;
  close(): Promise<void>;
}

/** One request at a time to each broker. */
export class KafkaProducer implements BatchProducer {
  readonly #parts: KafkaParts;
  readonly #triesAgain: boolean;
  readonly #fault: (error: Unavailable) => void;
  #producer: Producer;
  #opened = 0;

  /** `fault` hears why something was not confirmed. */
  constructor(parts: KafkaParts, triesAgain: boolean, fault: (error: Unavailable) => void) {
    this.#parts = parts;
    this.#fault = fault;
    this.#triesAgain = triesAgain;
    this.#producer = this.#open();
  }

  async send(batches: Batches, withinMs: number): Promise<Sent> {
    const { topic } = this.#parts;
    const producer = this.#producer;
    const messages = [...batches].flatMap(([partition, records]) =>
      records.map((record) => ({
        topic,
        partition,
        value: Buffer.from(record.buffer, record.byteOffset, record.length),
      })),
    );
    try {
      const { offsets = [] } = await withDeadline(producer.send({ messages }), withinMs);
      return { offsets: new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)])) };
    } catch (error) {
      this.#failed(producer, error);
      return { offsets: confirmedIn(error), cause: error };
    }
  }

  async leaders(): Promise<ReadonlyMap<Partition, number> | null> {
    const { topic } = this.#parts;
    const producer = this.#producer;
    try {
      const asked = producer.metadata({ topics: [topic], forceUpdate: true });
      const { topics } = await withDeadline(asked, kafkaAnswerMs);
      const found = topics.get(topic)?.partitions ?? [];
      return new Map(found.flatMap(({ leader }, partition) => (leader === undefined ? [] : [[partition, leader]])));
    } catch (error) {
      this.#failed(producer, error);
      return null;
    }
  }

  async close(): Promise<void> {
    await withDeadline(this.#producer.close(), kafkaAnswerMs);
  }

  #failed(producer: Producer, error: unknown): void {
    this.#fault(kafkaFault('Kafka takes no records', error));
    if (producer !== this.#producer) return;
    this.#producer = this.#open();
    void producer.close(true).catch(() => {});
  }

  #open(): Producer {
    const { brokers } = this.#parts;
    const first = this.#opened++ % brokers.length;
    const inTurn = [...brokers.slice(first), ...brokers.slice(0, first)];
    return new Producer({
      ...clientOptions({ ...this.#parts, brokers: inTurn }, kafkaAnswerMs),
      acks: ProduceAcks.ALL,
      idempotent: true,
      retries: this.#triesAgain ? retries : false,
      retryDelay,
    });
  }
}

/** The library throws when one partition of an answer has an error; those without one are in the log. */
function confirmedIn(error: unknown): Offsets {
  const { responses = [] } = responseIn<ProduceResponse>(error) ?? {};
  const confirmed = responses.flatMap(({ partitionResponses }) =>
    partitionResponses.filter(({ errorCode }) => errorCode === 0),
  );
  return new Map(confirmed.map(({ index, baseOffset }) => [index, Number(baseOffset)]));
}
