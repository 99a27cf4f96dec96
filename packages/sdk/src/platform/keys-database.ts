// `indexedDB` for the worker that holds the keys, whatever the host: databases in memory over one log. It lets transactions begin (those
// that share a table one after the other), writes what they changed, and has the log written anew when it is long.
// [ENC]
import { type KeyObjectStore, type Names, namesOf } from './keys-stores.ts';
import { type Change, type Packing, Tables } from './keys-tables.ts';
import { KeyEvent, KeyRequest, KeyTransaction, type Ledger } from './keys-transaction.ts';

/** One record of the log: what happened to a database in one transaction; null: it was removed. */
export type LogRecord = readonly [name: string, changes: readonly Change[] | null];

/** What keeps the records. */
export interface RecordLog<R = LogRecord> {
  /** Takes a record. Throws when it takes nothing more. */
  append(record: R): void;
  /** What is appended from here to `release` is kept whole or not at all. */
  hold(): void;
  release(): void;
  /** Nothing is under way. */
  readonly isIdle: boolean;
  /** It is worth being replaced. */
  readonly isLong: boolean;
  /** Puts these, which hold all that was appended, in the place of everything. Nothing is under way. */
  replace(records: Iterable<R>): void;
  /** All that was appended is kept when it resolves; rejects when it cannot be. */
  synced(): Promise<void>;
}

/** What the databases need of where they are. */
export interface KeyHost extends Packing {
  /** Does it in a turn of its own. */
  soon(task: () => void): void;
}

/** `IDBFactory`: all databases of one log. */
export class KeyFactory {
  readonly #log: RecordLog;
  readonly #host: KeyHost;
  readonly #databases = new Map<string, OneDatabase>();
  /** What opens or removes a database waits for what came before. */
  #queue: Promise<unknown> = Promise.resolve();

  /** Takes what the log holds. */
  constructor(host: KeyHost, log: RecordLog, records: Iterable<LogRecord>) {
    this.#host = host;
    this.#log = log;
    for (const [name, changes] of records) {
      if (changes === null) this.#databases.delete(name);
      else for (const change of changes) this.#database(name).tables.apply(change);
    }
  }

