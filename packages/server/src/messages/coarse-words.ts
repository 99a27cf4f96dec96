// The coarse word of an account stands for a whole day (UTC) once somebody was told it: whoever asks again and again
// would see the moment of coming otherwise. In memory and bounded; those whose word cannot change within a day need
// no place.
import type { AccountId, PresenceState } from '@parley/protocol';
import { maxCoarseWords } from '../kernel/limits.ts';
import { dayOf } from '../presence/visibility.ts';

/** Words of the day. */
export class CoarseWords {
  #day = 0;
  readonly #told = new Map<AccountId, PresenceState>();

  /** The word that was told of this account today, else the one that is true now. */
  of(account: AccountId, word: PresenceState, now: number): PresenceState {
    const day = dayOf(now);
    if (day !== this.#day) this.#told.clear();
    this.#day = day;
    const told = this.#told.get(account);
    if (told !== undefined || word === 'recently') return told ?? word;
    this.#told.set(account, word);
    if (this.#told.size > maxCoarseWords) {
      const [oldest] = this.#told.keys();
      if (oldest !== undefined) this.#told.delete(oldest);
    }
    return word;
  }
}
