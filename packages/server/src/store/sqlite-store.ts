// The embedded store: SQLite behind the log, with one thread that writes and one that reads. The main thread only
// turns rows into bytes and bytes into rows. It promises what `store.ts` says; a page never waits for a transaction.
// It must never retry (the caller owns time), and never go on after a thread is lost.
import { type Clock, hostClock } from '../kernel/clock.ts';
import { maxUnansweredReads, maxWaitingCommits, storeStallMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { encodeBatch, WrittenRosters } from './batch-encoder.ts';
import { checkRange } from './keys.ts';
import { codecs } from './row-codec.ts';
import type { Applied, Keys, Range, Store, Table, Tables, Write } from './store.ts';
import {
  type ReaderQuestion,
  type RowBytes,
  StoreThread,
  type ThreadOptions,
  type WriterQuestion,
} from './store-thread.ts';
import { ValueReader } from './values.ts';

type Writer = StoreThread<WriterQuestion>;
type Reader = StoreThread<ReaderQuestion>;

const writerScript = new URL('./sqlite-writer.ts', import.meta.url);
const readerScript = new URL('./sqlite-reader.ts', import.meta.url);

export interface SqliteStoreOptions {
  /** Called once when a thread is lost or the disk cannot be trusted: the process must end. Every call then throws `Unavailable`. */
  readonly onFatal: (error: Unavailable) => void;
  readonly clock?: Clock;
}

/**
 * Opens the database at `path`, or makes it when it was never there.
 * @throws {UnusableStore} it is damaged, newer than this program, or cannot be written; the message is for the operator
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions): Promise<SqliteStore> {
  const threads: { kill(error: Unavailable): void }[] = [];
  const onFatal = (error: Unavailable) => {
    const others = threads.splice(0);
    for (const thread of others) thread.kill(error);
    if (others.length > 0) options.onFatal(error);
  };
  const shared = { path, clock: options.clock ?? hostClock, stallMs: storeStallMs, onFatal };
  const writerOptions = { ...shared, maxUnanswered: maxWaitingCommits };
  const readerOptions = { ...shared, maxUnanswered: maxUnansweredReads };
  const writer = await StoreThread.start<WriterQuestion>(writerScript, writerOptions);
  try {
    const reader = await StoreThread.start<ReaderQuestion>(readerScript, readerOptions);
    threads.push(writer.thread, reader.thread);
    return new SqliteStore(writer.thread, reader.thread, writer.ready as Applied | null, readerOptions);
  } catch (error) {
    await writer.thread.close();
    throw error;
  }
}

/** Opened by `openSqliteStore`. Commits, checkpoints and expiry happen one after the other, in the order of their calls. */
export class SqliteStore implements Store {
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #readerOptions: ThreadOptions;
  readonly #rosters = new WrittenRosters();
  #applied: Applied | null;
  #turns: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #failures = 0;

  constructor(writer: Writer, reader: Reader, applied: Applied | null, readerOptions: ThreadOptions) {
    this.#writer = writer;
    this.#reader = reader;
    this.#applied = applied;
    this.#readerOptions = readerOptions;
  }

  applied(): Applied | null {
    return this.#applied;
  }

  /** The row has bytes of its own: one that is kept must not keep the whole reply alive. */
  async get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    const rows = await this.#reader.ask<RowBytes | 0>({ call: 'get', table, key });
    if (rows === 0) return undefined;
    return codecs[table].read(new ValueReader(rows.bytes.slice()));
  }

  async list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    checkRange(table, range);
    const rows = await this.#reader.ask<RowBytes | 0>({ call: 'list', table, range });
    if (rows === 0) return [];
    const from = new ValueReader(rows.bytes);
    return Array.from({ length: rows.count }, () => codecs[table].read(from));
  }

  /** A transaction that was waiting when one before it failed fails too, so that `applied` never skips one. */
  commit(writes: readonly Write[], applied: Applied | null): Promise<void> {
    const failures = this.#failures;
    return this.#inTurn(async () => {
      if (failures !== this.#failures) throw new Unavailable('An earlier transaction failed.');
      try {
        const { chunks, rosters } = await encodeBatch(writes, this.#rosters);
        const buffers = chunks.map((chunk) => chunk.buffer);
        await this.#writer.ask<void>({ call: 'commit', chunks, applied }, buffers);
        this.#rosters.add(rosters);
        this.#applied = applied ?? this.#applied;
      } catch (error) {
        this.#failures++;
        throw error;
      }
    });
  }

  checkpoint(): Promise<Applied | null> {
    return this.#inTurn(() => this.#writer.ask<Applied | null>({ call: 'checkpoint' }));
  }

  expire(time: number, limit: number): Promise<number> {
    return this.#inTurn(() => this.#writer.ask<number>({ call: 'expire', time, limit }));
  }

  /** Reads beside everything else; until it is done checkpoints answer null. `path` must not exist. */
  async copyTo(path: string): Promise<void> {
    const onFatal = () => {};
    const options = { ...this.#readerOptions, stallMs: null, onFatal };
    const { thread } = await StoreThread.start<ReaderQuestion>(readerScript, options);
    try {
      await thread.ask<void>({ call: 'copy', path });
    } finally {
      await thread.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turns;
    await this.#reader.close();
    await this.#writer.close();
  }

  #inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    if (this.#waiting >= maxWaitingCommits) return Promise.reject(new Unavailable('The store has too much to do.'));
    this.#waiting++;
    const result = this.#turns.then(act).finally(() => this.#waiting--);
    this.#turns = result.then(
      () => {},
      () => {},
    );
    return result;
  }
}
