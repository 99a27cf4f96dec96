// The host's clock, except that a test can have done with waits of some length: what waits so long happens at once.
import { hostClock } from '../../packages/sdk/src/platform/node.ts';
import type { Clock } from '../../packages/sdk/src/ports.ts';

interface Timer {
  readonly ms: number;
  readonly run: () => void;
}

export class HastyClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #skipped = new Set<number>();

  now(): number {
    return hostClock.now();
  }

  after(ms: number, task: () => void): () => void {
    const run = () => {
      stop();
      task();
    };
    const timer = { ms, run };
    const stopHost = hostClock.after(this.#skipped.has(ms) ? 0 : ms, run);
    const stop = () => {
      stopHost();
      this.#timers.delete(timer);
    };
    this.#timers.add(timer);
    return stop;
  }

  /** Nothing waits for so long any more, neither what waits now nor what will. */
  skip(ms: number): void {
    this.#skipped.add(ms);
    for (const timer of [...this.#timers]) if (timer.ms === ms) timer.run();
  }
}
