// Gives each batch its append time: max(the last one, the clock), so that time never falls within the log. A clock that
// is plainly wrong stops appends instead of dating records wrongly; it must never be argued with silently.
import type { SteadyClock } from '../kernel/clock.ts';
import { clockAheadMs, clockBehindMs, clockHoldMs, clockReferenceMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';

/** A reading of both clocks at one instant. */
interface Reading {
  readonly now: number;
  readonly elapsed: number;
}

/** The clock of one log, watched. */
export class AppendTime {
  readonly #clock: SteadyClock;
  #last: number;
  /** The last reading that was believed; null until the first. The first is believed unless it is behind the log. */
  #believed: Reading | null = null;
  /** Since when the clock goes on evenly, too far ahead. */
  #ahead: Reading | null = null;

  /** `last` is the append time of the log's last record, 0 without one. */
  constructor(clock: SteadyClock, last: number) {
    this.#clock = clock;
    this.#last = last;
  }

  /** The time of the next batch. @throws {Unavailable} the clock is out of bounds */
  next(): number {
    const problem = this.problem();
    if (problem !== null) throw new Unavailable(problem);
    this.#last = Math.max(this.#last, this.#clock.now());
    return this.#last;
  }

  /** What is wrong with the clock now, in words for the operator; null when nothing is. */
  problem(): string | null {
    const now = this.#clock.now();
    if (now < this.#last - clockBehindMs) return behind(this.#last - now);
    // Asking how much time has really passed costs a system call: once a minute is enough while the clock behaves.
    if (this.#believed === null || now < this.#believed.now || now > this.#believed.now + clockReferenceMs) {
      const reading = { now, elapsed: this.#clock.elapsed() };
      const ahead = this.#believed === null ? 0 : drift(this.#believed, reading);
      if (ahead > clockAheadMs && !this.#heldLongEnough(reading)) return tooFarAhead(ahead);
      this.#believed = reading;
    }
    this.#ahead = null;
    return null;
  }

  /** A clock that is ahead and goes on evenly is the right one: the host slept, or was set for good. */
  #heldLongEnough(reading: Reading): boolean {
    if (this.#ahead === null || Math.abs(drift(this.#ahead, reading)) > clockBehindMs) this.#ahead = reading;
    return reading.elapsed - this.#ahead.elapsed >= clockHoldMs;
  }
}

/** How far the wall clock ran ahead of the time that passed. */
function drift(from: Reading, to: Reading): number {
  return to.now - from.now - (to.elapsed - from.elapsed);
}

function behind(ms: number): string {
  return `The clock is ${seconds(ms)} behind the last message. Nothing is accepted until it is right: check the host's time.`;
}

function tooFarAhead(ms: number): string {
  const hold = Math.round(clockHoldMs / 60_000);
  return (
    `The clock jumped ${seconds(ms)} ahead. Nothing is accepted until it is back, or has gone on evenly for ` +
    `${hold} minutes, or the server is restarted: check the host's time now, a wrong one cannot be taken back.`
  );
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
