// The directory's file: opened, checked, migrated. Used by the thread that writes and by the one that reads.
// Promise: a file of a newer program, or a damaged one, is refused with advice and left untouched; a file is
// migrated after a copy of it; nobody but its owner may read it.
import { chmodSync, closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Refused, Unavailable } from '../kernel/result.ts';
import { answersTable } from './sqlite-answers.ts';
import { filesTable } from './sqlite-files.ts';
import { keysTables } from './sqlite-keys-schema.ts';
import { reportsTable } from './sqlite-reports.ts';

/** The file cannot be used as it is. The message says what to do. */
export class UnusableDirectory extends Refused {
  override name = 'UnusableDirectory';
}

/** One step a version; the step at index n leads to version n + 1. Never change one that was released. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE accounts (
    account TEXT PRIMARY KEY, handle TEXT UNIQUE, claim TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    name_key TEXT NOT NULL, about TEXT NOT NULL, kind TEXT NOT NULL, admin INTEGER NOT NULL, state TEXT NOT NULL,
    password_hash TEXT, created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX accounts_by_name ON accounts (name_key, handle) WHERE state = 'active' AND kind <> 'guest';
  CREATE INDEX admins ON accounts (state) WHERE admin = 1;
  CREATE TABLE devices (
    device TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts, name TEXT NOT NULL,
    created_at INTEGER NOT NULL, last_seen_at INTEGER, old_token_used_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX devices_by_account ON devices (account);
  CREATE TABLE tokens (
    token_hash TEXT NOT NULL UNIQUE, device TEXT NOT NULL REFERENCES devices ON DELETE CASCADE, state TEXT NOT NULL,
    turn INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tokens_by_device ON tokens (device);
  CREATE TABLE ended (
    n INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, reason TEXT NOT NULL, time INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX ended_by_time ON ended (time);
  CREATE TABLE invites (
    invite TEXT PRIMARY KEY, secret_hash TEXT NOT NULL UNIQUE, inviter TEXT REFERENCES accounts,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, max_uses INTEGER NOT NULL, uses INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX invites_by_inviter ON invites (inviter);
  CREATE TABLE redemptions (
    invite TEXT NOT NULL REFERENCES invites ON DELETE CASCADE, account TEXT NOT NULL, PRIMARY KEY (invite, account)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE intents (
    intent TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, inviter TEXT, created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  keysTables,
  `ALTER TABLE devices ADD COLUMN proved_at INTEGER`,
  answersTable,
  filesTable,
  reportsTable,
  `ALTER TABLE identities ADD COLUMN former TEXT NOT NULL DEFAULT '[]'`,
];

/** A database with its statements, prepared once each. */
export class SqliteFile {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  /** How many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/**
 * Makes or checks and migrates the file, and opens it for the one writer.
 * @throws {UnusableDirectory} damaged, of a newer program, or absent although it must exist
 */
export function openForWriting(path: string, mustExist: boolean, steps: readonly string[] = migrations): SqliteFile {
  if (!existsSync(path)) {
    if (mustExist) throw new UnusableDirectory(`${path} is missing. ${advice}`);
    create(path, steps);
  }
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    check(database, path, steps.length);
    migrate(database, path, steps);
    database.exec(
      'PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 1000',
    );
    return new SqliteFile(database);
  } catch (error) {
    database.close();
    if (isDamage(error)) throw damaged(path);
    const code = resultCode(error);
    if (code === null || isBug(code)) throw error;
    throw new UnusableDirectory(
      `${path} cannot be opened (SQLite ${code}). Look at the room on its disk, its owner and its permissions.`,
      {
        cause: error,
      },
    );
  }
}

/** Made under another name first, so that it is there whole or not at all. */
function create(path: string, steps: readonly string[]): void {
  const unfinished = `${path}.new`;
  rmSync(unfinished, { force: true });
  closeSync(openSync(unfinished, 'wx', 0o600));
  const database = new DatabaseSync(unfinished);
  try {
    database.exec('PRAGMA synchronous = FULL');
    migrate(database, unfinished, steps);
  } finally {
    database.close();
  }
  renameSync(unfinished, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Opens a file that `openForWriting` has prepared, for reading beside the writer. */
export function openForReading(path: string): SqliteFile {
  return new SqliteFile(new DatabaseSync(path, { readOnly: true, timeout: 5_000 }));
}

/** What a fault of the engine means to the caller: the world's (`Unavailable`), or a bug. */
export function translate(error: unknown): unknown {
  const code = resultCode(error);
  if (code === null || isBug(code)) return error;
  return new Unavailable('the directory cannot be used now', { cause: error });
}

/** Is the disk or the file at fault, so that nothing more may be written? Full and busy pass. */
export function isFatal(error: unknown): boolean {
  const code = resultCode(error);
  return code === ioError || code === corrupt || code === notADatabase;
}

const busy = 5;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cantOpen = 14;
const notADatabase = 26;

function isBug(code: number): boolean {
  return ![busy, ioError, corrupt, full, cantOpen, notADatabase].includes(code);
}

/** SQLite's primary result code, or null when the error is not SQLite's. */
function resultCode(error: unknown): number | null {
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : null;
  return typeof code === 'number' ? code & 0xff : null;
}

function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === corrupt || code === notADatabase;
}

const advice = 'All accounts are in it. Put it back, or restore the data folder from a backup (parley restore).';

function damaged(path: string): UnusableDirectory {
  return new UnusableDirectory(
    `${path} is damaged or not a directory of Parley. Keep a copy of the data folder, then restore it from a backup (parley restore).`,
  );
}

function check(database: DatabaseSync, path: string, newest: number): void {
  const version = userVersion(database);
  if (version === 0) throw damaged(path);
  if (version > newest)
    throw new UnusableDirectory(
      `${path} has format ${version}; this program knows ${newest}. Start the newer program, or restore a backup made by this one.`,
    );
  const verdict = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (verdict.quick_check !== 'ok') throw damaged(path);
}

function migrate(database: DatabaseSync, path: string, steps: readonly string[]): void {
  const version = userVersion(database);
  if (version === 0) database.exec('PRAGMA journal_mode = WAL');
  if (version === steps.length) return;
  if (version > 0) copyBefore(database, path, version);
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/** The file as it was, beside it, before its format changes. */
function copyBefore(database: DatabaseSync, path: string, version: number): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  copyFileSync(path, `${path}.format-${version}`);
  chmodSync(`${path}.format-${version}`, 0o600);
}

function userVersion(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}
