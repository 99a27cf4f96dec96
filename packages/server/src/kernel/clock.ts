// Time as an argument. The server's core asks this and nothing else; the host's clock is one
// implementation, the simulation's another.
import { uptime } from 'node:os';

/** Wall time and timers. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump either way; nothing orders by it. */
  now(): number;
  /** Calls `task` once after `delayMs` milliseconds unless the returned function is called first. */
  after(delayMs: number, task: () => void): () => void;
}

/** A clock that also knows how much time has really passed, which tells sleep from a clock that was set. */
export interface SteadyClock extends Clock {
  /** Milliseconds since some start: only grows, counts the host's sleep, does not move when the clock is set. */
  elapsed(): number;
}

/** The host's clock. A pending timer does not keep the program alive. */
export const hostClock: SteadyClock = {
  now: () => Date.now(),
  elapsed: () => Math.floor(uptime() * 1_000),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
