// Time as an argument. The server's core asks this and nothing else; the host's clock is one
// implementation, the simulation's another.
import { uptime } from 'node:os';

/** Time and timers. */
export interface Clock {
  /** Milliseconds since the Unix epoch, unless it is a steady one. May jump either way; nothing orders by it. */
  now(): number;
  /** Calls `task` once after `delayMs` milliseconds unless the returned function is called first. */
  after(delayMs: number, task: () => void): () => void;
}

/** A clock that also knows how much time has really passed, which tells sleep from a clock that was set. */
export interface SteadyClock extends Clock {
  /** Milliseconds since some start: only grows, counts the host's sleep, does not move when the clock is set. */
  elapsed(): number;
  /** For whatever waits or measures: `now` counts from some start as its timers do, and no setting of the clock moves it. */
  readonly steady: Clock;
}

/** The host's timers. A pending one does not keep the program alive. */
const after: Clock['after'] = (delayMs, task) => {
  const timer = setTimeout(task, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};

/** The host's clock. */
export const hostClock: SteadyClock = {
  now: () => Date.now(),
  elapsed: () => Math.floor(uptime() * 1_000),
  steady: { now: () => Math.floor(performance.now()), after },
  after,
};

/** Is what may be believed for `ms` still believed, `until` then? What ends later than that is from before the clock was set back. */
export function isTrusted(until: number, ms: number, now: number): boolean {
  return now < until && until <= now + ms;
}
