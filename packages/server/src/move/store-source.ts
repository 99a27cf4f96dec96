// The tables of an embedded store, whole: read in pages in the order of their keys, from any key on. Rows come through
// the store, so that a damaged one is refused; which partitions there are is asked of the database. It never writes.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { movePageRows } from '../kernel/engine-limits.ts';
import { codecs } from '../store/row-codec.ts';
import { shapes } from '../store/sqlite-schema.ts';
import { type IdRow, type Keys, keyOf, type Rows, type Table, type Tables } from '../store/store.ts';
import { idValue, type SqlValue, ValueReader, ValueWriter } from '../store/values.ts';

/** Where the partitions of a table are known from. */
const partitionsIn = {
  messages: ['conversations', 'conversation'],
  members: ['members', 'conversation'],
  entries: ['entries', 'conversation'],
  marks: ['marks', 'conversation'],
  memberships: ['memberships', 'account'],
  settings: ['settings', 'account'],
} as const;
type Parted = keyof typeof partitionsIn;
type Place = readonly [table: string, column: string];

export class StoreSource {
  readonly #rows: Rows;
  readonly #database: DatabaseSync;
  readonly #pageRows: number;

  /** `database`: the same one, only for reading. */
  constructor(rows: Rows, database: DatabaseSync, pageRows = movePageRows) {
    this.#rows = rows;
    this.#database = database;
    this.#pageRows = pageRows;
  }

  count(table: Table): number {
    return Number(this.#ask(`SELECT count(*) FROM ${table}`)[0]?.[0] ?? 0);
  }

  /** Rows with a key after this one. */
  async *pages<T extends Table>(table: T, after: Keys[T] | null): AsyncIterable<readonly Tables[T][]> {
    if (table === 'ids') yield* this.#ids(after as Keys['ids'] | null) as AsyncIterable<readonly Tables[T][]>;
    else if (table === 'conversations' || table === 'facts') yield* this.#whole(table, after);
    else yield* this.#parts(table, partitionsIn[table as Parted], after);
  }

  async *#whole<T extends Table>(table: T, after: Keys[T] | null): AsyncIterable<readonly Tables[T][]> {
    const limit = this.#pageRows;
    for (let from = after; ; ) {
      const rows = await this.#rows.list(table, { prefix: [], limit, ...(from !== null && { after: from }) });
      if (rows.length > 0) yield rows;
      if (rows.length < limit) return;
      from = lastKey(table, rows);
    }
  }

  async *#parts<T extends Table>(table: T, place: Place, after: Keys[T] | null): AsyncIterable<readonly Tables[T][]> {
    const limit = this.#pageRows;
    let page: Tables[T][] = [];
    for (const part of this.#partitions(place, String(after?.[0] ?? ''))) {
      let from: readonly (string | number)[] | null = part === after?.[0] ? after.slice(1) : null;
      for (;;) {
        const rows = await this.#rows.list(table, { prefix: [part], limit, ...(from !== null && { after: from }) });
        page.push(...rows);
        if (page.length >= limit) {
          yield page;
          page = [];
        }
        if (rows.length < limit) break;
        from = lastKey(table, rows).slice(1);
      }
    }
    if (page.length > 0) yield page;
  }

  /** From this one on. */
  *#partitions([table, name]: Place, first: string): Iterable<string> {
    const select = (sign: string) =>
      `SELECT DISTINCT ${name} FROM ${table} WHERE ${name} ${sign} ? ORDER BY ${name} LIMIT ${this.#pageRows}`;
    for (let names = this.#texts(select('>='), first); names.length > 0; ) {
      yield* names;
      names = this.#texts(select('>'), names.at(-1) ?? '');
    }
  }

  /** In the order in which the database keeps them: by id, then by the numbers of names. */
  async *#ids(after: Keys['ids'] | null): AsyncIterable<readonly IdRow[]> {
    const columns = shapes.ids.columns.map((name) => (shapes.ids.named?.includes(name) ? `${name}.name` : name));
    const names = (shapes.ids.named ?? []).map((name) => `JOIN names ${name} ON ${name}.number = ids.${name}`);
    const select = `SELECT ${columns.join(', ')} FROM ids ${names.join(' ')}`;
    const order = `ORDER BY ids.id, ids.conversation, ids.sender LIMIT ${this.#pageRows}`;
    for (let from = after; ; ) {
      const found: readonly SqlValue[][] =
        from === null
          ? this.#ask(`${select} ${order}`)
          : this.#ask(
              `${select} WHERE (ids.id, ids.conversation, ids.sender) > (?, ?, ?) ${order}`,
              ...this.#place(from),
            );
      if (found.length === 0) return;
      const rows = found.map(idRow);
      yield rows;
      from = lastKey('ids', rows);
    }
  }

  #place([conversation, sender, id]: Keys['ids']): readonly SQLInputValue[] {
    const numberOf = (name: string) => this.#ask('SELECT number FROM names WHERE name = ?', name)[0]?.[0] ?? 0;
    return [idValue(id), numberOf(conversation), numberOf(sender)];
  }

  #texts(sql: string, value: string): readonly string[] {
    return this.#ask(sql, value).map(([text]) => String(text));
  }

  #ask(sql: string, ...values: readonly SQLInputValue[]): readonly SqlValue[][] {
    return this.#database.prepare(sql, { returnArrays: true }).all(...values) as unknown as readonly SqlValue[][];
  }
}

function lastKey<T extends Table>(table: T, rows: readonly Tables[T][]): Keys[T] {
  return keyOf[table](rows.at(-1) as Tables[T]);
}

function idRow(values: readonly SqlValue[]): IdRow {
  const out = new ValueWriter(256);
  for (const value of values) out.value(value);
  return codecs.ids.read(new ValueReader(out.take(0)));
}
