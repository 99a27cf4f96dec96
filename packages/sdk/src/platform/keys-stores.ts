// Object stores, indexes and cursors as IndexedDB has them, as far as the crypto library asks for them: keys beside the
// values, cursors that go forward. What is asked for beyond that is refused, never done in another way. [ENC]
import { type Key, KeyRange, validKey } from './keys-range.ts';
import { after, type Row, span, type Tables } from './keys-tables.ts';
import type { KeyRequest, KeyTransaction } from './keys-transaction.ts';

/** What an object store and an index have in common: reading rows of a range. */
abstract class Source {
  abstract readonly transaction: KeyTransaction;
  /** The rows in order. */
  abstract rows(): readonly Row[];
  /** Of an object store. */
  abstract get store(): KeyObjectStore;
  /** */
  abstract read(row: Row | undefined): unknown;

  get(query: unknown): KeyRequest {
    const range = KeyRange.of(validQuery(query));
    return this.transaction.ask(this, () => this.read(this.#slice(range, 1)[0]));
  }

  getKey(query: unknown): KeyRequest {
    const range = KeyRange.of(validQuery(query));
    return this.transaction.ask(this, () => this.#slice(range, 1)[0]?.primaryKey);
  }

  getAll(query?: unknown, count?: number): KeyRequest {
    const range = KeyRange.of(query);
    return this.transaction.ask(this, () => this.#slice(range, count).map((row) => this.read(row)));
  }

  getAllKeys(query?: unknown, count?: number): KeyRequest {
    const range = KeyRange.of(query);
    return this.transaction.ask(this, () => this.#slice(range, count).map(({ primaryKey }) => primaryKey));
  }

  count(query?: unknown): KeyRequest {
    const range = KeyRange.of(query);
    return this.transaction.ask(this, () => this.#slice(range).length);
  }

  openCursor(query?: unknown, direction: string = 'next'): KeyRequest {
    if (direction !== 'next') throw new TypeError('only forward cursors are kept here');
    const range = KeyRange.of(query);
    const first = () => this.#slice(range, 1)[0];
    const request: KeyRequest = this.transaction.ask(this, () => KeyCursor.at(this, range, request, first()));
    return request;
  }

  #slice(range: KeyRange, count?: number): readonly Row[] {
    const rows = this.rows();
    const [from, to] = span(rows, range);
    return rows.slice(from, count ? Math.min(to, from + count) : to);
  }
}

/** `IDBObjectStore`, with keys beside the values. */
export class KeyObjectStore extends Source {
  readonly keyPath = null;
  readonly autoIncrement = false;
  readonly transaction: KeyTransaction;
  readonly name: string;
  readonly #tables: Tables;

  constructor(transaction: KeyTransaction, tables: Tables, name: string) {
    super();
    this.transaction = transaction;
    this.#tables = tables;
    this.name = name;
  }

  get store(): KeyObjectStore {
    return this;
  }

  get indexNames(): Names {
    return namesOf(this.#tables.table(this.name).indexNames);
  }

  put(value: unknown, key: unknown): KeyRequest {
    return this.#write(value, key, false);
  }

  add(value: unknown, key: unknown): KeyRequest {
    return this.#write(value, key, true);
  }

  delete(query: unknown): KeyRequest {
    const range = KeyRange.of(validQuery(query));
    return this.#remove(range);
  }

  clear(): KeyRequest {
    return this.#remove(KeyRange.of(undefined));
  }

  index(name: string): KeyIndex {
    this.#tables.table(this.name).rows(name);
    return new KeyIndex(this, name);
  }

  createIndex(
    name: string,
    path: string | readonly string[],
    options: { unique?: boolean; multiEntry?: boolean } = {},
  ) {
    if (this.transaction.mode !== 'versionchange') throw invalidState();
    if (options.multiEntry === true) throw new TypeError('an index of several entries a row is not kept here');
    this.transaction.change(['index', this.name, name, { path, unique: options.unique === true }]);
    return new KeyIndex(this, name);
  }

  deleteIndex(name: string): void {
    if (this.transaction.mode !== 'versionchange') throw invalidState();
    this.transaction.change(['unindex', this.name, name]);
  }

  /** */
  rows(index: string | null = null): readonly Row[] {
    return this.#tables.table(this.name).rows(index);
  }

  /** */
  read(row: Row | undefined): unknown {
    return row === undefined ? undefined : this.#tables.packing.unpack(row.packed);
  }

  #write(value: unknown, given: unknown, isNew: boolean): KeyRequest {
    const key = validKey(given);
    if (this.transaction.mode === 'readonly') throw new DOMException('this transaction only reads', 'ReadOnlyError');
    const packed = this.#tables.packing.pack(value);
    return this.transaction.ask(this, () => {
      if (isNew && this.#has(key)) throw new DOMException('there is a row with this key', 'ConstraintError');
      this.transaction.change(['put', this.name, key, packed]);
      return key;
    });
  }

  #remove(range: KeyRange): KeyRequest {
    if (this.transaction.mode === 'readonly') throw new DOMException('this transaction only reads', 'ReadOnlyError');
    return this.transaction.ask(this, () => {
      const rows = this.rows();
      const [from, to] = span(rows, range);
      for (const { key } of rows.slice(from, to)) this.transaction.change(['remove', this.name, key]);
    });
  }

  #has(key: Key): boolean {
    const [from, to] = span(this.rows(), KeyRange.only(key));
    return to > from;
  }
}

/** `IDBIndex`. */
export class KeyIndex extends Source {
  readonly objectStore: KeyObjectStore;
  readonly name: string;

  constructor(objectStore: KeyObjectStore, name: string) {
    super();
    this.objectStore = objectStore;
    this.name = name;
  }

  get store(): KeyObjectStore {
    return this.objectStore;
  }

  get transaction(): KeyTransaction {
    return this.objectStore.transaction;
  }

  /** */
  rows(): readonly Row[] {
    return this.objectStore.rows(this.name);
  }

  /** */
  read(row: Row | undefined): unknown {
    return this.objectStore.read(row);
  }
}

/** `IDBCursor` and `IDBCursorWithValue`, forward only. */
export class KeyCursor {
  readonly direction = 'next';
  readonly source: Source;
  readonly request: KeyRequest;
  readonly #range: KeyRange;
  #row: Row;

  private constructor(source: Source, range: KeyRange, request: KeyRequest, row: Row) {
    this.source = source;
    this.#range = range;
    this.request = request;
    this.#row = row;
  }

  /** On a row, or null when there is none. */
  static at(source: Source, range: KeyRange, request: KeyRequest, row: Row | undefined): KeyCursor | null {
    return row === undefined ? null : new KeyCursor(source, range, request, row);
  }

  get key(): Key {
    return this.#row.key;
  }

  get primaryKey(): Key {
    return this.#row.primaryKey;
  }

  get value(): unknown {
    return this.source.read(this.#row);
  }

  continue(): void {
    const { source, request } = this;
    source.transaction.ask(source, () => this.#next(), request);
    request.again();
  }

  update(value: unknown): KeyRequest {
    return this.source.store.put(value, this.primaryKey);
  }

  delete(): KeyRequest {
    return this.source.store.delete(this.primaryKey);
  }

  #next(): KeyCursor | null {
    const row = after(this.source.rows(), this.#row);
    if (row === undefined || this.#range.isAbove(row.key)) return null;
    this.#row = row;
    return this;
  }
}

/** `DOMStringList`. */
export type Names = readonly string[] & { item(at: number): string | null; contains(name: string): boolean };

export function namesOf(names: Iterable<string>): Names {
  const all = [...names].sort();
  return Object.assign(all, {
    item: (at: number) => all[at] ?? null,
    contains: (name: string) => all.includes(name),
  });
}

function validQuery(query: unknown): unknown {
  if (query === undefined || query === null) throw new DOMException('a key is needed', 'DataError');
  return query;
}

function invalidState(): DOMException {
  return new DOMException('not in this state', 'InvalidStateError');
}
