// The one source of chance of a simulated run: a 64-bit generator from a seed. Everything that is drawn goes through
// here in one order, so a seed is a run.
import type { Random } from '../../packages/server/src/kernel/random.ts';

const mask = (1n << 64n) - 1n;

/** A generator that is replayed by its seed (SplitMix64). */
export class Chance implements Random {
  #state: bigint;

  constructor(seed: number | bigint) {
    this.#state = BigInt(seed) & mask;
  }

  /** A whole number from 0 to `below` − 1. */
  below(below: number): number {
    return Number(this.#next() % BigInt(below));
  }

  /** From `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return Number(this.#next() >> 11n) / 2 ** 53 < probability;
  }

  /** One of these. */
  pick<T>(options: readonly T[]): T {
    const chosen = options[this.below(options.length)];
    if (chosen === undefined) throw new Error('there is nothing to pick from');
    return chosen;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = Number(this.#next() & 255n);
    return bytes;
  }

  /** A generator of its own, so that what one part draws does not move what another one gets. */
  fork(): Chance {
    return new Chance(this.#next());
  }

  #next(): bigint {
    this.#state = (this.#state + 0x9e3779b97f4a7c15n) & mask;
    let z = this.#state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
    return z ^ (z >> 31n);
  }
}
