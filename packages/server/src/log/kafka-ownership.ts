// Owners of partitions by the membership of a consumer group: Kafka notices who is gone, and shares the partitions out
// again. Nothing is read or committed through the group. While no broker answers everybody keeps what it has.
import { COOPERATIVE_STICKY_ASSIGNOR, Consumer, cooperativeStickyAssigner } from '@platformatic/kafka';
import {
  kafkaHeartbeatMs,
  kafkaRebalanceMs,
  kafkaRetryMs,
  kafkaSessionMs,
  maxKafkaJoinRetryMs,
} from '../kernel/engine-limits.ts';
import { clientOptions, type KafkaParts } from './kafka-parts.ts';
import type { Partition } from './log.ts';
import type { Ownership } from './ownership.ts';

/** How this process stands in the group. */
export interface OwnershipParts {
  readonly kafka: KafkaParts;
  readonly group: string;
  /** The same after a restart, so that a quick one moves no partition. */
  readonly node: string;
  readonly fault: (error: unknown) => void;
}

/** Joins, and joins again whatever happens. */
export class KafkaOwnership implements Ownership {
  readonly #parts: OwnershipParts;
  #listener: (owned: readonly Partition[]) => void = () => {};
  #consumer: Consumer | null = null;
  #joining: Promise<void> | null = null;
  #cancelRetry: (() => void) | null = null;
  #isClosed = false;

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
  }

  follow(listener: (owned: readonly Partition[]) => void): void {
    this.#listener = listener;
    this.#join(kafkaRetryMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry?.();
    await this.#joining;
    const consumer = this.#consumer;
    this.#consumer = null;
    await consumer?.close(true).catch(this.#parts.fault);
  }

  #join(retryMs: number): void {
    this.#joining = this.#enter().catch((error) => {
      this.#parts.fault(error);
      if (this.#isClosed) return;
      const timer = setTimeout(() => this.#join(Math.min(2 * retryMs, maxKafkaJoinRetryMs)), retryMs);
      this.#cancelRetry = () => clearTimeout(timer);
    });
  }

  async #enter(): Promise<void> {
    const { kafka, group, node } = this.#parts;
    const consumer = new Consumer({
      ...clientOptions(kafka),
      groupId: group,
      groupInstanceId: node,
      sessionTimeout: kafkaSessionMs,
      rebalanceTimeout: kafkaRebalanceMs,
      heartbeatInterval: kafkaHeartbeatMs,
      heartbeatStallTimeout: kafkaRebalanceMs,
      partitionAssigner: cooperativeStickyAssigner,
      protocols: [{ name: COOPERATIVE_STICKY_ASSIGNOR, version: 1 }],
      retries: 3,
    });
    consumer.topics.track(kafka.topic);
    consumer.on('consumer:group:join', () => this.#told(consumer));
    consumer.on('consumer:group:rebalance', () => this.#told(consumer));
    consumer.on('consumer:heartbeat:stalled', ({ lastError }) => this.#rejoin(consumer, lastError));
    // It could not come back into the group by itself; unheard, this would end the process.
    consumer.on('error', (error) => this.#rejoin(consumer, error));
    try {
      await consumer.joinGroup({});
    } catch (error) {
      await consumer.close(true).catch(() => {});
      throw error;
    }
    this.#consumer = consumer;
  }

  #told(consumer: Consumer): void {
    if (this.#isClosed) return;
    const { topic } = this.#parts.kafka;
    const mine = consumer.assignments?.find((each) => each.topic === topic)?.partitions ?? [];
    this.#listener([...mine].sort((a, b) => a - b));
  }

  /** The library has given up. What is owned is kept meanwhile. */
  #rejoin(consumer: Consumer, error: unknown): void {
    if (consumer !== this.#consumer || this.#isClosed) return;
    this.#consumer = null;
    this.#parts.fault(error);
    void consumer.close(true).catch(() => {});
    this.#join(kafkaRetryMs);
  }
}
