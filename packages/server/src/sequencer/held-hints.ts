// Hints on their way to the bus, where others read the store and not this process's overlay: a hint waits until its rows
// are stored, so that whoever hears of a record can read it; but no longer than a bound, for the log has the record and
// its place is known. While the store is slower than that nothing waits for it, and who may have read too early is told
// when the rows stand. The order stays the log's. It must never lose a hint, nor hold more than so many.
import type { Bus, Hint } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxHeldHints, publishFirstMs, storeQuickMs, storeTrustMs } from '../kernel/limits.ts';
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
  /** Not before then is a store that was slow waited for again. */
  #quickFrom = 0;
  #cancelTimer: (() => void) | null = null;

  /** `appliedOffset` is that of the record which is being told of; the clock must be steady, it measures. */
  constructor(bus: Pick<Bus, 'publish'>, clock: Clock, appliedOffset: () => Offset) {
    this.#bus = bus;
    this.#clock = clock;
    this.#appliedOffset = appliedOffset;
    this.#early = new EarlyHints(clock);
  }

  /** Nothing waits for the store. */
  get isStoreSlow(): boolean {
    return this.#isSlow;
  }

  /** Hints that wait. */
  get size(): number {
    return this.#held.length - this.#first;
  }

  publish(hint: Hint): void {
    const applied = { offset: this.#appliedOffset(), since: this.#clock.now() };
    if (this.#isSlow) {
      this.#tellEarly({ ...applied, hint });
      return;
    }
    this.#held.push({ ...applied, hint });
    if (this.size > maxHeldHints) this.#tellEarly(this.#next());
    this.#watch();
  }

  /** Everything up to this record is stored; the store took so many milliseconds for the last of it. */
  stored(offset: Offset, tookMs: number): void {
    if (tookMs > storeQuickMs) this.#wasSlow();
    else if (this.#clock.now() >= this.#quickFrom) this.#isSlow = false;
    for (const hint of this.#early.stored(offset)) this.#bus.publish(hint);
    while (this.#oldest !== undefined && this.#oldest.offset <= offset) this.#bus.publish(this.#next().hint);
    this.#watch();
  }

  /** No more is waited for. */
  end(): void {
    this.stored(Number.POSITIVE_INFINITY, 0);
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
      if (this.#oldest !== undefined && this.#oldest.since <= this.#clock.now() - publishFirstMs) {
        this.#isSlow = true;
        this.#wasSlow();
        while (this.size > 0) this.#tellEarly(this.#next());
      }
      this.#watch();
    });
  }

  #wasSlow(): void {
    this.#quickFrom = this.#clock.now() + storeTrustMs;
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
