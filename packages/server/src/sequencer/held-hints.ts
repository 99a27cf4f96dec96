// Hints on their way to the bus, where others read the store and not this process's overlay: a hint waits until its rows
// are stored, so that whoever hears of a record can read it; but no longer than a bound, for the log has the record and
// its place is known. While the store is slower than that nothing waits for it, and who may have read too early is told
// when the rows stand. The order stays the log's. It must never lose a hint, nor hold more than so many.
import type { Bus, Hint } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxHeldHints, publishFirstMs, storeQuickMs } from '../kernel/limits.ts';
import type { Offset } from '../log/log.ts';
import { type Applied, EarlyHints } from './early-hints.ts';

interface Held extends Applied {
  readonly hint: Hint;
}

/** The bus as the applier sees it. */
export class HeldHints implements Pick<Bus, 'publish'> {
  readonly #bus: Pick<Bus, 'publish'>;
  readonly #clock: Clock;
  readonly #appliedOffset: () => Offset;
  readonly #early: EarlyHints;
  /** By rising offset; those before `#first` were published. */
  #held: Held[] = [];
  #first = 0;
  #isSlow = false;
  /** While the store is slow: a record that was told of at once, by which it is seen whether it still is. */
  #probe: Applied | null = null;
  #cancelTimer: (() => void) | null = null;

  /** `appliedOffset` is that of the record which is being told of; the clock must be steady, it measures. */
  constructor(bus: Pick<Bus, 'publish'>, clock: Clock, appliedOffset: () => Offset) {
    this.#bus = bus;
    this.#clock = clock;
    this.#appliedOffset = appliedOffset;
    this.#early = new EarlyHints(clock);
  }

  /** Hints that wait. */
  get size(): number {
    return this.#held.length - this.#first;
  }

  publish(hint: Hint): void {
    const applied = { offset: this.#appliedOffset(), since: this.#clock.now() };
    if (this.#isSlow) {
      this.#probe ??= applied;
      this.#tellEarly({ ...applied, hint });
      return;
    }
    this.#held.push({ ...applied, hint });
    if (this.size > maxHeldHints) this.#tellEarly(this.#next());
    this.#watch();
  }

  /** Everything up to this record is stored. */
  stored(offset: Offset): void {
    if (this.#probe !== null && this.#probe.offset <= offset) {
      this.#isSlow = this.#clock.now() - this.#probe.since > storeQuickMs;
      this.#probe = null;
    }
    for (const hint of this.#early.stored(offset)) this.#bus.publish(hint);
    while (this.#oldest !== undefined && this.#oldest.offset <= offset) this.#bus.publish(this.#next().hint);
    this.#watch();
  }

  /** No more is waited for. */
  end(): void {
    this.stored(Number.POSITIVE_INFINITY);
  }

  #watch(): void {
    const next = this.#oldest;
    if (next === undefined) {
      this.#cancelTimer?.();
      this.#cancelTimer = null;
      return;
    }
    const leftMs = next.since + publishFirstMs - this.#clock.now();
    this.#cancelTimer ??= this.#clock.after(Math.min(publishFirstMs, Math.max(0, leftMs)), () => {
      this.#cancelTimer = null;
      const now = this.#clock.now();
      this.#isSlow = this.#oldest !== undefined && this.#oldest.since <= now - publishFirstMs;
      if (this.#isSlow) while (this.size > 0) this.#tellEarly(this.#next());
      this.#watch();
    });
  }

  #tellEarly({ hint, ...applied }: Held): void {
    this.#early.note(applied, hint);
    this.#bus.publish(hint);
  }

  get #oldest(): Held | undefined {
    return this.#held[this.#first];
  }

  /** Takes the oldest. */
  #next(): Held {
    const next = this.#held[this.#first++] as Held;
    if (2 * this.#first >= this.#held.length) {
      this.#held = this.#held.slice(this.#first);
      this.#first = 0;
    }
    return next;
  }
}
