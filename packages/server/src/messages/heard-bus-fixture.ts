// A bus that remembers what was published, and can be made to lose everything. Used by tests only.
import type { Bus, Hint } from '../bus/bus.ts';
import { LocalBus } from '../bus/local-bus.ts';

/** A bus that remembers what was published, and can be made to lose everything. */
export class HeardBus implements Bus {
  readonly hints: Hint[] = [];
  losesAll = false;
  readonly #bus: LocalBus;

  constructor(fault: (error: unknown) => void) {
    this.#bus = new LocalBus(fault);
  }

  publish(hint: Hint): void {
    this.hints.push(hint);
    if (!this.losesAll) this.#bus.publish(hint);
  }

  subscribe(listener: (hint: Hint) => void): () => void {
    return this.#bus.subscribe(listener);
  }

  want(): () => void {
    return this.#bus.want();
  }

  ready(): Promise<void> {
    return this.#bus.ready();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#bus[Symbol.asyncDispose]();
  }
}
