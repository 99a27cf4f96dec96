// The log that keeps the key store: batches of records, one of them on its way to the disk at a time; what comes meanwhile
// is the next batch. What belongs together is in one batch. Nobody is told that something is kept before it is: a key
// store that goes back in time would use a key twice. What holds the batches, a file or a database, is its place. [ENC]
import { ChatError } from '../error.ts';
import { maxKeyLogBytes } from '../limits.ts';
import type { RecordLog } from './keys-database.ts';

/** Where batches are kept. */
export interface BatchPlace<R> {
  /** About so much is in it. */
  readonly bytes: number;
  /** After a write that failed it can still be said what is in it, and the write can be tried again. */
  readonly canRetry: boolean;
  /** These are in it, whole, when it resolves, and not at all when it rejects. */
  write(records: readonly R[]): Promise<void>;
  /** Puts these, all taken at once, in the place of everything, or leaves it as it was. */
  replace(records: Iterable<R>): Promise<void>;
  close(): void;
}

/** Takes records and gives them back in order. */
export class KeysLog<R> implements RecordLog<R> {
  readonly #place: BatchPlace<R>;
  readonly #soon: (task: () => void) => void;
  #waiting: R[] = [];
  /** Of what waits, and of what is being written. */
  #next = batchPromise();
  #flying: Promise<void> | null = null;
  #isScheduled = false;
  /** Who is in the middle of something that belongs together. */
  #holds = 0;
  /** Its size when it was last written anew. */
  #snapshotBytes = 0;
  /** The last write was kept. */
  #isWell = true;
  /** Nothing more is taken. */
  #failure: ChatError | null = null;

  /** `soon` does something in a turn of its own. */
  constructor(place: BatchPlace<R>, soon: (task: () => void) => void) {
    this.#place = place;
    this.#soon = soon;
  }

  /** It has grown so much that writing it anew is worth it. */
  get isLong(): boolean {
    const most = this.#snapshotBytes * 2 + maxKeyLogBytes;
    return this.#isWell && this.#failure === null && this.#holds === 0 && this.#place.bytes > most;
  }

  get isIdle(): boolean {
    return this.#flying === null && this.#holds === 0;
  }

  append(record: R): void {
    if (this.#failure !== null) throw this.#failure;
    this.#waiting.push(record);
    this.#schedule();
  }

  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds > 0 || this.#failure !== null) return;
    if (this.#waiting.length > 0) {
      this.#flush();
      return;
    }
    // Who waits for nothing has it.
    const batch = this.#next;
    this.#next = batchPromise();
    if (this.#flying === null) batch.resolve();
    else this.#flying.then(batch.resolve, batch.reject);
  }

  synced(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#waiting.length === 0 && this.#holds === 0) return this.#flying ?? Promise.resolve();
    this.#schedule();
    return this.#next.promise;
  }

  replace(records: Iterable<R>): void {
    this.#fly(
      () => this.#place.replace(records),
      () => {
        this.#snapshotBytes = this.#place.bytes;
      },
    );
  }

  /** Takes nothing more. */
  fail(cause: unknown): void {
    this.#failure ??= new ChatError('client.storage', { cause });
    this.#next.reject(this.#failure);
  }

  /** Ends when what was appended is kept, or cannot be. */
  async close(): Promise<void> {
    await this.synced().catch(() => {});
    this.#failure ??= new ChatError('client.closed');
    this.#place.close();
  }

  /** Whoever appends in the same turn shares the write, and whoever does while one is under way the next. */
  #schedule(): void {
    if (this.#isScheduled || !this.isIdle) return;
    this.#isScheduled = true;
    this.#soon(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#waiting.length === 0 || !this.isIdle || this.#failure !== null) return;
    const records = this.#waiting;
    this.#fly(() => this.#place.write(records));
  }

  /** Has all that waits written. When that fails it waits again, before everything newer, or the log takes nothing more. */
  #fly(write: () => Promise<void>, kept = () => {}): void {
    const [records, batch] = [this.#waiting, this.#next];
    [this.#waiting, this.#next, this.#flying] = [[], batchPromise(), batch.promise];
    write().then(
      () => {
        [this.#flying, this.#isWell] = [null, true];
        kept();
        batch.resolve();
        this.#flush();
      },
      (cause: unknown) => {
        [this.#flying, this.#isWell] = [null, false];
        this.#waiting = [...records, ...this.#waiting];
        const failure = new ChatError('client.storage', { cause });
        if (!this.#place.canRetry) this.#failure ??= failure;
        batch.reject(failure);
        this.#next.reject(failure);
        this.#next = batchPromise();
      },
    );
  }
}

/** Whoever does not wait need not hear that it failed. */
function batchPromise(): PromiseWithResolvers<void> {
  const batch = Promise.withResolvers<void>();
  batch.promise.catch(() => {});
  return batch;
}
