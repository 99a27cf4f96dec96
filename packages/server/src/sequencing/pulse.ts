// Does this process live? One that stood still (paused, starved, asleep) reads frames that waited for it, and would take
// them for new: their senders have said the same elsewhere long ago. It must never call a process steady before what had
// waited is read.
import type { Clock } from '../kernel/clock.ts';
import { pulseMs, stallMs } from '../kernel/engine-limits.ts';

/** Beats from construction on, until it is stopped. */
export class Pulse {
  readonly #clock: Clock;
  #lastBeat: number;
  /** Beats until it is steady again. Counted, not timed: no setting of the clock makes it take longer. */
  #shaken = 0;
  #cancel = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastBeat = clock.now();
    this.#later();
  }

  /** Neither does it stand still, nor did it a moment ago. */
  get isSteady(): boolean {
    return this.#shaken === 0 && !this.#isLate(this.#clock.now());
  }

  stop(): void {
    this.#cancel();
  }

  #later(): void {
    this.#cancel = this.#clock.after(pulseMs, () => {
      const now = this.#clock.now();
      // Sockets may be read only after this.
      this.#shaken = this.#isLate(now) ? shakenBeats : Math.max(0, this.#shaken - 1);
      this.#lastBeat = now;
      this.#later();
    });
  }

  #isLate(now: number): boolean {
    return Math.abs(now - this.#lastBeat) > stallMs;
  }
}

const shakenBeats = 2;
