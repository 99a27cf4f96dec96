// The place of one reader in its partition: what was fetched for it and not taken yet, and what is fetched next.
import { maxKafkaHeldBatches } from '../kernel/engine-limits.ts';
import type { Entry, LogRefused, Offset, Partition } from './log.ts';

/** One reader's place. */
export class Seat {
  readonly partition: Partition;
  /** What is fetched next. */
  next: Offset;
  readonly #held: (readonly Entry[])[] = [];
  readonly #taken: () => void;
  #refusal: LogRefused | null = null;
  #isOver = false;
  #wake: (() => void) | null = null;

  /** `taken` is called when there is room again. */
  constructor(partition: Partition, next: Offset, taken: () => void) {
    this.partition = partition;
    this.next = next;
    this.#taken = taken;
  }

  /** Should something be fetched for it? */
  get isHungry(): boolean {
    return !this.#isOver && this.#refusal === null && this.#held.length < maxKafkaHeldBatches;
  }

  put(entries: readonly Entry[]): void {
    if (entries.length === 0 || this.#isOver) return;
    this.#held.push(entries);
    this.next += entries.length;
    this.#wake?.();
  }

  refuse(refusal: LogRefused): void {
    this.#refusal ??= refusal;
    this.#wake?.();
  }

  /** Nothing more is fetched for it; what it holds may be taken. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** The next batch; null at the end. @throws {LogRefused} */
  async take(): Promise<readonly Entry[] | null> {
    for (;;) {
      const entries = this.#held.shift();
      if (entries !== undefined) {
        this.#taken();
        return entries;
      }
      if (this.#refusal !== null) throw this.#refusal;
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}
