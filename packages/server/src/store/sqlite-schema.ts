// The tables of the embedded store as SQLite has them, and the statements over them. Versions only go forward: a
// released migration is never edited, a new one is added below it.
// Messages are a plain rowid table, so that large sorted transactions append to it, with an index by (conversation,
// seq). Ids are clustered by the id itself, which grows with time. Long names are numbers in both.
import type { DatabaseSync } from 'node:sqlite';
import type { Table } from './store.ts';

/** Marks the file as ours (`PRAGMA application_id`): "PRLY". */
export const applicationId = 0x50524c59;

/** One step of the schema: from the version before to the next. It runs in a transaction. */
export type Migration = (db: DatabaseSync) => void;

/** The n-th makes version n of the database. */
export const migrations: readonly Migration[] = [
  (db) =>
    db.exec(`
      CREATE TABLE applied (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), log_id TEXT NOT NULL, log_offset INTEGER NOT NULL) STRICT;
      CREATE TABLE names (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE messages (conversation INTEGER NOT NULL, seq INTEGER NOT NULL, due_at INTEGER, body BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
      CREATE UNIQUE INDEX messages_by_seq ON messages (conversation, seq);
      CREATE INDEX messages_by_due ON messages (due_at) WHERE due_at IS NOT NULL;
      CREATE TABLE ids (id ANY NOT NULL, conversation INTEGER NOT NULL, sender INTEGER NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL,
        log_id INTEGER NOT NULL, log_offset INTEGER NOT NULL, PRIMARY KEY (id, conversation, sender)) STRICT, WITHOUT ROWID;
      CREATE TABLE conversations (conversation TEXT PRIMARY KEY, kind TEXT NOT NULL, creator TEXT NOT NULL, created_at INTEGER NOT NULL,
        seq INTEGER NOT NULL, ord INTEGER NOT NULL, lamport INTEGER NOT NULL, time INTEGER NOT NULL, log_offset INTEGER NOT NULL,
        member_n INTEGER NOT NULL, member_count INTEGER NOT NULL, invites TEXT NOT NULL, title TEXT NOT NULL, topic TEXT NOT NULL,
        access TEXT NOT NULL, history TEXT NOT NULL, timer_seconds INTEGER NOT NULL, accepted INTEGER NOT NULL, requested_by TEXT,
        contact INTEGER NOT NULL, wrote TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE rosters (conversation TEXT PRIMARY KEY, members BLOB) STRICT, WITHOUT ROWID;
      CREATE TABLE members (conversation TEXT NOT NULL, account TEXT NOT NULL, joined_seq INTEGER NOT NULL, left_seq INTEGER, role TEXT NOT NULL,
        PRIMARY KEY (conversation, account, joined_seq)) STRICT, WITHOUT ROWID;
      CREATE TABLE memberships (account TEXT NOT NULL, conversation TEXT NOT NULL, has_left INTEGER NOT NULL,
        PRIMARY KEY (account, conversation)) STRICT, WITHOUT ROWID;
      CREATE TABLE settings (account TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (account, key)) STRICT, WITHOUT ROWID;
      CREATE TABLE marks (conversation TEXT NOT NULL, account TEXT NOT NULL, delivered INTEGER NOT NULL, read INTEGER NOT NULL,
        change INTEGER NOT NULL, PRIMARY KEY (conversation, account)) STRICT, WITHOUT ROWID;
      CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    `),
  (db) =>
    db.exec(`
      ALTER TABLE conversations ADD COLUMN pending TEXT NOT NULL DEFAULT '[]';
      ALTER TABLE memberships ADD COLUMN asked INTEGER;
    `),
  (db) => db.exec('ALTER TABLE members ADD COLUMN called TEXT'),
  (db) =>
    db.exec(`
      ALTER TABLE conversations ADD COLUMN head TEXT NOT NULL DEFAULT '';
      CREATE TABLE entries (conversation TEXT NOT NULL, n INTEGER NOT NULL, seq INTEGER NOT NULL, text TEXT NOT NULL,
        PRIMARY KEY (conversation, n)) STRICT, WITHOUT ROWID;
    `),
];

/** A table of the port, or the present members that stand beside their conversation's row. */
export type StoredTable = Table | 'rosters';

