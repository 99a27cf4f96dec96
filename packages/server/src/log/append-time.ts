// Gives each batch its append time: max(the last one, the clock), so that time never falls within the log. A clock that
// is plainly wrong stops appends instead of dating records wrongly, but not for ever: one that goes on evenly is the
// right one, wherever it went. It must never be argued with silently.
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
  /** Is the clock believed although it is behind the log? Then the log's time stands still until the clock is there. */
  #isLate = false;
  /** Since when a clock that jumped goes on evenly. */
  #jumped: Reading | null = null;

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

  /** What is wrong with the clock now, in words for the operator; null when nothing is. Asked at least once a minute. */
  problem(): string | null {
    const now = this.#clock.now();
    const behindMs = this.#last - now;
    const isBehind = behindMs > clockBehindMs;
    // Asking how much time has really passed costs a system call: once a minute is enough while the clock behaves.
    if (!this.#isRecent(now) || (isBehind && !this.#isLate)) {
      const reading = { now, elapsed: this.#clock.elapsed() };
      const aheadMs = this.#believed === null ? 0 : drift(this.#believed, reading);
      const isSetBack = isBehind && !(this.#isLate && aheadMs >= -clockBehindMs);
      if ((isSetBack || aheadMs > clockAheadMs) && !this.#heldLongEnough(reading))
        return isSetBack ? behind(behindMs) : tooFarAhead(aheadMs);
      this.#believed = reading;
    }
    this.#isLate = isBehind;
    this.#jumped = null;
    return null;
  }

  /** Does the clock show a time within the minute after the last reading? */
  #isRecent(now: number): boolean {
    const known = this.#believed;
    return known !== null && now >= known.now && now <= known.now + clockReferenceMs;
  }

  /** A clock that jumped and goes on evenly is the right one: the host slept, or it was wrong before, or set for good. */
  #heldLongEnough(reading: Reading): boolean {
    if (this.#jumped === null || Math.abs(drift(this.#jumped, reading)) > clockBehindMs) this.#jumped = reading;
    return reading.elapsed - this.#jumped.elapsed >= clockHoldMs;
  }
}

/** How far the wall clock ran ahead of the time that passed. */
function drift(from: Reading, to: Reading): number {
  return to.now - from.now - (to.elapsed - from.elapsed);
}

function behind(ms: number): string {
  return `The clock is ${seconds(ms)} behind the last message. ${untilItIsBelieved}: check the host's time.`;
}

function tooFarAhead(ms: number): string {
  return (
    `The clock jumped ${seconds(ms)} ahead. ${untilItIsBelieved}, or the server is restarted: ` +
    `check the host's time now, a wrong one cannot be taken back.`
  );
}

const untilItIsBelieved = `Nothing is accepted until it is right, or has gone on evenly for ${Math.round(clockHoldMs / 60_000)} minutes`;

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
