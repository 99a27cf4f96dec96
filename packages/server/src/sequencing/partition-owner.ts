// The partitions that this process owns, each with a sequencer of its own: opened when it becomes the owner, ended when
// another one does, opened again when it ended by a fault. It promises that one that cannot go on holds up no other.
import type { Clock } from '../kernel/clock.ts';
import { maxOwnerRetryMs, ownerRetryMs } from '../kernel/engine-limits.ts';
import type { Events } from '../kernel/events.ts';
import type { Partition } from '../log/log.ts';
import type { Ownership } from '../log/ownership.ts';
import { NewerVersion } from '../sequencer/record-codec.ts';
import type { Sequencer } from '../sequencer/run.ts';
import { HistoryGap } from '../sequencer/warm-up.ts';

/** What partitions are owned with. */
export interface OwnerParts {
  readonly ownership: Ownership;
  /** Begins to apply a partition, from where the store is. */
  readonly open: (partition: Partition) => Promise<Sequencer>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'alarm' | 'alarmOver' | 'fault' | 'step'>;
}

/** Owns until it is disposed of. */
export class PartitionOwner implements AsyncDisposable {
  readonly #parts: OwnerParts;
  readonly #tenures = new Map<Partition, Tenure>();
  #leaving = new Set<Promise<void>>();

  constructor(parts: OwnerParts) {
    this.#parts = parts;
    parts.ownership.follow((owned) => this.#own(new Set(owned)));
  }

  /** Sequencers that run here. */
  *running(): Iterable<readonly [Partition, Sequencer]> {
    for (const [partition, { sequencer }] of this.#tenures) if (sequencer !== null) yield [partition, sequencer];
  }

  /** Partitions that are owned, in their order, whether their sequencers run yet or not. */
  get owned(): readonly Partition[] {
    return [...this.#tenures.keys()].sort((a, b) => a - b);
  }

  /** Hands over: finishes what is under way, then leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#own(new Set());
    await Promise.all(this.#leaving);
    await this.#parts.ownership[Symbol.asyncDispose]();
  }

  #own(owned: ReadonlySet<Partition>): void {
    for (const [partition, tenure] of this.#tenures) {
      if (owned.has(partition)) continue;
      this.#tenures.delete(partition);
      const ended = tenure.end();
      this.#leaving.add(ended);
      void ended.finally(() => this.#leaving.delete(ended)).catch(() => {});
    }
    const come = [...owned].filter((partition) => !this.#tenures.has(partition));
    for (const partition of come) this.#tenures.set(partition, new Tenure(partition, this.#parts));
    this.#parts.events.step('partitions', { owned: owned.size, come: come.length });
  }
}

/** One partition, from the day that it is owned to the day that it is not. */
class Tenure {
  readonly #partition: Partition;
  readonly #parts: OwnerParts;
  readonly #running: Promise<void>;
  #isOver = false;
  #stopWaiting = (): void => {};
  sequencer: Sequencer | null = null;

  constructor(partition: Partition, parts: OwnerParts) {
    this.#partition = partition;
    this.#parts = parts;
    this.#running = this.#run();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    this.#stopWaiting();
    await this.sequencer?.[Symbol.asyncDispose]();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { events } = this.#parts;
    const alarm = `partition.${this.#partition}`;
    for (let delay = ownerRetryMs; !this.#isOver; delay = Math.min(2 * delay, maxOwnerRetryMs)) {
      try {
        const sequencer = await this.#parts.open(this.#partition);
        this.sequencer = sequencer;
        if (this.#isOver) await sequencer[Symbol.asyncDispose]();
        await sequencer.caughtUp();
        events.alarmOver(alarm);
        delay = ownerRetryMs;
        await sequencer.finished;
      } catch (error) {
        if (this.#isOver) return;
        events.fault('partition.run', error);
        events.alarm(alarm, `Partition ${this.#partition} is not applied: ${why(error)}`);
        await this.sequencer?.[Symbol.asyncDispose]();
        this.sequencer = null;
        if (error instanceof HistoryGap || error instanceof NewerVersion) return;
      }
      this.sequencer = null;
      if (!this.#isOver) await this.#wait(delay);
    }
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(delayMs, resolve);
      this.#stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }
}

function why(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}
