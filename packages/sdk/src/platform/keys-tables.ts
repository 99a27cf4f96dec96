// One database of the key store in memory: tables of rows in the order of their keys, each with its indexes. Every
// change is data, so that it can be logged and done again; each says how it is undone. Values are kept packed: nobody who
// reads one can change it. [ENC]
import { compareKeys, type Key, type KeyRange, keyAt } from './keys-range.ts';

/** A row, by its own key or by that of an index. */
export interface Row {
  readonly key: Key;
  readonly primaryKey: Key;
  readonly packed: unknown;
}

/** How a host keeps values. */
export interface Packing {
  /** A copy that nobody else has. */
  pack(value: unknown): unknown;
  unpack(packed: unknown): unknown;
  /** To look into, never to change. */
  peek(packed: unknown): unknown;
}

/** How an index finds its keys. */
export interface IndexShape {
  readonly path: string | readonly string[];
  readonly unique: boolean;
}

/** One change. Together in one record they happen or do not. */
export type Change =
  | readonly ['version', number]
  | readonly ['table', string]
  | readonly ['drop', string]
  | readonly ['index', string, string, IndexShape]
  | readonly ['unindex', string, string]
  | readonly ['put', string, Key, packed: unknown]
  | readonly ['remove', string, Key];

type Undo = () => void;

/** The tables of one database. */
export class Tables {
  version = 0;
  readonly packing: Packing;
  readonly #tables = new Map<string, Table>();

  constructor(packing: Packing) {
    this.packing = packing;
  }

  get names(): readonly string[] {
    return [...this.#tables.keys()];
  }

  has(name: string): boolean {
    return this.#tables.has(name);
  }

  table(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new DOMException(`there is no table ${name}`, 'NotFoundError');
    return table;
  }

  /** Does it, and says how to undo it. What cannot be done changes nothing. */
  apply(change: Change): Undo {
    switch (change[0]) {
      case 'version': {
        const before = this.version;
        this.version = change[1];
        return () => {
          this.version = before;
        };
      }
      case 'table':
        return this.#add(change[1]);
      case 'drop': {
        const table = this.table(change[1]);
        this.#tables.delete(change[1]);
        return () => this.#tables.set(change[1], table);
      }
      case 'index':
        return this.table(change[1]).addIndex(change[2], change[3]);
      case 'unindex':
        return this.table(change[1]).removeIndex(change[2]);
      case 'put':
        return this.table(change[1]).put(change[2], change[3]);
      case 'remove':
        return this.table(change[1]).remove(change[2]);
    }
  }

  /** The changes that make an empty database into this one. */
  *changes(): Iterable<Change> {
    yield ['version', this.version];
    for (const [name, table] of this.#tables) {
      yield ['table', name];
      for (const [index, shape] of table.shapes()) yield ['index', name, index, shape];
      for (const { key, packed } of table.rows(null)) yield ['put', name, key, packed];
    }
  }

  #add(name: string): Undo {
    if (this.#tables.has(name)) throw constraint(`there is a table ${name}`);
    this.#tables.set(name, new Table(this.packing));
    return () => this.#tables.delete(name);
  }
}

/** Rows, and what finds them otherwise. */
export class Table {
  readonly #rows: Row[] = [];
  readonly #indexes = new Map<string, { readonly shape: IndexShape; readonly rows: Row[] }>();
  readonly #packing: Packing;

  constructor(packing: Packing) {
    this.#packing = packing;
  }

  /** By key, or by an index in its order, then by key. */
  rows(index: string | null): readonly Row[] {
    return index === null ? this.#rows : this.#index(index).rows;
  }

