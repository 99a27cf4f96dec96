// How many settings an account has: a new key is taken while there are fewer than it may have. Every setting that is
// there took a record, so most accounts need no counting at all; the others are counted one after the other.
import { type AccountId, limits as wire } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { listedRowsPage, maxCountedSettings, settingsInFlight, settledMs } from '../kernel/limits.ts';
import type { Rows } from '../store/store.ts';
import { Turns } from './turns.ts';

/** What was counted, and the keys that were let through and may not be applied yet. */
interface Counted {
  readonly count: number;
  /** Seq of the account log then. */
  readonly seq: number;
  /** When each was let through. */
  readonly granted: Map<string, number>;
}

/** Counts by account, as long as they are needed. */
export class SettingCounts {
  readonly #rows: Rows;
  readonly #clock: Clock;
  readonly #turns = new Turns();
  readonly #counted = new Map<AccountId, Counted>();

  constructor(rows: Rows, clock: Clock) {
    this.#rows = rows;
    this.#clock = clock;
  }

  /** May the account set this key? `seq` is that of its log. Answers at once where no counting is needed. */
  hasRoom(account: AccountId, key: string, seq: number): boolean | Promise<boolean> {
    const { count, seq: since } = this.#counted.get(account) ?? { count: 0, seq: 0 };
    if (count + (seq - since) + settingsInFlight < wire.maxSettings) return true;
    return this.#turns.run(account, () => this.#ask(account, key, seq));
  }

  async #ask(account: AccountId, key: string, seq: number): Promise<boolean> {
    if ((await this.#isSet(account, key)) || this.#counted.get(account)?.granted.has(key)) return true;
    const { count, granted } = await this.#count(account, seq);
    if (count + granted.size >= wire.maxSettings) return false;
    granted.set(key, this.#clock.now());
    return true;
  }

  /** As of now: what was counted before holds while nothing was written since. What has no verdict by now never came. */
  async #count(account: AccountId, seq: number): Promise<Counted> {
    const before = this.#counted.get(account);
    const isSame = before !== undefined && before.seq === seq;
    const granted = new Map<string, number>();
    for (const [key, at] of before?.granted ?? [])
      if (this.#clock.now() - at < settledMs && (isSame || !(await this.#isSet(account, key)))) granted.set(key, at);
    const counted = { count: isSame ? before.count : await this.#present(account), seq, granted };
    this.#keep(account, counted);
    return counted;
  }

  async #present(account: AccountId): Promise<number> {
    let count = 0;
    let after: string | undefined;
    while (count < wire.maxSettings) {
      const bounds = after === undefined ? {} : { after: [after] as const };
      const found = await this.#rows.list('settings', { prefix: [account], limit: listedRowsPage, ...bounds });
      count += found.filter(({ value }) => value !== '').length;
      after = found.at(-1)?.key;
      if (found.length < listedRowsPage) break;
    }
    return count;
  }

  async #isSet(account: AccountId, key: string): Promise<boolean> {
    return ((await this.#rows.get('settings', [account, key]))?.value ?? '') !== '';
  }

  #keep(account: AccountId, counted: Counted): void {
    this.#counted.delete(account);
    this.#counted.set(account, counted);
    if (this.#counted.size <= maxCountedSettings) return;
    const [oldest] = this.#counted.keys();
    if (oldest !== undefined) this.#counted.delete(oldest);
  }
}
