// The database of a browser that keeps the key store: batches of records, one transaction for each, one of them under way
// at a time; what comes meanwhile is the next batch. Whatever could not be written, because there is no room, is written
// first as soon as anything is asked for again; who waits for it is told, and until then nobody hears of it. [ENC]
import { ChatError } from '../error.ts';
import { maxKeyLogBytes } from '../limits.ts';
import type { KeyHost, LogRecord, RecordLog } from './keys-database.ts';

const table = 'batches';
/** Records of one batch of a snapshot. */
const snapshotBatch = 500;

/** Takes records and gives them back in order. */
export class WebKeyLog implements RecordLog {
  readonly #db: IDBDatabase;
  readonly #soon: KeyHost['soon'];
  #waiting: LogRecord[] = [];
  /** Of what waits, and of what is being written. */
  #next = batchPromise();
  #flying: Promise<void> | null = null;
  #isScheduled = false;
  /** Who is in the middle of something that belongs together. */
  #holds = 0;
  /** About so many bytes are in it, and were when it was last written anew. */
  #bytes = 0;
  #snapshotBytes = 0;
  /** The last write was kept. */
  #isWell = true;
  /** The browser has closed the database: nothing more is taken. */
  #failure: ChatError | null = null;

  private constructor(db: IDBDatabase, soon: KeyHost['soon']) {
    this.#db = db;
    this.#soon = soon;
    // So it does when somebody clears what the site keeps.
    db.onclose = () => {
      this.#failure = new ChatError('client.storage', { cause: new Error('the database was closed') });
      this.#next.reject(this.#failure);
    };
  }

  /** Opens the database, or makes an empty one. */
  static async open(
    factory: IDBFactory,
    name: string,
    soon: KeyHost['soon'],
  ): Promise<{ readonly log: WebKeyLog; readonly records: readonly LogRecord[] }> {
    try {
      const opening = factory.open(name, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(table, { autoIncrement: true });
      const db = await resultOf(opening);
      const batches = await resultOf(db.transaction(table, 'readonly').objectStore(table).getAll());
      const log = new WebKeyLog(db, soon);
      const records = (batches as LogRecord[][]).flat();
      log.#bytes = records.reduce((sum, record) => sum + weightOf(record), 0);
      return { log, records };
    } catch (cause) {
      throw new ChatError('client.storage', { cause });
    }
  }

  get isLong(): boolean {
    const most = this.#snapshotBytes * 2 + maxKeyLogBytes;
    return this.#isWell && this.#failure === null && this.#holds === 0 && this.#bytes > most;
  }

  get isIdle(): boolean {
    return this.#flying === null && this.#holds === 0;
  }

  append(record: LogRecord): void {
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

  replace(records: Iterable<LogRecord>): void {
    const all = [...records];
    const waiting = this.#waiting;
    this.#waiting = [];
    const write = (rows: IDBObjectStore) => {
      rows.clear();
      for (let at = 0; at < all.length; at += snapshotBatch) rows.add(all.slice(at, at + snapshotBatch));
    };
    this.#fly(write, waiting, () => {
      this.#bytes = all.reduce((sum, record) => sum + weightOf(record), 0);
      this.#snapshotBytes = this.#bytes;
    });
  }

  close(): void {
    this.#failure ??= new ChatError('client.closed');
    this.#db.close();
  }

  /** Whoever appends in the same turn shares the write, and whoever does while one is under way the next. */
  #schedule(): void {
    if (this.#isScheduled || this.#flying !== null || this.#holds > 0) return;
    this.#isScheduled = true;
    this.#soon(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#waiting.length === 0 || this.#holds > 0 || this.#flying !== null || this.#failure !== null) return;
    const records = this.#waiting;
    this.#waiting = [];
    this.#fly(
      (rows) => rows.add(records),
      records,
      () => {
        this.#bytes += records.reduce((sum, record) => sum + weightOf(record), 0);
      },
    );
  }

  /** Writes in one transaction. When that fails, `records` wait again, before all others. */
  #fly(write: (rows: IDBObjectStore) => unknown, records: readonly LogRecord[], kept: () => void): void {
    const batch = this.#next;
    [this.#next, this.#flying] = [batchPromise(), batch.promise];
    this.#written(write).then(
      () => {
        this.#flying = null;
        this.#isWell = true;
        kept();
        batch.resolve();
        this.#flush();
      },
      (cause: unknown) => {
        this.#flying = null;
        this.#isWell = false;
        this.#waiting = [...records, ...this.#waiting];
        const failure = new ChatError('client.storage', { cause });
        batch.reject(failure);
        this.#next.reject(failure);
        this.#next = batchPromise();
      },
    );
  }

  /** Resolves when it is on the disk. */
  async #written(write: (rows: IDBObjectStore) => unknown): Promise<void> {
    const transaction = this.#db.transaction(table, 'readwrite', { durability: 'strict' });
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
    });
    try {
      write(transaction.objectStore(table));
    } catch (error) {
      // Nothing of it, then.
      transaction.abort();
      await ended.catch(() => {});
      throw error;
    }
    return ended;
  }
}

/** Whoever does not wait need not hear that it failed. */
function batchPromise(): PromiseWithResolvers<void> {
  const batch = Promise.withResolvers<void>();
  batch.promise.catch(() => {});
  return batch;
}

/** About how many bytes a value takes. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((sum: number, one) => sum + weightOf(one), 8);
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as Error);
  });
}
