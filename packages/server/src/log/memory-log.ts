// The log in memory: the port's promises without a disk, for tests and for a server that may forget. Durable means
// "in this process". Bounded: beyond the bound appends are refused until something is released.
import { assert } from '../kernel/assert.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxMemoryLogBytes, maxRecordBytes } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { Unavailable } from '../kernel/result.ts';
import { ahead, type Entry, gone, type Log, type Offset, type Partition } from './log.ts';
import { newLogId, uuidText } from './manifest.ts';

/** What a log in memory is made with. */
export interface MemoryLogOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** 1 when it is not said. */
  readonly partitions?: number;
  readonly maxBytes?: number;
}

/** Entries from `begin` on, and who waits for more. */
interface Kept {
  begin: Offset;
  entries: Entry[];
  time: number;
  readonly waiting: Set<() => void>;
}

/** As many partitions as wanted. */
export class MemoryLog implements Log {
  readonly id: string;
  readonly partitions: number;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #kept: readonly Kept[];
  #bytes = 0;
  #closed = false;

  constructor(options: MemoryLogOptions) {
    this.id = uuidText(newLogId(options.random));
    this.partitions = options.partitions ?? 1;
    this.#clock = options.clock;
    this.#maxBytes = options.maxBytes ?? maxMemoryLogBytes;
    this.#kept = Array.from({ length: this.partitions }, () => ({
      begin: 0,
      entries: [],
      time: 0,
      waiting: new Set(),
    }));
  }

  get problem(): string | null {
    return this.#closed ? 'The log is closed.' : null;
  }

  async append(partition: Partition, record: Uint8Array): Promise<Offset> {
    assert(record.length <= maxRecordBytes, 'a record is within its bound');
    const kept = this.#partition(partition);
    if (this.#closed) throw new Unavailable('The log is closed.');
    if (this.#bytes + record.length > this.#maxBytes) throw new Unavailable('The log in memory is full.');
    const offset = kept.begin + kept.entries.length;
    kept.time = Math.max(kept.time, this.#clock.now());
    kept.entries.push({ offset, time: kept.time, record });
    this.#bytes += record.length;
    wake(kept);
    return offset;
  }

  async *read(partition: Partition, after: Offset, signal: AbortSignal): AsyncGenerator<readonly Entry[]> {
    const kept = this.#partition(partition);
    let next = after < 0 ? kept.begin : after + 1;
    if (next > kept.begin + kept.entries.length) throw ahead(after, kept.begin + kept.entries.length);
    while (!signal.aborted) {
      if (next < kept.begin) throw gone(next, kept.begin);
      const entries = kept.entries.slice(next - kept.begin);
      next += entries.length;
      if (entries.length > 0) yield entries;
      else if (this.#closed) return;
      else await more(kept, signal);
    }
  }

  async release(partition: Partition, upTo: Offset): Promise<void> {
    const kept = this.#partition(partition);
    const dropped = kept.entries.splice(0, Math.max(0, upTo + 1 - kept.begin));
    kept.begin += dropped.length;
    for (const entry of dropped) this.#bytes -= entry.record.length;
  }

  begin(partition: Partition): Offset {
    return this.#partition(partition).begin;
  }

  end(partition: Partition): Offset {
    const kept = this.#partition(partition);
    return kept.begin + kept.entries.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const kept of this.#kept) wake(kept);
  }

  #partition(partition: Partition): Kept {
    const kept = this.#kept[partition];
    assert(kept !== undefined, 'the partition exists');
    return kept;
  }
}

/** Resolves with the next append, on close, or on abort. */
function more(kept: Kept, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      kept.waiting.delete(done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    kept.waiting.add(done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

function wake(kept: Kept): void {
  for (const done of [...kept.waiting]) done();
}
