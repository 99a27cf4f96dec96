// Waiting for something to happen, for a time to pass, or for the end, whichever comes first. It must never keep a
// timer or a listener behind.
import type { Clock } from '../kernel/clock.ts';

/** Wakes everybody who waits for it. */
export class Bell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when the bell rings, after `ms`, or when the signal is aborted. */
  wait(signal: AbortSignal, clock?: Clock, ms = 0): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        cancel?.();
        resolve();
      };
      const cancel = clock?.after(ms, wake);
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

/** Lets everything else of the process have its turn. */
export function turn(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.after(0, resolve);
  });
}
