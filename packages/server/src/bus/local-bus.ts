// The bus of a single process: a hint has reached every listener when the outermost `publish` returns.
import { maxBusBacklog } from '../kernel/limits.ts';
import type { Bus, Hint, Topic } from './bus.ts';

/** Everything comes here anyway. */
const giveUp = (): void => {};

/** Listeners of one process. */
export class LocalBus implements Bus {
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

  want(_: Topic): () => void {
    return giveUp;
  }

  async ready(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
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
