// The bus of a single process: a hint has reached every listener when the outermost `publish` returns.
import type { Bus, Hint } from './bus.ts';
import { Listeners } from './listeners.ts';

/** Everything comes here anyway. */
const giveUp = (): void => {};

/** Listeners of one process. */
export class LocalBus implements Bus {
  readonly #listeners: Listeners;

  /** `fault` hears what a listener throws: its bug never reaches the publisher. */
  constructor(fault: (error: unknown) => void) {
    this.#listeners = new Listeners(fault);
  }

  publish(hint: Hint): void {
    this.#listeners.publish(hint);
  }

  subscribe(listener: (hint: Hint) => void): () => void {
    return this.#listeners.subscribe(listener);
  }

  want(): () => void {
    return giveUp;
  }

  async ready(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }
}