/** What the statements need to know of a table. */
export interface Shape {
  /** In the order in which `row-codec.ts` writes them. */
  readonly columns: readonly string[];
  /** In the order of the port's key. */
  readonly key: readonly string[];
  /** Columns whose text is kept as a number of the table `names`. */
  readonly named?: readonly string[];
}

const conversationColumns =
  'conversation kind creator created_at seq ord lamport time log_offset member_n member_count invites title topic access history timer_seconds accepted requested_by contact wrote pending head';

export const shapes: { readonly [T in StoredTable]: Shape } = {
  conversations: { columns: conversationColumns.split(' '), key: ['conversation'] },
  rosters: { columns: ['conversation', 'members'], key: ['conversation'] },
  messages: {
    columns: ['conversation', 'seq', 'due_at', 'body', 'crc'],
    key: ['conversation', 'seq'],
    named: ['conversation'],
  },
  ids: {
    columns: ['id', 'conversation', 'sender', 'seq', 'code', 'log_id', 'log_offset'],
    key: ['conversation', 'sender', 'id'],
    named: ['conversation', 'sender', 'log_id'],
  },
  members: {
    columns: ['conversation', 'account', 'joined_seq', 'left_seq', 'role', 'called'],
    key: ['conversation', 'account', 'joined_seq'],
  },
  memberships: { columns: ['account', 'conversation', 'has_left', 'asked'], key: ['account', 'conversation'] },
  entries: { columns: ['conversation', 'n', 'seq', 'text'], key: ['conversation', 'n'] },
  settings: { columns: ['account', 'key', 'value', 'seq'], key: ['account', 'key'] },
  marks: { columns: ['conversation', 'account', 'delivered', 'read', 'change'], key: ['conversation', 'account'] },
  facts: { columns: ['name', 'value'], key: ['name'] },
};

/** Number of each table in a batch that goes to the writer. */
export const storedTables = Object.keys(shapes) as readonly StoredTable[];

/** Puts one row; the values are the columns in their order. */
export function putSql(table: StoredTable): string {
  const { columns, key } = shapes[table];
  const kept = columns.filter((name) => !key.includes(name));
  const put = (name: string) => (table === 'marks' ? `max("${name}", excluded."${name}")` : `excluded."${name}"`);
  const updates = kept.map((name) => `"${name}" = ${put(name)}`).join(', ');
  const places = columns.map(() => '?').join(', ');
  return `INSERT INTO ${table} (${quoted(columns)}) VALUES (${places}) ON CONFLICT (${quoted(key)}) DO UPDATE SET ${updates}`;
}

/** How much of the key is given, and in which order rows come. */
export interface Slice {
  readonly prefix: number;
  readonly after: number;
  readonly before: number;
  readonly reverse: boolean;
}

/** Reads rows of a slice in key order; the values are prefix, `after`, `before`, limit. */
export function sliceSql(table: Table, { prefix, after, before, reverse }: Slice): string {
  const key = shapes[table].key;
  const rest = key.slice(prefix);
  const conditions = key.slice(0, prefix).map((name) => `t."${name}" = ?`);
  if (after > 0) conditions.push(compared(rest.slice(0, after), '>'));
  if (before > 0) conditions.push(compared(rest.slice(0, before), '<'));
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const order = rest.map((name) => `t."${name}"${reverse ? ' DESC' : ''}`).join(', ');
  return `${selectSql(table)}${where} ORDER BY ${order} LIMIT ?`;
}

/** Reads the row of a key. */
export function rowSql(table: Table): string {
  return `${selectSql(table)} WHERE ${shapes[table].key.map((name) => `t."${name}" = ?`).join(' AND ')}`;
}

/** The columns that the reader gives on, in the order in which `row-codec.ts` reads them. */
function selectSql(table: Table): string {
  if (table === 'messages') return 'SELECT t.conversation, t.seq, t.body, t.crc FROM messages t';
  const columns = shapes[table].columns.map((name) => `t."${name}"`).join(', ');
  if (table !== 'conversations') return `SELECT ${columns} FROM ${table} t`;
  return `SELECT ${columns}, r.members FROM conversations t LEFT JOIN rosters r ON r.conversation = t.conversation`;
}

function quoted(columns: readonly string[]): string {
  return columns.map((name) => `"${name}"`).join(', ');
}

function compared(columns: readonly string[], sign: '<' | '>'): string {
  const names = columns.map((name) => `t."${name}"`).join(', ');
  return `(${names}) ${sign} (${columns.map(() => '?').join(', ')})`;
}
