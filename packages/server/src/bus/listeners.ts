// Those who hear hints in one process. A hint has reached every one of them when the outermost `publish` returns; what a
// listener publishes meanwhile comes after it. It promises that the bug of a listener hurts nobody else.
import { maxBusBacklog } from '../kernel/engine-limits.ts';
import type { Hint } from './bus.ts';

/** Listeners of one process. */
export class Listeners {
  readonly #fault: (error: unknown) => void;
  #listeners: readonly ((hint: Hint) => void)[] = [];
  /** Hints that listeners published while they were told of another one; null when nobody is being told. */
  #backlog: Hint[] | null = null;

  /** `fault` hears what a listener throws: its bug never reaches the publisher. */
  constructor(fault: (error: unknown) => void) {
    this.#fault = fault;
  }

  publish(hint: Hint): void {
    if (this.#backlog !== null) {
      if (this.#backlog.length < maxBusBacklog) this.#backlog.push(hint);
      return;
    }
    const backlog = [hint];
    this.#backlog = backlog;
    for (let next = backlog.shift(); next !== undefined; next = backlog.shift()) this.#tell(next);
    this.#backlog = null;
  }

  subscribe(listener: (hint: Hint) => void): () => void {
    const own = (hint: Hint) => listener(hint);
    this.#listeners = [...this.#listeners, own];
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== own);
    };
  }

  clear(): void {
    this.#listeners = [];
  }

  #tell(hint: Hint): void {
    for (const listener of this.#listeners) {
      try {
        listener(hint);
      } catch (error) {
        this.#fault(error);
      }
    }
  }
}
