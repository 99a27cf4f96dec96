// Sends what waits in all partitions: to each broker one request at a time, with what has gathered meanwhile for every
// partition that it leads, so that many quiet partitions cost no more than one. While records come, brokers are sent to
// together and seldom, so that few wakes carry them. A broker that says nothing holds up only its own. A batch that was not
// confirmed in company is tried alone, until its time is over.
import {
  kafkaAloneProducers,
  kafkaAnswerMs,
  kafkaDeliveryMs,
  kafkaLingerMs,
  kafkaSendGatherMs,
  maxKafkaRequestBytes,
} from '../kernel/engine-limits.ts';
import { OutcomeUnknown } from '../kernel/result.ts';
import { Gathering } from './gathering.ts';
import type { PartitionAppender } from './kafka-appender.ts';
import type { BatchProducer } from './kafka-producer.ts';
import type { Partition } from './log.ts';

/** It is not known who leads. */
const nobody = -1;

/** `triesAgain`: until it is told to end. */
export type MakeProducer = (triesAgain: boolean) => BatchProducer;

/** One for a process. */
export class KafkaSender {
  readonly #make: MakeProducer;
  /** By the broker that leads. */
  readonly #lanes = new Map<number, Lane>();
  readonly #alone: readonly BatchProducer[];
  readonly #gathering = new Gathering(kafkaSendGatherMs);
  #leaders: ReadonlyMap<Partition, number> = new Map();
  #looking: Promise<void> | null = null;
  #asked = 0;

  constructor(make: MakeProducer) {
    this.#make = make;
    this.#alone = Array.from({ length: kafkaAloneProducers }, () => make(true));
  }

  /** Something waits there, and nothing of it is on its way. */
  offer(appender: PartitionAppender): void {
    const leader = this.#leaders.get(appender.partition) ?? nobody;
    let lane = this.#lanes.get(leader);
    if (lane === undefined) {
      lane = new Lane(this.#make(false), this.#gathering, (left, ms) => void this.#sendAlone(left, ms));
      this.#lanes.set(leader, lane);
    }
    lane.add(appender);
  }

  /** Looks who leads, once for all who want to know meanwhile. Where nobody says, it stays as it was known. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async close(): Promise<void> {
    const producers = [...this.#alone, ...[...this.#lanes.values()].map(({ producer }) => producer)];
    await Promise.all(producers.map((producer) => producer.close().catch(() => {})));
  }

  async #look(): Promise<void> {
    for (let tries = 0; tries < this.#alone.length; tries++) {
      const leaders = await this.#producer(this.#asked++).leaders();
      if (leaders === null) continue;
      this.#leaders = leaders;
      return;
    }
  }

  async #sendAlone(appender: PartitionAppender, withinMs: number): Promise<void> {
    const { partition } = appender;
    const batches = new Map([[partition, appender.onItsWay]]);
    const { offsets, cause } = await this.#producer(partition).send(batches, withinMs);
    const offset = offsets.get(partition);
    // By now there may be another leader.
    this.look().catch(() => {});
    if (offset === undefined)
      appender.failed(new OutcomeUnknown('Kafka did not confirm the batch in time.', { cause }));
    else appender.confirmed(offset);
  }

  #producer(n: number): BatchProducer {
    return this.#alone[n % this.#alone.length] as BatchProducer;
  }
}

/** What goes to one broker. */
class Lane {
  readonly producer: BatchProducer;
  readonly #gathering: Gathering;
  readonly #leave: (appender: PartitionAppender, withinMs: number) => void;
  readonly #ready = new Set<PartitionAppender>();
  #isRunning = false;

  /** `leave`: that batch was not confirmed in company; it has so much time. */
  constructor(
    producer: BatchProducer,
    gathering: Gathering,
    leave: (appender: PartitionAppender, withinMs: number) => void,
  ) {
    this.producer = producer;
    this.#gathering = gathering;
    this.#leave = leave;
  }

  add(appender: PartitionAppender): void {
    this.#ready.add(appender);
    if (this.#isRunning) return;
    this.#isRunning = true;
    setTimeout(() => void this.#run(), kafkaLingerMs);
  }

  async #run(): Promise<void> {
    while (this.#ready.size > 0) {
      const taken = this.#take();
      const hasMore = this.#ready.size > 0;
      await this.#send(taken);
      if (!hasMore) await this.#gathering.next();
    }
    this.#isRunning = false;
  }

  /** Who waits longest comes first. */
  #take(): readonly PartitionAppender[] {
    const taken: PartitionAppender[] = [];
    let bytes = 0;
    for (const appender of this.#ready) {
      if (bytes >= maxKafkaRequestBytes) break;
      this.#ready.delete(appender);
      bytes += appender.take();
      taken.push(appender);
    }
    return taken;
  }

  async #send(taken: readonly PartitionAppender[]): Promise<void> {
    const since = performance.now();
    const { offsets } = await this.producer.send(
      new Map(taken.map(({ partition, onItsWay }) => [partition, onItsWay])),
      kafkaAnswerMs,
    );
    for (const appender of taken) {
      const offset = offsets.get(appender.partition);
      if (offset !== undefined) appender.confirmed(offset);
      else this.#leave(appender, kafkaDeliveryMs - (performance.now() - since));
    }
  }
}
