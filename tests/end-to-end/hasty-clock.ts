// The host's clock, which a test can put forward: what was to happen until then happens at once.
import { hostClock } from '../../packages/sdk/src/platform/node.ts';
import type { Clock } from '../../packages/sdk/src/ports.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class HastyClock implements Clock {
  readonly #timers = new Set<Timer>();
  #aheadMs = 0;

  now(): number {
    return hostClock.now() + this.#aheadMs;
  }

  after(ms: number, callback: () => void): () => void {
    const run = () => {
      stop();
      callback();
    };
    const timer = { at: this.now() + ms, run };
    const stopHost = hostClock.after(ms, run);
    const stop = () => {
      stopHost();
      this.#timers.delete(timer);
    };
    this.#timers.add(timer);
    return stop;
  }

  /** So much time passes at once. */
  pass(ms: number): void {
    this.#aheadMs += ms;
    for (const { at, run } of [...this.#timers].sort((a, b) => a.at - b.at)) if (at <= this.now()) run();
  }
}
