// The one shape of every view-model: an immutable snapshot, a way to watch it, and actions beside it.
// Plain TypeScript; no screen and no host in here.
import type { Live } from '@parley/sdk';

/** A snapshot with its subscribers. The owner replaces it; everybody else looks. */
export class Model<T> implements Live<T> {
  #snapshot: T;
  readonly #listeners = new Set<() => void>();

  constructor(snapshot: T) {
    this.#snapshot = snapshot;
  }

  get snapshot(): T {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts another snapshot in its place and tells everybody. */
  set(snapshot: T): void {
    if (Object.is(snapshot, this.#snapshot)) return;
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Replaces some fields. */
  update(fields: Partial<T>): void {
    this.set({ ...this.#snapshot, ...fields });
  }
}

/** Ways to stop, collected so that one call ends them all. */
export class Stops {
  readonly #stops: (() => void)[] = [];
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  add(stop: () => void): void {
    this.#stops.push(stop);
  }

  end(): void {
    this.#ended = true;
    for (const stop of this.#stops.splice(0)) stop();
  }
}
