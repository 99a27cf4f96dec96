// A clock that a test or the simulation moves by hand.
import type { Clock, SteadyClock } from './clock.ts';

interface Timer {
  at: number;
  readonly task: () => void;
}

/** Time stands still until `advance` is called. */
export class ManualClock implements SteadyClock {
  #now: number;
  #jumped = 0;
  readonly #timers = new Set<Timer>();
  readonly steady: Clock = { now: () => this.elapsed(), after: (delayMs, task) => this.after(delayMs, task) };

  /** Starts at `now`, in milliseconds since the Unix epoch. */
  constructor(now: number = Date.UTC(2026, 10, 25)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now - this.#jumped;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer: Timer = { at: this.#now + delayMs, task };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves time on and runs what is due, in order of time; timers set meanwhile count too. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#nextUntil(end); next !== null; next = this.#nextUntil(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
    }
    this.#now = end;
  }

  /** The wall clock jumps; timers stay as far away as they were. */
  jump(ms: number): void {
    this.#now += ms;
    this.#jumped += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  #nextUntil(end: number): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.#timers) if (timer.at <= end && (next === null || timer.at < next.at)) next = timer;
    return next;
  }
}
