// What happened in a run, line by line: the hash of all of it says whether two runs are the same run, the last lines
// tell what led to a failure.
import { createHash } from 'node:crypto';

const keptLines = 4_000;

/** Everything that happened, as text. */
export class Trace {
  readonly #now: () => number;
  readonly #hash = createHash('sha256');
  readonly #kept: string[] = [];
  readonly #print: ((line: string) => void) | null;
  #startedAt: number;
  #lines = 0;

  /** `print` sees every line as it comes. */
  constructor(now: () => number, print: ((line: string) => void) | null = null) {
    this.#now = now;
    this.#print = print;
    this.#startedAt = now();
  }

  get lines(): number {
    return this.#lines;
  }

  /** `what` happened at `where`. */
  note(where: string, what: string): void {
    const line = `${((this.#now() - this.#startedAt) / 1_000).toFixed(3)} ${where} ${what}`;
    this.#lines++;
    this.#hash.update(line);
    this.#print?.(line);
    if (this.#kept.push(line) > 2 * keptLines) this.#kept.splice(0, keptLines);
  }

  /** The last lines, each cut to a width. */
  last(lines: number, width = 300): readonly string[] {
    return this.#kept.slice(-Math.min(lines, keptLines)).map((line) => line.slice(0, width));
  }

  /** Of everything that was noted. Ends the trace. */
  digest(): string {
    return this.#hash.digest('hex').slice(0, 16);
  }
}
