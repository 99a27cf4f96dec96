// Does this process live? One that stood still (paused, starved, asleep) reads frames that waited for it, and would take
// them for new: their senders have said the same elsewhere long ago. It must never call a process steady before what had
// waited is read.
import type { Clock } from '../kernel/clock.ts';
import { pulseMs, stallMs } from '../kernel/engine-limits.ts';

/** Beats from construction on, until it is stopped. */
export class Pulse {
  readonly #clock: Clock;
  #lastBeat: number;
  #steadyFrom = 0;
  #cancel = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastBeat = clock.now();
    this.#later();
  }

  /** Neither does it stand still, nor did it a moment ago. */
  get isSteady(): boolean {
    const now = this.#clock.now();
    return now - this.#lastBeat <= stallMs && now >= this.#steadyFrom;
  }

  stop(): void {
    this.#cancel();
  }

  #later(): void {
    this.#cancel = this.#clock.after(pulseMs, () => {
      const now = this.#clock.now();
      // Sockets may be read only after this.
      if (now - this.#lastBeat > stallMs) this.#steadyFrom = now + 2 * pulseMs;
      this.#lastBeat = now;
      this.#later();
    });
  }
}
