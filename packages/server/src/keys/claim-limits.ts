// How often keys are given out: to one device, to one account, and of one device. A session that broke begins anew a
// few times a day; who asks more often gets nothing, so that nobody drains the keys of another.
import type { DeviceId } from '@parley/protocol';
import { type Limiter, MemoryLimiter } from '../accounts/limiter.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Caller } from '../kernel/handlers.ts';
import {
  maxClaimsPerAccountADay,
  maxClaimsPerDeviceAMinute,
  maxClaimsPerPairADay,
  maxCountedClaims,
} from '../kernel/limits.ts';

const dayMs = 24 * 3_600_000;

/** Counts claims. */
export class ClaimLimits {
  readonly #limiter: Limiter;
  readonly #factor: number;

  constructor(clock: Clock, factor = 1, maxCounted = maxCountedClaims) {
    this.#limiter = new MemoryLimiter(clock, maxCounted);
    this.#factor = factor;
  }

  /** Takes one of each, or none: may this device have a key of that one? */
  async take({ account, device }: Caller, target: DeviceId): Promise<boolean> {
    const wanted = [
      [`${device} ${target}`, maxClaimsPerPairADay, dayMs],
      [`${account} ${target}`, maxClaimsPerAccountADay, dayMs],
      [target, maxClaimsPerDeviceAMinute, 60_000],
    ] as const;
    const taken: string[] = [];
    for (const [key, count, perMs] of wanted) {
      const limit = { count: Math.max(1, Math.round(count * this.#factor)), perMs };
      if ((await this.#limiter.take(key, limit)) > 0) {
        for (const each of taken) await this.#limiter.give(each);
        return false;
      }
      taken.push(key);
    }
    return true;
  }
}
