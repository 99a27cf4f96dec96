// How often something may go wrong: windows that are counted by key. `MemoryLimiter` is one process; a cluster
// counts in its shared engine. A limiter that cannot count throws, and whoever asked refuses: it fails closed.
import type { Clock } from '../kernel/clock.ts';
import { maxLimiterKeys } from '../kernel/limits.ts';

/** So many within a window, in milliseconds. Both above 0. */
export interface Limit {
  readonly count: number;
  readonly perMs: number;
}

/** Counts by key. */
export interface Limiter {
  /** Takes one and resolves to 0, or takes none and resolves to the milliseconds until there is one. */
  take(key: string, limit: Limit): Promise<number>;
  /** Gives one back: it went well. */
  give(key: string): Promise<void>;
}

/** Windows in memory, at most `maxKeys`; beyond, the oldest is forgotten. */
export class MemoryLimiter implements Limiter {
  readonly #clock: Clock;
  readonly #maxKeys: number;
  readonly #windows = new Map<string, { count: number; readonly endsAt: number }>();

  constructor(clock: Clock, maxKeys = maxLimiterKeys) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#windows.size;
  }

  async take(key: string, { count, perMs }: Limit): Promise<number> {
    const now = this.#clock.now();
    const window = this.#windows.get(key);
    // A window that ends later than a fresh one would is from before the clock was set back.
    if (window === undefined || window.endsAt <= now || window.endsAt > now + perMs) {
      this.#windows.delete(key);
      if (this.#windows.size >= this.#maxKeys) this.#makeRoom(now);
      this.#windows.set(key, { count: 1, endsAt: now + perMs });
      return 0;
    }
    if (window.count >= count) return window.endsAt - now;
    window.count++;
    return 0;
  }

  async give(key: string): Promise<void> {
    const window = this.#windows.get(key);
    if (window !== undefined && window.count > 0) window.count--;
  }

  /** Windows that have ended go, of the oldest few; else the oldest one. */
  #makeRoom(now: number): void {
    let looked = 0;
    for (const [key, { endsAt }] of this.#windows) {
      if (endsAt <= now || looked === 0) this.#windows.delete(key);
      if (++looked === 64) return;
    }
  }
}
