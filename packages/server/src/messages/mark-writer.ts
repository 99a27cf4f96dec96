// Watermarks on their way to the store: gathered for a moment, written in batches of their own, tried again while the
// store does not take them. It promises that `close` leaves nothing behind that the store would have taken.
import type { Clock } from '../kernel/clock.ts';
import { markFlushMs, maxMarkRetryMs, maxMarksPerCommit } from '../kernel/limits.ts';
import type { MarkBatch } from './mark-queue.ts';
import type { Marks } from './marks.ts';
import type { ToldMarks } from './marks-between.ts';
import type { MessagesParts } from './parts.ts';

/** What the writer works with. */
export interface MarkWriterParts extends Pick<MessagesParts, 'commitMarks' | 'fault'> {
  readonly marks: Marks;
  readonly clock: Clock;
  /** What was told so far of what waits. */
  readonly told: () => ToldMarks;
}

/** Writes marks that wait. */
export class MarkWriter {
  readonly #parts: MarkWriterParts;
  #cancelTimer: (() => void) | null = null;
  #writing: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: MarkWriterParts) {
    this.#parts = parts;
  }

  /** Something rose: it is written soon. */
  note(): void {
    if (this.#cancelTimer === null && this.#writing === null) this.#later(markFlushMs);
  }

  /** Writes what there is, once, and stops. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    await this.#writing;
    await this.#write();
  }

  #later(delayMs: number): void {
    if (this.#isClosed) return;
    this.#cancelTimer = this.#parts.clock.after(delayMs, () => {
      this.#cancelTimer = null;
      this.#writing = this.#flush(delayMs);
    });
  }

  async #flush(delayMs: number): Promise<void> {
    const isWritten = await this.#write();
    this.#writing = null;
    if (!isWritten) this.#later(Math.min(2 * delayMs, maxMarkRetryMs));
    else if (this.#parts.marks.waiting > 0) this.#later(markFlushMs);
  }

  /** Writes what waits. Says whether the store took it. */
  async #write(): Promise<boolean> {
    const told = this.#parts.told();
    for (let batch = this.#take(); batch.rows.length > 0; batch = this.#take()) {
      try {
        await this.#parts.commitMarks(
          batch.rows.map((row) => ({ table: 'marks', row })),
          null,
        );
        batch.stored();
      } catch (error) {
        batch.failed();
        told.failed();
        this.#parts.fault('marks.commit', error);
        return false;
      }
    }
    told.stored();
    return true;
  }

  #take(): MarkBatch {
    return this.#parts.marks.take(maxMarksPerCommit);
  }
}
