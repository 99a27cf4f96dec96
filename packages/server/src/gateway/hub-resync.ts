// Sockets that must look again because hints may have been lost on the way here. It promises that each is told once,
// soon, and that all of a full gateway are told spread over some seconds: a bus that failed must not become a flood of
// questions to the store.
import type { Clock } from '../kernel/clock.ts';
import { resyncSliceMs, resyncSlices } from '../kernel/limits.ts';

/** Things that wait for their turn to look again. */
export class Resync<Waiting> {
  readonly #clock: Clock;
  readonly #look: (waiting: Waiting) => void;
  readonly #waiting = new Set<Waiting>();
  #slicesLeft = 0;
  #isDue = false;

  constructor(clock: Clock, look: (waiting: Waiting) => void) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Each of these looks again, in its turn. One that waits already keeps its place. */
  add(these: Iterable<Waiting>): void {
    for (const one of these) this.#waiting.add(one);
    this.#slicesLeft = resyncSlices;
    this.#soon();
  }

  /** It is gone. */
  remove(one: Waiting): void {
    this.#waiting.delete(one);
  }

  #slice(): void {
    let turns = Math.ceil(this.#waiting.size / Math.max(1, this.#slicesLeft--));
    for (const one of this.#waiting) {
      if (turns-- === 0) break;
      this.#waiting.delete(one);
      this.#look(one);
    }
    this.#soon();
  }

  #soon(): void {
    if (this.#isDue || this.#waiting.size === 0) return;
    this.#isDue = true;
    this.#clock.after(resyncSliceMs, () => {
      this.#isDue = false;
      this.#slice();
    });
  }
}
