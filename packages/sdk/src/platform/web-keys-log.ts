// The database of a browser that keeps the key store: one transaction for each batch. What could not be written, because
// there is no room, is tried again as soon as anything is asked for; when the browser closes it, nothing more is taken. [ENC]
import { ChatError } from '../error.ts';
import type { LogRecord } from './keys-database.ts';
import { type BatchPlace, KeysLog } from './keys-log.ts';

const table = 'batches';
/** Records of one batch of a snapshot. */
const snapshotBatch = 500;

/** The log in this database, made empty when there is none. `soon` does something in a turn of its own. */
export async function openWebKeyLog(
  factory: IDBFactory,
  name: string,
  soon: (task: () => void) => void,
): Promise<Opened> {
  try {
    const opening = factory.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(table, { autoIncrement: true });
    const db = await resultOf(opening);
    const batches = await resultOf(db.transaction(table, 'readonly').objectStore(table).getAll());
    const records = (batches as LogRecord[][]).flat();
    const log = new KeysLog(new KeyTable(db, weightOfAll(records)), soon);
    // So it does when somebody clears what the site keeps.
    db.onclose = () => log.fail(new Error('the database was closed'));
    return { log, records };
  } catch (cause) {
    throw new ChatError('client.storage', { cause });
  }
}

interface Opened {
  readonly log: KeysLog<LogRecord>;
  readonly records: readonly LogRecord[];
}

class KeyTable implements BatchPlace<LogRecord> {
  readonly canRetry = true;
  readonly #db: IDBDatabase;
  #bytes: number;

  constructor(db: IDBDatabase, bytes: number) {
    this.#db = db;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async write(records: readonly LogRecord[]): Promise<void> {
    await this.#written((rows) => rows.add(records));
    this.#bytes += weightOfAll(records);
  }

  async replace(records: Iterable<LogRecord>): Promise<void> {
    const all = [...records];
    await this.#written((rows) => {
      rows.clear();
      for (let at = 0; at < all.length; at += snapshotBatch) rows.add(all.slice(at, at + snapshotBatch));
    });
    this.#bytes = weightOfAll(all);
  }

  close(): void {
    this.#db.close();
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

function weightOfAll(records: readonly LogRecord[]): number {
  return records.reduce((sum, record) => sum + weightOf(record), 0);
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
