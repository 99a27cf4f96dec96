// Appends of one partition, in batches with one on its way at a time, so that the order of the calls is the order in the
// log. A batch whose outcome nobody told may be in the log all the same: who sends it again gets the same verdict. What
// was appended behind it is refused, or it would stand before what comes again.
import { ProduceAcks, Producer } from '@platformatic/kafka';
import { kafkaAnswerMs, kafkaDeliveryMs, kafkaLingerMs, maxKafkaBatchBytes } from '../kernel/engine-limits.ts';
import { OutcomeUnknown, Unavailable } from '../kernel/result.ts';
import { clientOptions, type KafkaParts, withDeadline } from './kafka-parts.ts';
import type { Offset, Partition } from './log.ts';

const behind = 'What was appended before was not confirmed.';

interface Waiting {
  readonly record: Uint8Array;
  readonly resolve: (offset: Offset) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A producer that some partitions share: it has one request on its way to each broker, so that several make a log that does
 * not wait for itself. Another one after a fault, because its sequence numbers are broken then. It asks another broker first
 * who leads: the library asks one only, which may be connected and say nothing.
 */
export class KafkaProducer {
  readonly #parts: KafkaParts;
  #producer: Producer;
  #opened = 0;

  constructor(parts: KafkaParts) {
    this.#parts = parts;
    this.#producer = this.#open();
  }

  /** Resolves to the offset of the first one. */
  async send(partition: Partition, records: readonly Uint8Array[]): Promise<Offset> {
    const { topic } = this.#parts;
    const producer = this.#producer;
    try {
      const messages = records.map((record) => ({
        topic,
        partition,
        value: Buffer.from(record.buffer, record.byteOffset, record.length),
      }));
      const { offsets = [] } = await withDeadline(producer.send({ messages }), kafkaDeliveryMs);
      const offset = offsets.find((each) => each.partition === partition)?.offset;
      if (offset === undefined) throw new Error('the broker named no offset');
      return Number(offset);
    } catch (cause) {
      if (producer === this.#producer) {
        this.#producer = this.#open();
        void producer.close(true).catch(() => {});
      }
      throw new OutcomeUnknown('Kafka did not confirm the batch in time.', { cause });
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  #open(): Producer {
    const { brokers } = this.#parts;
    const first = this.#opened++ % brokers.length;
    const inTurn = [...brokers.slice(first), ...brokers.slice(0, first)];
    return new Producer({
      ...clientOptions({ ...this.#parts, brokers: inTurn }, kafkaAnswerMs),
      acks: ProduceAcks.ALL,
      idempotent: true,
      retries: 100,
      retryDelay: 100,
    });
  }
}

/** One partition. */
export class PartitionAppender {
  readonly #producer: Pick<KafkaProducer, 'send'>;
  readonly #partition: Partition;
  readonly #onAppended: (end: Offset) => void;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  /** A batch has failed in this turn of the event loop: those who appended it do not know yet. */
  #isRefusing = false;
  /** Bytes that are not confirmed yet. */
  bytes = 0;

  constructor(producer: Pick<KafkaProducer, 'send'>, partition: Partition, onAppended: (end: Offset) => void) {
    this.#producer = producer;
    this.#partition = partition;
    this.#onAppended = onAppended;
  }

  append(record: Uint8Array): Promise<Offset> {
    if (this.#isRefusing) return Promise.reject(new Unavailable(behind));
    this.bytes += record.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, kafkaLingerMs));
    while (this.#waiting.length > 0) await this.#send(this.#take());
    this.#running = null;
  }

  #take(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#waiting) {
      if (count > 0 && bytes + record.length > maxKafkaBatchBytes) break;
      bytes += record.length;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    try {
      const first = await this.#producer.send(
        this.#partition,
        batch.map(({ record }) => record),
      );
      this.#onAppended(first + batch.length);
      for (const [at, { resolve }] of batch.entries()) resolve(first + at);
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
      this.#refuseWaiting();
    } finally {
      for (const { record } of batch) this.bytes -= record.length;
    }
  }

  #refuseWaiting(): void {
    for (const { record, reject } of this.#waiting.splice(0)) {
      this.bytes -= record.length;
      reject(new Unavailable(behind));
    }
    this.#isRefusing = true;
    setImmediate(() => {
      this.#isRefusing = false;
    });
  }
}
