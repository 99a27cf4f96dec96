// Reads again, beside what is going on, what is still believed but not for long, so that no message waits for it. It must
// never ask twice for one time of belief: a store that is down, or slow, would be asked for every message.
import { maxRenewals } from './limits.ts';

/** Something that is believed until then, and read again from `dueAt` on, should it still be used. */
export interface Renewable {
  readonly until: number;
  readonly dueAt: number;
  /** It was read again in this time, or is being. */
  isRenewed: boolean;
}

/** From now on for so long; due in the last fifth of that. */
export function believedFor(ms: number, now: number): Renewable {
  return { until: now + ms, dueAt: now + (ms * 4) / 5, isRenewed: false };
}

/** A bounded number of reads that nobody waits for. */
export class Renewals {
  #underWay = 0;

  /** Reads once. What fails is asked for when the time is over, by somebody who is told. */
  renew(held: Renewable, read: () => Promise<unknown>): void {
    if (held.isRenewed || this.#underWay >= maxRenewals) return;
    held.isRenewed = true;
    this.#underWay++;
    const over = (): void => {
      this.#underWay--;
    };
    read().then(over, over);
  }
}
