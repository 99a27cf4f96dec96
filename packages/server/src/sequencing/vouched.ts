// Up to when every partition is stored, by the word of their owners, asked for again and again. While no owner speaks for
// a partition the moment stands still: who asks what is new is told more than that, and when it has stood still for most
// of the time that the log keeps records, no more is taken. It must never run ahead of an owner.
import type { Clock } from '../kernel/clock.ts';
import { maxBehindShare, ownersBehindMs, vouchedEveryMs } from '../kernel/engine-limits.ts';
import type { Events } from '../kernel/events.ts';

/** How it is asked for. */
export interface VouchedParts {
  /** @throws {Unavailable} */
  readonly asOf: () => Promise<number>;
  /** How long the log keeps a record that nobody applied. */
  readonly retentionMs: number;
  readonly clock: Clock;
  readonly events: Pick<Events, 'alarm' | 'alarmOver' | 'fault'>;
}

const alarm = 'sequencers.behind';

/** The moment. */
export class Vouched {
  readonly #parts: VouchedParts;
  /** Of a new cluster nobody has spoken yet: then this stands for it. */
  readonly #began: number;
  #time = 0;
  #cancel = (): void => {};
  #isOver = false;
  /** While it is being asked for. */
  #asking: Promise<number> | null = null;

  constructor(parts: VouchedParts) {
    this.#parts = parts;
    this.#began = parts.clock.now();
  }

  /** Asks once, and from then on every now and then. @throws {Unavailable} the store does not answer */
  async start(): Promise<void> {
    await this.now();
    this.#later();
  }

  stop(): void {
    this.#isOver = true;
    this.#cancel();
  }

  /** Asked for anew, once for all who want it meanwhile: what was stored when that began still is. @throws {Unavailable} */
  now(): Promise<number> {
    this.#asking ??= this.#ask();
    return this.#asking;
  }

  /** May more be appended? */
  get isKeepingUp(): boolean {
    return this.#behindMs < maxBehindShare * this.#parts.retentionMs;
  }

  get #behindMs(): number {
    return this.#parts.clock.now() - (this.#time || this.#began);
  }

  async #ask(): Promise<number> {
    try {
      this.#heard(await this.#parts.asOf());
      return this.#time;
    } finally {
      this.#asking = null;
    }
  }

  #heard(time: number): void {
    this.#time = Math.max(this.#time, time);
    const { events } = this.#parts;
    if (this.#behindMs < ownersBehindMs) events.alarmOver(alarm);
    else events.alarm(alarm, 'Sequencers are behind, or a partition has none: messages wait in the log.');
  }

  #later(): void {
    if (this.#isOver) return;
    const again = (): void => this.#later();
    this.#cancel = this.#parts.clock.after(vouchedEveryMs, () => {
      this.now()
        .catch((error) => this.#parts.events.fault('vouched', error))
        .then(again, again);
    });
  }
}
