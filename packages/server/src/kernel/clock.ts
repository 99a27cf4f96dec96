// Time as an argument. The server's core asks this and nothing else; the host's clock is one
// implementation, the simulation's another.

/** Wall time and timers. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump either way; nothing orders by it. */
  now(): number;
  /** Calls `task` once after `delayMs` milliseconds unless the returned function is called first. */
  after(delayMs: number, task: () => void): () => void;
}

/** The host's clock. A pending timer does not keep the program alive. */
export const hostClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
