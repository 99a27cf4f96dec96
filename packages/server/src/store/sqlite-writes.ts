// Writing to the database, as the writer thread does it: batches of rows, checkpoints, expiry. Each call is one
// transaction. It promises all or nothing, with the applied position inside; it must never interpret a row.

import { statSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { assert } from '../kernel/assert.ts';
import { maxWalBytes } from '../kernel/limits.ts';
import { blankedBody } from './message-codec.ts';
import { Names } from './sqlite-names.ts';
import { putSql, type StoredTable, shapes, storedTables } from './sqlite-schema.ts';
import type { Applied } from './store.ts';
import { type SqlValue, ValueReader } from './values.ts';

interface Message {
  readonly seq: number;
  readonly dueAt: number | null;
  readonly body: Uint8Array;
}

interface Put {
  readonly statement: StatementSync;
  readonly columns: number;
}

/** The one writer of a database. */
export class TableWriter {
  readonly #db: DatabaseSync;
  readonly #names: Names;
  readonly #puts: readonly Put[];
  readonly #putMessage: StatementSync;
  readonly #putApplied: StatementSync;
  readonly #wal: string;
  #applied: Applied | null;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#names = new Names(db);
    this.#puts = storedTables.map((table) => putOf(db, table));
    this.#putMessage = db.prepare(putSql('messages'));
    this.#putApplied = db.prepare('INSERT OR REPLACE INTO applied VALUES (1, ?, ?)');
    this.#wal = `${db.location()}-wal`;
    const row = db.prepare('SELECT log_id, log_offset FROM applied', { returnArrays: true }).get();
    const values = row as unknown as readonly [string, number] | undefined;
    this.#applied = values === undefined ? null : { logId: values[0], offset: values[1] };
  }

  get applied(): Applied | null {
    return this.#applied;
  }

  /** Puts the rows of the chunks (written by `row-codec.ts`, each after the number of its table). */
  commit(chunks: readonly Uint8Array[], applied: Applied | null): void {
    this.#transaction(() => {
      this.#putMessages(this.#putOthers(chunks));
      if (applied !== null) this.#putApplied.run(applied.logId, applied.offset);
    });
    this.#applied = applied ?? this.#applied;
    if ((statSync(this.#wal, { throwIfNoEntry: false })?.size ?? 0) > maxWalBytes)
      this.#db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
  }

  /** Where the database stands that surely survives a power cut; null when a reader is in the way. */
  checkpoint(): Applied | null {
    const applied = this.#applied;
    const row = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)', { returnArrays: true }).get();
    const [busy] = row as unknown as readonly [number];
    return busy === 0 ? applied : null;
  }

  /** Blanks messages that were due before `time`, the longest first. */
  expire(time: number, limit: number): number {
    const due = this.#db.prepare(
      'SELECT rowid, conversation, seq, body FROM messages WHERE due_at < ? ORDER BY due_at LIMIT ?',
      { returnArrays: true },
    );
    const blank = this.#db.prepare('UPDATE messages SET due_at = NULL, body = ?, crc = ? WHERE rowid = ?');
    const rows = due.all(time, limit) as unknown as readonly (readonly [number, number, number, Uint8Array])[];
    if (rows.length === 0) return 0;
    this.#transaction(() => {
      for (const [rowid, conversation, seq, body] of rows) {
        const blanked = blankedBody(body);
        blank.run(blanked, bodyCrc(blanked, conversation, seq), rowid);
      }
    });
    return rows.length;
  }

  /** Puts every row but messages, which are gathered by the number of their conversation. */
  #putOthers(chunks: readonly Uint8Array[]): Map<number, Message[]> {
    const messages = new Map<number, Message[]>();
    const names = { numbers: [], give: (name: string) => this.#names.give(name) };
    for (const chunk of chunks) {
      const from = new ValueReader(chunk, names);
      while (!from.done) {
        const table = from.byte();
        if (storedTables[table] === 'messages') this.#gather(from, messages);
        else this.#put(from, table);
      }
    }
    return messages;
  }

  #put(from: ValueReader, table: number): void {
    const put = this.#puts[table];
    assert(put !== undefined, 'a batch names a table of the store');
    const values: SqlValue[] = [];
    for (let i = 0; i < put.columns; i++) values.push(from.value());
    put.statement.run(...values);
  }

  #gather(from: ValueReader, messages: Map<number, Message[]>): void {
    const conversation = from.value() as number;
    const message = { seq: from.integer(), dueAt: from.integerOrNull(), body: from.value() as Uint8Array };
    const others = messages.get(conversation);
    if (others === undefined) messages.set(conversation, [message]);
    else others.push(message);
  }

  /** In the order of the index, so that a large transaction touches each of its pages once. */
  #putMessages(messages: Map<number, Message[]>): void {
    const conversations = Float64Array.from(messages.keys()).sort();
    for (const conversation of conversations) {
      const ordered = (messages.get(conversation) ?? []).sort((a, b) => a.seq - b.seq);
      for (const { seq, dueAt, body } of ordered)
        this.#putMessage.run(conversation, seq, dueAt, body, bodyCrc(body, conversation, seq));
    }
  }

  #transaction(write: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#names.forget();
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Of the body at its place: a body that stands under another key is damage too. */
export function bodyCrc(body: Uint8Array, conversation: number, seq: number): number {
  return crc32(body, (conversation * 0x9e3779b1 + seq) >>> 0);
}

function putOf(db: DatabaseSync, table: StoredTable): Put {
  return { statement: db.prepare(putSql(table)), columns: shapes[table].columns.length };
}
