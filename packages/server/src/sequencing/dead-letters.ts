// Records that could not be read or applied, kept in a log of their own for whoever looks into it: where each stood, a line
// feed, and its bytes. Nobody waits for it, and that it fails harms nobody.
import { maxDeadLettersWaiting } from '../kernel/engine-limits.ts';
import { maxRecordBytes } from '../kernel/limits.ts';
import type { Entry, Log, Partition } from '../log/log.ts';

/** Keeps them. The log is opened with the first one. */
export class DeadLetters {
  readonly #open: () => Promise<Log>;
  readonly #fault: (error: unknown) => void;
  #log: Promise<Log> | null = null;
  #waiting = 0;

  constructor(open: () => Promise<Log>, fault: (error: unknown) => void) {
    this.#open = open;
    this.#fault = fault;
  }

  keep(partition: Partition, entry: Entry): void {
    if (this.#waiting >= maxDeadLettersWaiting) return;
    this.#waiting++;
    this.#append(letterOf(partition, entry))
      .catch(this.#fault)
      .finally(() => {
        this.#waiting--;
      })
      .catch(this.#fault);
  }

  async close(): Promise<void> {
    // That it could not be opened was told to whoever had something to keep.
    const log = await this.#log?.catch(() => null);
    await log?.[Symbol.asyncDispose]();
  }

  async #append(letter: Uint8Array): Promise<void> {
    this.#log ??= this.#open().catch((error) => {
      this.#log = null;
      throw error;
    });
    await (await this.#log).append(0, letter);
  }
}

/** The end of a record that leaves no room for where it stood is cut. */
function letterOf(partition: Partition, { offset, time, record }: Entry): Uint8Array {
  const where = Buffer.from(`${partition} ${offset} ${new Date(time).toISOString()}\n`);
  return Buffer.concat([where, record.subarray(0, maxRecordBytes - where.length)]);
}
