// Values that can be looked at and watched. No framework: a snapshot, and functions that are called after a change.
import { tell } from './background.ts';
import { ChatError } from './error.ts';
import type { Live } from './views.ts';

/** Who wants to know. A listener that throws does not keep the others from hearing, nor us from going on. */
export class Listeners {
  readonly #listeners = new Set<() => void>();

  add(listener: () => void): () => void {
    // A wrapper of its own, so that the same function can be added twice.
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  call(): void {
    for (const listener of [...this.#listeners]) tell(listener);
  }

  get size(): number {
    return this.#listeners.size;
  }
}

/** A value that is set. */
export class Cell<T> implements Live<T> {
  readonly #listeners = new Listeners();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get snapshot(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.#listeners.call();
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }
}

/** A value that is made again when it is looked at after something changed. */
export class Derived<T> implements Live<T> {
  readonly #listeners = new Listeners();
  readonly #make: () => T;
  #value: { readonly made: T } | null = null;

  constructor(make: () => T) {
    this.#make = make;
  }

  get snapshot(): T {
    this.#value ??= { made: this.#make() };
    return this.#value.made;
  }

  /** Something that it is made from has changed. */
  stale(): void {
    this.#value = null;
    this.#listeners.call();
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }
}

/** What ends a wait early. */
export interface Ends {
  /** The caller does not wait any more: `client.aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** The client was closed: `client.closed`. */
  readonly closed: AbortSignal;
}

/** Resolves when `done` holds, now or after a change; rejects with what `done` throws, or when one of the ends comes first. */
export function until(
  subscribe: (listener: () => void) => () => void,
  done: () => boolean,
  { signal, closed }: Ends,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      try {
        if (signal?.aborted) finish(() => reject(new ChatError('client.aborted')));
        else if (done()) finish(resolve);
        else if (closed.aborted) finish(() => reject(new ChatError('client.closed')));
      } catch (error) {
        finish(() => reject(error as Error));
      }
    };
    const stop = subscribe(check);
    const finish = (end: () => void) => {
      stop();
      signal?.removeEventListener('abort', check);
      closed.removeEventListener('abort', check);
      end();
    };
    signal?.addEventListener('abort', check);
    closed.addEventListener('abort', check);
    check();
  });
}
