// A clock whose timers end together with what they belong to.
import type { Clock } from './ports.ts';

/** Timers that can all be stopped at once. */
export interface ScopedClock extends Clock {
  /** Resolves after this long, or never when it was stopped before. */
  wait(delayMs: number): Promise<void>;
  /** Stops every timer; later ones never run. */
  stop(): void;
}

/** The same time, with an end. */
export function scopedClock(clock: Clock): ScopedClock {
  const timers = new Set<() => void>();
  let stopped = false;
  const after = (delayMs: number, task: () => void): (() => void) => {
    if (stopped) return () => {};
    const stop = clock.after(delayMs, () => {
      timers.delete(stop);
      task();
    });
    timers.add(stop);
    return () => {
      timers.delete(stop);
      stop();
    };
  };
  return {
    now: () => clock.now(),
    after,
    wait: (delayMs) =>
      new Promise((resolve) => {
        after(delayMs, resolve);
      }),
    stop: () => {
      stopped = true;
      for (const stop of timers) stop();
      timers.clear();
    },
  };
}