  get indexNames(): readonly string[] {
    return [...this.#indexes.keys()];
  }

  *shapes(): Iterable<readonly [string, IndexShape]> {
    for (const [name, { shape }] of this.#indexes) yield [name, shape];
  }

  put(key: Key, packed: unknown): Undo {
    const before = find(this.#rows, key, key);
    this.#refuseDoubles(key, packed);
    if (before !== null) this.#forget(before);
    this.#keep({ key, primaryKey: key, packed });
    return () => {
      this.remove(key);
      if (before !== null) this.#keep(before);
    };
  }

  remove(key: Key): Undo {
    const row = find(this.#rows, key, key);
    if (row === null) return () => {};
    this.#forget(row);
    return () => this.#keep(row);
  }

  addIndex(name: string, shape: IndexShape): Undo {
    if (this.#indexes.has(name)) throw constraint(`there is an index ${name}`);
    const rows: Row[] = [];
    for (const row of this.#rows) {
      const indexed = this.#indexed(shape, row);
      if (indexed !== null && shape.unique && isTaken(rows, indexed)) throw constraint(`${name} is not unique`);
      if (indexed !== null) insert(rows, indexed);
    }
    this.#indexes.set(name, { shape, rows });
    return () => this.#indexes.delete(name);
  }

  removeIndex(name: string): Undo {
    const index = this.#index(name);
    this.#indexes.delete(name);
    return () => this.#indexes.set(name, index);
  }

  #index(name: string) {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new DOMException(`there is no index ${name}`, 'NotFoundError');
    return index;
  }

  #refuseDoubles(key: Key, packed: unknown): void {
    for (const [name, { shape, rows }] of this.#indexes) {
      const indexed = shape.unique ? this.#indexed(shape, { key, primaryKey: key, packed }) : null;
      if (indexed !== null && isTaken(rows, indexed)) throw constraint(`${name} is not unique`);
    }
  }

  #indexed({ path }: IndexShape, row: Row): Row | null {
    const key = keyAt(path, this.#packing.peek(row.packed));
    return key === null ? null : { ...row, key };
  }

  #keep(row: Row): void {
    insert(this.#rows, row);
    for (const { shape, rows } of this.#indexes.values()) {
      const indexed = this.#indexed(shape, row);
      if (indexed !== null) insert(rows, indexed);
    }
  }

  #forget(row: Row): void {
    erase(this.#rows, row);
    for (const { shape, rows } of this.#indexes.values()) {
      const indexed = this.#indexed(shape, row);
      if (indexed !== null) erase(rows, indexed);
    }
  }
}

/** Where a range begins in rows, and where it ends. */
export function span(rows: readonly Row[], range: KeyRange): readonly [from: number, to: number] {
  const from = firstNot(rows, (row) => range.isBelow(row.key));
  return [
    from,
    Math.max(
      from,
      firstNot(rows, (row) => !range.isAbove(row.key)),
    ),
  ];
}

/** The first row behind this one. */
export function after(rows: readonly Row[], row: Row): Row | undefined {
  return rows[firstNot(rows, (one) => compareRows(one, row.key, row.primaryKey) <= 0)];
}

/** Another row has this key. */
function isTaken(rows: readonly Row[], { key, primaryKey }: Row): boolean {
  const found = rows[firstNot(rows, (row) => compareKeys(row.key, key) < 0)];
  return found !== undefined && compareKeys(found.key, key) === 0 && compareKeys(found.primaryKey, primaryKey) !== 0;
}

function place(rows: readonly Row[], key: Key, primaryKey: Key): number {
  return firstNot(rows, (row) => compareRows(row, key, primaryKey) < 0);
}

function find(rows: readonly Row[], key: Key, primaryKey: Key): Row | null {
  const row = rows[place(rows, key, primaryKey)];
  return row !== undefined && compareRows(row, key, primaryKey) === 0 ? row : null;
}

function insert(rows: Row[], row: Row): void {
  rows.splice(place(rows, row.key, row.primaryKey), 0, row);
}

function erase(rows: Row[], row: Row): void {
  rows.splice(place(rows, row.key, row.primaryKey), 1);
}

function compareRows(row: Row, key: Key, primaryKey: Key): number {
  return compareKeys(row.key, key) || compareKeys(row.primaryKey, primaryKey);
}

/** The first row for which it does not hold, when it holds for all before. */
function firstNot(rows: readonly Row[], holds: (row: Row) => boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(rows[middle] as Row)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function constraint(message: string): DOMException {
  return new DOMException(message, 'ConstraintError');
}
