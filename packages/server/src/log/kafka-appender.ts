// The appends of one partition, with one batch on its way at a time, so that the order of the calls is the order in the
// log. A batch whose outcome nobody told may be in the log all the same: who sends it again gets the same verdict. What
// was appended behind it is refused, or it would stand before what comes again.
import { maxKafkaBatchBytes } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Offset, Partition } from './log.ts';

const behind = 'What was appended before was not confirmed.';

interface Waiting {
  readonly record: Uint8Array;
  readonly resolve: (offset: Offset) => void;
  readonly reject: (error: Error) => void;
}

interface AppenderParts {
  readonly partition: Partition;
  /** Something waits, and nothing is on its way: it wants to be taken. */
  readonly onWaiting: (appender: PartitionAppender) => void;
  /** The partition ends there, or later. */
  readonly onAppended: (end: Offset) => void;
}

/** One partition. Whoever takes a batch says what became of it. */
export class PartitionAppender {
  readonly #parts: AppenderParts;
  readonly #waiting: Waiting[] = [];
  #batch: readonly Waiting[] = [];
  /** Who waits until there is nothing to do. */
  #onIdle: (() => void)[] = [];
  /** A batch has failed in this turn of the event loop: those who appended it do not know yet. */
  #isRefusing = false;
  /** Bytes that are not confirmed yet. */
  bytes = 0;

  constructor(parts: AppenderParts) {
    this.#parts = parts;
  }

  get partition(): Partition {
    return this.#parts.partition;
  }

  /** The batch that was taken last, while nobody has said what became of it. */
  get onItsWay(): readonly Uint8Array[] {
    return this.#batch.map(({ record }) => record);
  }

  append(record: Uint8Array): Promise<Offset> {
    if (this.#isRefusing) return Promise.reject(new Unavailable(behind));
    this.bytes += record.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      if (this.#waiting.length === 1 && this.#batch.length === 0) this.#parts.onWaiting(this);
    });
  }

  /** Takes the next batch out of what waits. How many bytes it has. */
  take(): number {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#waiting) {
      if (count > 0 && bytes + record.length > maxKafkaBatchBytes) break;
      bytes += record.length;
      count++;
    }
    this.#batch = this.#waiting.splice(0, count);
    return bytes;
  }

  /** The batch stands in the log from there on. */
  confirmed(first: Offset): void {
    const batch = this.#end();
    this.#parts.onAppended(first + batch.length);
    for (const [at, { resolve }] of batch.entries()) resolve(first + at);
    this.#goOn();
  }

  /** Nobody knows whether the batch is in the log. */
  failed(error: Error): void {
    for (const { reject } of this.#end()) reject(error);
    for (const { record, reject } of this.#waiting.splice(0)) {
      this.bytes -= record.length;
      reject(new Unavailable(behind));
    }
    this.#isRefusing = true;
    setImmediate(() => {
      this.#isRefusing = false;
    });
    this.#goOn();
  }

  /** Resolves when nothing waits or is on its way. */
  async idle(): Promise<void> {
    if (this.#waiting.length > 0 || this.#batch.length > 0)
      await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #end(): readonly Waiting[] {
    const batch = this.#batch;
    this.#batch = [];
    for (const { record } of batch) this.bytes -= record.length;
    return batch;
  }

  #goOn(): void {
    if (this.#waiting.length > 0) this.#parts.onWaiting(this);
    else for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
