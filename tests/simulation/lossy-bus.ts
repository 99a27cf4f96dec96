// A bus that loses hints, as any bus may. What it does not lose stays in order. That of a cluster notices a loss.
import type { Bus, Hint } from '../../packages/server/src/bus/bus.ts';
import { LocalBus } from '../../packages/server/src/bus/local-bus.ts';
import type { Clock } from '../../packages/server/src/kernel/clock.ts';
import type { Chance } from './chance.ts';

/** How it loses. */
export interface LossyBusParts {
  readonly chance: Chance;
  /** The probability that a hint is lost, now. */
  readonly losses: () => number;
  /** By this clock a loss is noticed, and said; null: it is not. */
  readonly noticed: Pick<Clock, 'after'> | null;
  readonly fault: (error: unknown) => void;
}

/** A loss in a cluster is noticed after so long. Milliseconds. */
export const noticedMs = 1_000;

/** The bus of one program of the server. */
export class LossyBus implements Bus {
  readonly #local: LocalBus;
  readonly #parts: LossyBusParts;

  constructor(parts: LossyBusParts) {
    this.#local = new LocalBus(parts.fault);
    this.#parts = parts;
  }

  publish(hint: Hint): void {
    const { chance, losses, noticed } = this.#parts;
    const probability = losses();
    if (probability === 0 || !chance.happens(probability)) this.#local.publish(hint);
    else noticed?.after(noticedMs, () => this.#local.publish({ type: 'resync', topics: null }));
  }

  subscribe(listener: (hint: Hint) => void): () => void {
    return this.#local.subscribe(listener);
  }

  want(): () => void {
    return this.#local.want();
  }

  ready(): Promise<void> {
    return this.#local.ready();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#local[Symbol.asyncDispose]();
  }
}
