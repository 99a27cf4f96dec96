// A bus that loses hints, as any bus may. What it does not lose stays in order.
import type { Bus, Hint } from '../../packages/server/src/bus/bus.ts';
import { LocalBus } from '../../packages/server/src/bus/local-bus.ts';
import type { Chance } from './chance.ts';

/** The bus of one program of the server. */
export class LossyBus implements Bus {
  readonly #local: LocalBus;
  readonly #chance: Chance;
  readonly #losses: () => number;

  /** `losses` is the probability that a hint is lost, now. */
  constructor(chance: Chance, losses: () => number, fault: (error: unknown) => void) {
    this.#local = new LocalBus(fault);
    this.#chance = chance;
    this.#losses = losses;
  }

  publish(hint: Hint): void {
    const losses = this.#losses();
    if (losses > 0 && this.#chance.happens(losses)) return;
    this.#local.publish(hint);
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
