// The bus of a cluster of several gateways: each process has an end of it, hears at once what it says itself, and after a while
// what others say of what it wants, in the order of each. What is lost on the way it notices, and says.
import type { Bus, Hint, Topic } from '../../packages/server/src/bus/bus.ts';
import { LocalBus } from '../../packages/server/src/bus/local-bus.ts';
import { accountTopic, targetsOf } from '../../packages/server/src/bus/redis-bus-targets.ts';
import type { Chance } from './chance.ts';
import type { Life } from './life.ts';
import { noticedMs } from './lossy-bus.ts';
import { Pipe } from './pipe.ts';
import type { WorldTime } from './timeline-clock.ts';

/** How it carries. */
export interface ClusterBusParts {
  readonly time: WorldTime;
  readonly chance: Chance;
  /** The probability that a hint is lost on its way to an end, now. */
  readonly losses: () => number;
}

/** A hint, and what is wanted, is on its way for at most so long. Milliseconds. */
const maxDelayMs = 20;

/** All ends. */
export class ClusterBus {
  readonly #parts: ClusterBusParts;
  readonly #ends = new Set<End>();

  constructor(parts: ClusterBusParts) {
    this.#parts = parts;
  }

  /** That of one process, as long as it lives. */
  end(life: Life, fault: (error: unknown) => void): Bus {
    const end = new End(this.#parts, life, fault, (hint) => this.#carry(end, hint));
    this.#ends.add(end);
    life.onEnd(() => this.#ends.delete(end));
    return end;
  }

  #carry(from: End, hint: Hint): void {
    for (const to of this.#ends) if (to !== from && to.wants(hint)) to.hear(from, hint);
  }
}

class End implements Bus {
  readonly #local: LocalBus;
  readonly #parts: ClusterBusParts;
  readonly #life: Life;
  readonly #carry: (hint: Hint) => void;
  readonly #wanted = new Map<Topic, number>();
  /** What the others know to be wanted here. */
  readonly #known = new Set<Topic>();
  /** By who says something. */
  readonly #pipes = new Map<End, Pipe>();

  constructor(parts: ClusterBusParts, life: Life, fault: (error: unknown) => void, carry: (hint: Hint) => void) {
    this.#parts = parts;
    this.#life = life;
    this.#local = new LocalBus(fault);
    this.#carry = carry;
  }

  publish(hint: Hint): void {
    if (this.#life.over) return;
    this.#carry(hint);
    this.#local.publish(hint);
  }

  wants(hint: Hint): boolean {
    const { all, accounts, topics } = targetsOf(hint);
    return all || [...accounts.map(accountTopic), ...topics].some((topic) => this.#known.has(topic));
  }

  hear(from: End, hint: Hint): void {
    const { time, chance, losses } = this.#parts;
    const probability = losses();
    if (probability > 0 && chance.happens(probability)) {
      time.after(noticedMs, () => this.#tell({ type: 'resync', topics: null }));
      return;
    }
    const pipe = this.#pipes.get(from) ?? new Pipe(time, () => this.#delayMs());
    this.#pipes.set(from, pipe);
    pipe.push(0, () => this.#tell(hint));
  }

  subscribe(listener: (hint: Hint) => void): () => void {
    return this.#local.subscribe(listener);
  }

  want(topic: Topic): () => void {
    this.#wanted.set(topic, (this.#wanted.get(topic) ?? 0) + 1);
    this.#parts.time.after(this.#delayMs(), () => {
      if (this.#wanted.has(topic)) this.#known.add(topic);
    });
    return () => this.#giveUp(topic);
  }

  async ready(): Promise<void> {
    await this.#life.hold(new Promise<void>((resolve) => void this.#parts.time.after(maxDelayMs, resolve)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#local[Symbol.asyncDispose]();
  }

  #giveUp(topic: Topic): void {
    const left = (this.#wanted.get(topic) ?? 1) - 1;
    if (left > 0) this.#wanted.set(topic, left);
    else {
      this.#wanted.delete(topic);
      this.#known.delete(topic);
    }
  }

  #tell(hint: Hint): void {
    if (!this.#life.over) this.#local.publish(hint);
  }

  #delayMs(): number {
    return this.#parts.chance.between(0, maxDelayMs);
  }
}
