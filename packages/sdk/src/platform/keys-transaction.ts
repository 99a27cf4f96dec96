// Requests and transactions as IndexedDB has them, over the tables in memory. A transaction is `complete` when it is in
// the log's next batch: so one sync serves many of them, although the crypto library saves one thing at a time. What is
// said to the world waits for that sync (`Hold` in `remote.ts`). [ENC]
import { KeyObjectStore, type Names, namesOf } from './keys-stores.ts';
import type { Change, Tables } from './keys-tables.ts';

export type Mode = 'readonly' | 'readwrite' | 'versionchange';
type Listener = ((event: KeyEvent) => void) | null;

/** What listeners get. */
export class KeyEvent {
  readonly type: string;
  readonly target: unknown;
  readonly currentTarget: unknown;
  defaultPrevented = false;

  constructor(type: string, target: unknown, fields: object = {}) {
    this.type = type;
    this.target = target;
    this.currentTarget = target;
    Object.assign(this, fields);
  }

  preventDefault(): void {
    this.defaultPrevented = true;
  }

  stopPropagation(): void {}
}

/** `IDBRequest` and `IDBOpenDBRequest`. */
export class KeyRequest {
  readyState: 'pending' | 'done' = 'pending';
  readonly source: unknown;
  transaction: KeyTransaction | null;
  onsuccess: Listener = null;
  onerror: Listener = null;
  onblocked: Listener = null;
  onupgradeneeded: Listener = null;
  #outcome: { readonly result: unknown; readonly error: DOMException | null } = { result: undefined, error: null };

  constructor(source: unknown, transaction: KeyTransaction | null) {
    this.source = source;
    this.transaction = transaction;
  }

  get result(): unknown {
    if (this.readyState === 'pending') throw invalidState();
    return this.#outcome.result;
  }

  get error(): DOMException | null {
    if (this.readyState === 'pending') throw invalidState();
    return this.#outcome.error;
  }

  /** */
  become(result: unknown, error: DOMException | null = null): void {
    this.readyState = 'done';
    this.#outcome = { result, error };
  }

  /** A cursor that goes on asks again. */
  again(): void {
    this.readyState = 'pending';
  }
}

/** Who lets transactions begin, and keeps what they changed. */
export interface Ledger {
  readonly tables: Tables;
  /** Does it in a turn of its own. */
  soon(task: () => void): void;
  begin(transaction: KeyTransaction): void;
  ended(transaction: KeyTransaction): void;
  /** Throws when it can keep nothing more. */
  commit(changes: readonly Change[]): void;
}

/** `IDBTransaction`. Without a scope it has every table, and nothing else runs beside it. */
export class KeyTransaction {
  readonly mode: Mode;
  readonly scope: ReadonlySet<string> | null;
  readonly db: unknown;
  error: DOMException | null = null;
  oncomplete: Listener = null;
  onabort: Listener = null;
  onerror: Listener = null;
  readonly #ledger: Ledger;
  readonly #asked: { readonly request: KeyRequest; readonly perform: () => unknown }[] = [];
  readonly #changes: Change[] = [];
  readonly #undo: (() => void)[] = [];
  #state: 'active' | 'committing' | 'ended' = 'active';
  #begun = false;
  readonly #settled = Promise.withResolvers<boolean>();

  constructor(ledger: Ledger, db: unknown, mode: Mode, scope: ReadonlySet<string> | null) {
    this.#ledger = ledger;
    this.db = db;
    this.mode = mode;
    this.scope = scope;
    ledger.begin(this);
  }

  get objectStoreNames(): Names {
    return namesOf(this.scope ?? this.#ledger.tables.names);
  }

  objectStore(name: string): KeyObjectStore {
    if (this.#state === 'ended') throw invalidState();
    if (this.scope?.has(name) === false || !this.#ledger.tables.has(name))
      throw new DOMException(`there is no object store ${name} here`, 'NotFoundError');
    return new KeyObjectStore(this, this.#ledger.tables, name);
  }

  commit(): void {
    if (this.#state !== 'active') throw invalidState();
    this.#state = 'committing';
  }

  abort(): void {
    if (this.#state !== 'active') throw invalidState();
    this.#abort(null);
  }

  /** True when it is on the disk, false when it was aborted; after the listeners. */
  get settled(): Promise<boolean> {
    return this.#settled.promise;
  }

  /** Asks for something, in the order of asking. */
  ask(source: unknown, perform: () => unknown, again: KeyRequest | null = null): KeyRequest {
    if (this.#state !== 'active') throw new DOMException('the transaction has ended', 'TransactionInactiveError');
    const request = again ?? new KeyRequest(source, this);
    this.#asked.push({ request, perform });
    return request;
  }

  /** Changes the tables. */
  change(change: Change): void {
    if (this.mode === 'readonly') throw new DOMException('this transaction only reads', 'ReadOnlyError');
    this.#undo.push(this.#ledger.tables.apply(change));
    this.#changes.push(change);
  }

  /** It is its turn. */
  start(): void {
    this.#begun = true;
    this.#ledger.soon(() => this.#step());
  }

  /** Answers one request; what is asked for meanwhile comes after it. Nothing asked for: it is done. */
  #step(): void {
    if (this.#state === 'ended') return;
    const next = this.#asked.shift();
    if (next === undefined) {
      this.#end();
      return;
    }
    this.#answer(next.request, next.perform);
    this.#ledger.soon(() => this.#step());
  }

  #answer(request: KeyRequest, perform: () => unknown): void {
    try {
      request.become(perform());
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      request.become(undefined, error);
      const event = new KeyEvent('error', request);
      request.onerror?.(event);
      if (event.defaultPrevented || this.#state === 'ended') return;
      this.onerror?.(event);
      this.#abort(error);
      return;
    }
    request.onsuccess?.(new KeyEvent('success', request));
  }

  #end(): void {
    try {
      if (this.#changes.length > 0) this.#ledger.commit(this.#changes);
    } catch (cause) {
      this.#abort(Object.assign(new DOMException('this cannot be kept', 'UnknownError'), { cause }));
      return;
    }
    this.#state = 'ended';
    this.#ledger.ended(this);
    this.oncomplete?.(new KeyEvent('complete', this));
    this.#settled.resolve(true);
  }

  #abort(error: DOMException | null): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.error = error;
    for (const undo of this.#undo.reverse()) undo();
    const left = this.#asked.splice(0);
    this.#ledger.soon(() => {
      for (const { request } of left) {
        request.become(undefined, new DOMException('the transaction was aborted', 'AbortError'));
        request.onerror?.(new KeyEvent('error', request));
      }
      this.onabort?.(new KeyEvent('abort', this));
      this.#settled.resolve(false);
    });
    this.#ledger.ended(this);
  }

  /** It has begun and not ended. */
  get isRunning(): boolean {
    return this.#begun && this.#state !== 'ended';
  }
}

function invalidState(): DOMException {
  return new DOMException('not in this state', 'InvalidStateError');
}
