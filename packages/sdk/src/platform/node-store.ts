// Rows of a profile in SQLite: one small table for each, keys as bytes that sort like the keys. Several processes may
// have it open. A killed process leaves what was written; a power cut too, once a `write` that is not relaxed has
// resolved. [LOC]
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ChatError } from '../error.ts';
import { type LocalKey, type LocalStore, type LocalTable, type LocalWrite, localTables } from '../ports.ts';
import { behind, keyText } from './key-order.ts';

const version = 1;
const busyMs = 5_000;

interface Statements {
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
  readonly up: StatementSync;
  readonly down: StatementSync;
}

/** A file in the profile's folder, mode 0600. */
export class SqliteStore implements LocalStore {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<LocalTable, Statements>();

  constructor(folder: string) {
    const path = join(folder, 'client.db');
    // Made here, so that it (and its journal) is never readable by others.
    closeSync(openSync(path, 'a', 0o600));
    this.#db = new DatabaseSync(path, { timeout: busyMs });
    this.#db.exec('PRAGMA journal_mode = WAL;');
    const { user_version: found } = this.#db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (found > version) {
      this.#db.close();
      throw new ChatError('client.storage', {
        cause: new Error(`the store has version ${found}, this program knows ${version}`),
      });
    }
    this.#db.exec(`BEGIN IMMEDIATE; ${localTables.map(tableSql).join('')} PRAGMA user_version = ${version}; COMMIT;`);
    for (const table of localTables) this.#statements.set(table, prepare(this.#db, table));
  }

  async get(table: LocalTable, key: LocalKey): Promise<unknown> {
    const row = this.#of(table).get.get(bytes(keyText(key))) as { row: string } | undefined;
    return row === undefined ? undefined : parse(row).value;
  }

  async list(table: LocalTable, range: Parameters<LocalStore['list']>[1]) {
    const prefix = keyText(range.prefix);
    // Nothing stands between a key and the same key with the lowest byte behind it.
    const from = bytes(range.after ? `${keyText(range.after)}\u0000` : prefix);
    const to = bytes(range.before ? keyText(range.before) : behind(prefix));
    const { up, down } = this.#of(table);
    const rows = (range.reverse ? down : up).all(from, to, range.limit) as { row: string }[];
    return rows.map(parse);
  }

  async write(writes: readonly LocalWrite[], { relaxed = false } = {}): Promise<void> {
    this.#db.exec(`PRAGMA synchronous = ${relaxed ? 'NORMAL' : 'FULL'}`);
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const write of writes) {
        const key = bytes(keyText(write.key));
        const { put, remove } = this.#of(write.table);
        if ('remove' in write) remove.run(key);
        else put.run(key, JSON.stringify([write.key, write.value]));
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  async clear(): Promise<void> {
    this.#db.exec(`BEGIN IMMEDIATE; ${localTables.map((table) => `DELETE FROM "${table}";`).join('')} COMMIT;`);
    // What is deleted does not stay in free pages.
    this.#db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE);');
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
  }

  #of(table: LocalTable): Statements {
    return this.#statements.get(table) as Statements;
  }
}

function tableSql(table: LocalTable): string {
  return `CREATE TABLE IF NOT EXISTS "${table}" (key BLOB PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;`;
}

function prepare(db: DatabaseSync, table: LocalTable): Statements {
  const range = `SELECT row FROM "${table}" WHERE key >= ? AND key < ? ORDER BY key`;
  return {
    get: db.prepare(`SELECT row FROM "${table}" WHERE key = ?`),
    put: db.prepare(`INSERT INTO "${table}" VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET row = excluded.row`),
    remove: db.prepare(`DELETE FROM "${table}" WHERE key = ?`),
    up: db.prepare(`${range} LIMIT ?`),
    down: db.prepare(`${range} DESC LIMIT ?`),
  };
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

function parse({ row }: { readonly row: string }): { readonly key: LocalKey; readonly value: unknown } {
  const [key, value] = JSON.parse(row) as [LocalKey, unknown];
  return { key, value };
}
