// Reading from the database, as the reader thread does it: rows become bytes that `row-codec.ts` turns into rows
// again. Every call sees what is committed and ends before the next begins, so it never holds up a checkpoint for
// long. It must never write, and never give on a row that is not as it was written.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KeyPart } from './keys.ts';
import { DamagedRow } from './sqlite-faults.ts';
import { Names } from './sqlite-names.ts';
import { rowSql, shapes, sliceSql } from './sqlite-schema.ts';
import { bodyCrc } from './sqlite-writes.ts';
import type { Range, Table } from './store.ts';
import { idValue, type SqlValue, type ValueWriter } from './values.ts';

type Values = readonly SqlValue[];

/** A reader of a database that another connection writes. */
export class TableReader {
  readonly #db: DatabaseSync;
  readonly #names: Names;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#names = new Names(db);
  }

  /** Writes the row of the key, if there is one; how many it wrote. */
  get(table: Table, key: readonly KeyPart[], out: ValueWriter): number {
    const values = this.#keyValues(table, key);
    if (values === null) return 0;
    return this.#give(table, this.#statement(rowSql(table)).all(...values) as unknown as readonly Values[], out);
  }

  /** Writes the rows of the range in its order; how many it wrote. */
  list(table: Table, range: Range, out: ValueWriter): number {
    const { prefix, after = [], before = [], limit, reverse = false } = range;
    const start = this.#keyValues(table, prefix);
    if (start === null) return 0;
    const sql = sliceSql(table, { prefix: prefix.length, after: after.length, before: before.length, reverse });
    const rows = this.#statement(sql).all(...start, ...after, ...before, limit);
    return this.#give(table, rows as unknown as readonly Values[], out);
  }

  #give(table: Table, rows: readonly Values[], out: ValueWriter): number {
    if (table === 'messages') for (const row of rows) this.#giveMessage(row, out);
    else {
      const { columns, named = [] } = shapes[table];
      const places = named.map((name) => columns.indexOf(name));
      for (const row of rows)
        for (const [i, value] of row.entries()) out.value(places.includes(i) ? this.#nameOf(value) : value);
    }
    return rows.length;
  }

  #giveMessage(row: Values, out: ValueWriter): void {
    const [conversation, seq, body, crc] = row as readonly [number, number, Uint8Array, number];
    if (bodyCrc(body, conversation, seq) !== crc) throw new DamagedRow('a message is not as it was written');
    out.text(this.#nameOf(conversation));
    out.integer(seq);
    out.blob(body);
  }

  /** The parts of a key as they stand in the database; null when one of them never came up. */
  #keyValues(table: Table, key: readonly KeyPart[]): readonly SqlValue[] | null {
    const { key: columns, named = [] } = shapes[table];
    const values: SqlValue[] = [];
    for (const [i, part] of key.entries()) {
      const column = columns[i] as string;
      const value = named.includes(column) ? this.#names.find(part as string) : part;
      if (value === undefined) return null;
      values.push(column === 'id' ? idValue(value as string) : value);
    }
    return values;
  }

  #nameOf(number: SqlValue): string {
    const name = this.#names.nameOf(number as number);
    if (name === undefined) throw new DamagedRow('a number has no name');
    return name;
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql, { returnArrays: true });
    this.#statements.set(sql, statement);
    return statement;
  }
}
