// How often keys are given out: to one device, to one account, and of one device. A session that broke begins anew a
// few times a day; who asks more often gets nothing, so that nobody drains the keys of another. Of strangers, who have not
// accepted a request, fewer are given out, and those of so many strangers a day as may be asked.
import { type AccountId, type DeviceId, limits as wire } from '@parley/protocol';
import type { Limiter } from '../accounts/limiter.ts';
import type { Caller } from '../kernel/handlers.ts';
import {
  maxClaimsPerAccountADay,
  maxClaimsPerDeviceAMinute,
  maxClaimsPerPairADay,
  maxClaimsPerStrangerADay,
} from '../kernel/limits.ts';

const dayMs = 24 * 3_600_000;

/** Whoever was met today is not new. */
const onceADay = { count: 1, perMs: dayMs } as const;

/** Counts claims. Throws when the limiter cannot count: then no key is given. */
export class ClaimLimits {
  readonly #limiter: Limiter;
  readonly #factor: number;

  constructor(limiter: Limiter, factor = 1) {
    this.#limiter = limiter;
    this.#factor = factor;
  }

  /** Takes one of each, or none: may this device have a key of that one? `stranger`: whose it is, if it is one's. */
  async take({ account, device }: Caller, target: DeviceId, stranger: AccountId | null = null): Promise<boolean> {
    const isNew = stranger !== null && (await this.#limiter.take(`${account} new ${stranger}`, onceADay)) === 0;
    const wanted = [
      [`${device} ${target}`, stranger === null ? maxClaimsPerPairADay : maxClaimsPerStrangerADay, dayMs],
      ...(isNew ? ([[`${account} new`, wire.newPeoplePerDay, dayMs]] as const) : []),
      [`${account} ${target}`, maxClaimsPerAccountADay, dayMs],
      [target, maxClaimsPerDeviceAMinute, 60_000],
    ] as const;
    const taken: string[] = [];
    for (const [key, count, perMs] of wanted) {
      const limit = { count: Math.max(1, Math.round(count * this.#factor)), perMs };
      if ((await this.#limiter.take(key, limit)) > 0) {
        for (const each of taken) await this.#limiter.give(each);
        // Who was refused is not counted as met.
        if (isNew) await this.#limiter.give(`${account} new ${stranger}`);
        return false;
      }
      taken.push(key);
    }
    return true;
  }
}