  /** Whether there is a database at all. */
  get isEmpty(): boolean {
    return ![...this.#databases.values()].some(({ tables }) => tables.version > 0);
  }

  /**
   * What is written while this runs is kept whole or not at all, in whatever transactions, whenever the process dies; when
   * the work itself fails, what it had written until then is kept. Beyond `IDBFactory`.
   */
  async together<T>(work: () => Promise<T>): Promise<T> {
    this.#log.hold();
    // A log is not written anew while something belongs together: who waits for that may begin.
    this.#relieve();
    try {
      return await work();
    } finally {
      this.#log.release();
    }
  }

  open(name: string, version?: number): KeyRequest {
    if (version !== undefined && !(Number.isSafeInteger(version) && version > 0)) throw new TypeError('no version');
    const request = new KeyRequest(null, null);
    this.#enqueue(request, async () => {
      const database = this.#database(name);
      const wanted = version ?? Math.max(1, database.tables.version);
      if (wanted < database.tables.version) throw new DOMException('the database is newer', 'VersionError');
      const connection = new KeyDatabase(name, database);
      if (wanted > database.tables.version) await upgrade(database, connection, wanted, request);
      database.connections.add(connection);
      return connection;
    });
    return request;
  }

  deleteDatabase(name: string): KeyRequest {
    const request = new KeyRequest(null, null);
    this.#enqueue(request, async () => {
      await this.#databases.get(name)?.unused();
      if (this.#databases.delete(name)) this.#log.append([name, null]);
    });
    return request;
  }

  async databases(): Promise<readonly { readonly name: string; readonly version: number }[]> {
    return [...this.#databases].map(([name, { tables }]) => ({ name, version: tables.version }));
  }

  #database(name: string): OneDatabase {
    let database = this.#databases.get(name);
    if (database === undefined) {
      database = new OneDatabase(this.#host, {
        commit: (changes) => this.#log.append([name, changes]),
        isPaused: () => this.#log.isLong,
        paused: () => this.#relieve(),
      });
      this.#databases.set(name, database);
    }
    return database;
  }

  /** Has a long log written anew, once nothing is on its way to the disk and nothing that writes is half done. */
  #relieve(): void {
    const pump = () => {
      for (const database of this.#databases.values()) database.pump();
    };
    if (!this.#log.isLong) {
      pump();
      return;
    }
    if ([...this.#databases.values()].some((database) => database.isWriting)) return;
    if (this.#log.isIdle) this.#log.replace(this.#snapshot());
    // A browser's log takes its time. When it cannot be written, whoever waits for that is told it.
    if (this.#log.isLong) void this.#log.synced().then(() => this.#relieve(), pump);
    else pump();
  }

  *#snapshot(): Iterable<LogRecord> {
    for (const [name, { tables }] of this.#databases) for (const change of tables.changes()) yield [name, [change]];
  }

  #enqueue(request: KeyRequest, work: () => Promise<unknown>): void {
    const answer = (type: 'success' | 'error') => {
      request.transaction = null;
      const event = new KeyEvent(type, request);
      this.#host.soon(() => (type === 'success' ? request.onsuccess : request.onerror)?.(event));
    };
    this.#queue = this.#queue.then(work).then(
      (result) => {
        request.become(result);
        answer('success');
      },
      (error: unknown) => {
        request.become(undefined, error instanceof DOMException ? error : notKept(error));
        answer('error');
      },
    );
  }
}

/** What keeps the changes of a database. While it is paused no new writer begins; it is told of each that did or ended. */
interface Keeper {
  commit(changes: readonly Change[]): void;
  isPaused(): boolean;
  paused(): void;
}

/** The tables of a database, and who is at them. */
class OneDatabase implements Ledger {
  readonly tables: Tables;
  readonly connections = new Set<KeyDatabase>();
  readonly #keeper: Keeper;
  readonly #running = new Set<KeyTransaction>();
  #waiting: KeyTransaction[] = [];
  #unused: (() => void)[] = [];

  readonly #host: KeyHost;

  constructor(host: KeyHost, keeper: Keeper) {
    this.#host = host;
    this.tables = new Tables(host);
    this.#keeper = keeper;
  }

  soon(task: () => void): void {
    this.#host.soon(task);
  }

  commit(changes: readonly Change[]): void {
    this.#keeper.commit(changes);
  }

  get isWriting(): boolean {
    return [...this.#running].some(({ mode }) => mode !== 'readonly');
  }

  begin(transaction: KeyTransaction): void {
    this.#waiting.push(transaction);
    this.pump();
    this.#keeper.paused();
  }

  ended(transaction: KeyTransaction): void {
    this.#running.delete(transaction);
    this.#waiting = this.#waiting.filter((one) => one !== transaction);
    this.pump();
    this.#keeper.paused();
    this.#tellUnused();
  }

  /** Lets begin what shares no table with a writer that runs, or that waits since longer. */
  pump(): void {
    const blocking = [...this.#running];
    const left: KeyTransaction[] = [];
    for (const one of this.#waiting) {
      const paused = one.mode === 'readwrite' && this.#keeper.isPaused();
      if (paused || blocking.some((other) => collide(one, other))) left.push(one);
      else this.#start(one);
      blocking.push(one);
    }
    this.#waiting = left;
  }

  closed(connection: KeyDatabase): void {
    this.connections.delete(connection);
    this.#tellUnused();
  }

  /** Resolves when no connection is open and none that was open does anything. */
  unused(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#unused.push(resolve);
      this.#tellUnused();
    });
  }

  #tellUnused(): void {
    if (this.connections.size + this.#running.size + this.#waiting.length > 0) return;
    for (const tell of this.#unused.splice(0)) tell();
  }

  #start(transaction: KeyTransaction): void {
    this.#running.add(transaction);
    transaction.start();
  }
}

/** `IDBDatabase`: one connection. */
export class KeyDatabase {
  readonly name: string;
  onversionchange: ((event: KeyEvent) => void) | null = null;
  readonly #database: OneDatabase;
  #upgrade: KeyTransaction | null = null;
  #isClosed = false;

  constructor(name: string, database: OneDatabase) {
    this.name = name;
    this.#database = database;
  }

  get version(): number {
    return this.#database.tables.version;
  }

  get objectStoreNames(): Names {
    return namesOf(this.#database.tables.names);
  }

  transaction(names: string | readonly string[], mode: 'readonly' | 'readwrite' = 'readonly'): KeyTransaction {
    if (this.#isClosed || this.#upgrade?.isRunning === true) throw new DOMException('not now', 'InvalidStateError');
    const scope = new Set(typeof names === 'string' ? [names] : names);
    if (scope.size === 0) throw new DOMException('a transaction over nothing', 'InvalidAccessError');
    for (const name of scope)
      if (!this.#database.tables.has(name)) throw new DOMException(`there is no ${name}`, 'NotFoundError');
    return new KeyTransaction(this.#database, this, mode, scope);
  }

  createObjectStore(name: string, options?: { keyPath?: unknown; autoIncrement?: boolean } | null): KeyObjectStore {
    if ((options?.keyPath ?? null) !== null || options?.autoIncrement === true)
      throw new TypeError('only keys beside the values are kept here');
    const upgrade = this.#upgrading();
    upgrade.change(['table', name]);
    return upgrade.objectStore(name);
  }

  deleteObjectStore(name: string): void {
    this.#upgrading().change(['drop', name]);
  }

  close(): void {
    this.#isClosed = true;
    this.#database.closed(this);
  }

  /** */
  beginUpgrade(): KeyTransaction {
    this.#upgrade = new KeyTransaction(this.#database, this, 'versionchange', null);
    return this.#upgrade;
  }

  #upgrading(): KeyTransaction {
    if (this.#upgrade?.isRunning !== true) throw new DOMException('not upgrading', 'InvalidStateError');
    return this.#upgrade;
  }
}

async function upgrade(database: OneDatabase, connection: KeyDatabase, version: number, request: KeyRequest) {
  for (const other of database.connections)
    other.onversionchange?.(new KeyEvent('versionchange', other, { newVersion: version }));
  await database.unused();
  const oldVersion = database.tables.version;
  const transaction = connection.beginUpgrade();
  transaction.change(['version', version]);
  request.become(connection);
  request.transaction = transaction;
  request.onupgradeneeded?.(new KeyEvent('upgradeneeded', request, { oldVersion, newVersion: version }));
  if (!(await transaction.settled)) throw new DOMException('the upgrade was aborted', 'AbortError');
}

function collide(a: KeyTransaction, b: KeyTransaction): boolean {
  if (a.mode === 'readonly' && b.mode === 'readonly') return false;
  if (a.scope === null || b.scope === null) return true;
  const { scope } = b;
  return [...a.scope].some((name) => scope.has(name));
}

function notKept(cause: unknown): DOMException {
  return Object.assign(new DOMException('this cannot be kept', 'UnknownError'), { cause });
}
