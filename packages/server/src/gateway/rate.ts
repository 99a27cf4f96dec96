// How fast somebody may go: a burst, then a steady rate. One number a meter (the time at which it would be full
// again), so a hundred thousand of them cost little. It promises never to block for longer than its burst takes to
// refill, even when the clock jumps.

/** `burst` at once, then `perSecond`. Both above 0. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** The same rate, `factor` times as generous. */
export function scaled(rate: Rate, factor: number): Rate {
  return { burst: rate.burst * factor, perSecond: rate.perSecond * factor };
}

/** How much of a rate is used. */
export class Meter {
  #fullAt = 0;

  /** Takes one and returns 0, or takes none and returns the milliseconds until there is one. */
  take(rate: Rate, now: number): number {
    const stepMs = 1_000 / rate.perSecond;
    const roomMs = rate.burst * stepMs;
    // After a clock was set back nothing is used beyond the burst, whether or not one is taken now.
    this.#fullAt = Math.min(Math.max(this.#fullAt, now), now + roomMs);
    const waitMs = this.#fullAt + stepMs - now - roomMs;
    if (waitMs > 1e-6) return Math.ceil(waitMs);
    this.#fullAt += stepMs;
    return 0;
  }

  /** Would a new meter behave the same? */
  isIdle(now: number): boolean {
    return this.#fullAt <= now;
  }

  /** How many could be taken at once now. */
  left(rate: Rate, now: number): number {
    const usedMs = Math.max(0, this.#fullAt - now);
    return Math.max(0, Math.floor(rate.burst - (usedMs * rate.perSecond) / 1_000 + 1e-6));
  }
}

/** Something that can be made anew when nobody has used it for a while. */
interface Idle {
  isIdle(now: number): boolean;
}

/** Meters, or what holds some, by name: at most `limit` of them; idle ones go first, then the oldest. */
export class ByName<Item extends Idle> {
  readonly #limit: number;
  readonly #make: () => Item;
  readonly #items = new Map<string, Item>();

  constructor(limit: number, make: () => Item) {
    this.#limit = limit;
    this.#make = make;
  }

  get size(): number {
    return this.#items.size;
  }

  /** The one of this name; the same one as long as it is in use. */
  of(name: string, now: number): Item {
    const known = this.#items.get(name);
    if (known !== undefined) return known;
    if (this.#items.size >= this.#limit) this.#makeRoom(now);
    const fresh = this.#make();
    this.#items.set(name, fresh);
    return fresh;
  }

  #makeRoom(now: number): void {
    let looked = 0;
    for (const [name, item] of this.#items) {
      if (item.isIdle(now)) this.#items.delete(name);
      if (++looked === 64) break;
    }
    if (this.#items.size < this.#limit) return;
    const [oldest] = this.#items.keys();
    if (oldest !== undefined) this.#items.delete(oldest);
  }
}
