// Strangers that an account has written to, or invited into a group or room: at most so many a day. Counted from the
// conversations that it asked for and the invitations that are open, so a restart forgets none of these; kept in memory
// meanwhile, bounded.
import { type AccountId, limits as wire } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { maxNewPeopleAccounts } from '../kernel/limits.ts';
import { presentIn, statesOf } from './memberships.ts';
import type { LiveRows } from './parts.ts';

const dayMs = 24 * 3_600_000;

/** Counts new people. Callers take turns by account. */
export class NewPeople {
  readonly #rows: LiveRows;
  readonly #clock: Clock;
  /** When each account asked somebody, within the last day. The account that was looked at last comes last. */
  readonly #asked = new Map<AccountId, readonly number[]>();

  constructor(rows: LiveRows, clock: Clock) {
    this.#rows = rows;
    this.#clock = clock;
  }

  /** May the account ask so many more strangers now? */
  async mayAsk(account: AccountId, count = 1): Promise<boolean> {
    const since = this.#clock.now() - dayMs;
    const known = this.#asked.get(account) ?? (await this.#read(account));
    const recent = known.filter((time) => time > since);
    this.#keep(account, recent);
    return recent.length + count <= wire.newPeoplePerDay;
  }

  /** It has asked so many. */
  note(account: AccountId, count = 1): void {
    const known = this.#asked.get(account);
    const now = this.#clock.now();
    if (known !== undefined) this.#keep(account, [...known, ...Array.from({ length: count }, () => now)]);
  }

  async #read(account: AccountId): Promise<readonly number[]> {
    const states = await statesOf(this.#rows, await presentIn(this.#rows, account));
    return states.flatMap((state) => [
      ...(state.requestedBy === account ? [state.createdAt] : []),
      ...state.pending.filter(({ by }) => by === account).map(({ at }) => at),
    ]);
  }

  #keep(account: AccountId, times: readonly number[]): void {
    this.#asked.delete(account);
    this.#asked.set(account, times);
    if (this.#asked.size <= maxNewPeopleAccounts) return;
    for (const longest of this.#asked.keys()) {
      this.#asked.delete(longest);
      return;
    }
  }
}
