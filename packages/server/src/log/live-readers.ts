// Hands every batch to those who read at the end of the log, from memory, right after it became durable. A reader that
// does not keep up is let go, and reads files instead; it must never make the log wait or memory grow.
import { maxLogReaders, maxReaderBacklogBytes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Entry } from './log.ts';

/** One reader's place at the end of the log. */
export interface LiveReader {
  /** The next batch; null when the reader was let go, the log closed, or the signal fired: ask no more. */
  next(): Promise<readonly Entry[] | null>;
  leave(): void;
}

/** All of them. */
export class LiveReaders {
  readonly #readers = new Set<Backlog>();

  /** Whether anybody would look at what is pushed. */
  get any(): boolean {
    return this.#readers.size > 0;
  }

  /** Hears of every batch from now on. */
  join(signal: AbortSignal): LiveReader {
    if (this.#readers.size >= maxLogReaders) throw new Unavailable('too many readers of the log');
    const backlog = new Backlog();
    this.#readers.add(backlog);
    const leave = (): void => {
      this.#readers.delete(backlog);
      signal.removeEventListener('abort', leave);
      backlog.drop();
    };
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
    return { next: () => backlog.next(), leave };
  }

  /** A durable batch, of so many bytes of records. */
  push(entries: readonly Entry[], bytes: number): void {
    for (const backlog of this.#readers) if (!backlog.push(entries, bytes)) this.#readers.delete(backlog);
  }

  /** The log closes: readers still get what they have not taken. */
  end(): void {
    for (const backlog of this.#readers) backlog.end();
    this.#readers.clear();
  }
}

/** Batches that one reader has not taken yet. */
class Backlog {
  readonly #batches: { readonly entries: readonly Entry[]; readonly bytes: number }[] = [];
  #bytes = 0;
  #over = false;
  #waiting: ((entries: readonly Entry[] | null) => void) | null = null;

  /** False when it is too much: then the reader is let go. */
  push(entries: readonly Entry[], bytes: number): boolean {
    if (this.#waiting !== null) {
      this.#waiting(entries);
      this.#waiting = null;
      return true;
    }
    if (this.#bytes + bytes > maxReaderBacklogBytes) {
      this.drop();
      return false;
    }
    this.#batches.push({ entries, bytes });
    this.#bytes += bytes;
    return true;
  }

  next(): Promise<readonly Entry[] | null> {
    const batch = this.#batches.shift();
    if (batch !== undefined) {
      this.#bytes -= batch.bytes;
      return Promise.resolve(batch.entries);
    }
    if (this.#over) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  end(): void {
    this.#over = true;
    this.#waiting?.(null);
    this.#waiting = null;
  }

  drop(): void {
    this.#batches.length = 0;
    this.#bytes = 0;
    this.end();
  }
}
