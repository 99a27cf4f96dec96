// Opening the database of the store: made whole or not at all, checked before it is used, brought to this program's
// version after a copy of the old one. Damage, a newer version and a lost file are refused with advice; a database is
// never silently made anew.
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { quickCheckBytes, storeBusyMs, storeCacheBytes } from '../kernel/limits.ts';
import { Refused } from '../kernel/result.ts';
import { damageAdvice, failureOf, sqliteCode, systemCode } from './sqlite-faults.ts';
import { applicationId, type Migration, migrations as released } from './sqlite-schema.ts';

/** The database must not be used. The message says why and what to do. */
export class UnusableStore extends Refused {
  override name = 'UnusableStore';
}

/** The one connection that writes. @throws {UnusableStore} */
export function openForWriting(path: string, migrations: readonly Migration[] = released): DatabaseSync {
  if (!existsSync(path)) create(path, migrations);
  return guarded(() => {
    closeToOthers(path);
    const db = new DatabaseSync(path, { timeout: storeBusyMs });
    try {
      check(db, path, migrations.length);
      if (versionOf(db) < migrations.length) upgrade(db, path, migrations);
      configure(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A connection that only reads, beside the one that writes. @throws {UnusableStore} */
export function openForReading(path: string): DatabaseSync {
  return guarded(() => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: storeBusyMs });
    db.exec(`PRAGMA cache_size = -${storeCacheBytes / 1024}`);
    return db;
  });
}

/** A consistent copy of what is committed, on disk when it returns. `path` must not exist. */
export function copyDatabase(db: DatabaseSync, path: string): void {
  closeSync(openSync(path, 'wx', 0o600));
  try {
    db.prepare('VACUUM INTO ?').run(path);
    syncFile(path);
    syncFile(dirname(path));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

function closeToOthers(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o077) !== 0) chmodSync(path, mode & 0o700);
}

/** Made under another name first, so that a database is there whole or not at all. */
function create(path: string, migrations: readonly Migration[]): void {
  if (existsSync(`${path}-wal`))
    throw new UnusableStore(
      'The store is gone but its write-ahead log is still there. Put the missing file back or restore a backup with `parley restore`.',
    );
  const unfinished = `${path}.new`;
  guarded(() => {
    rmSync(unfinished, { force: true });
    closeSync(openSync(unfinished, 'wx', 0o600));
    const db = new DatabaseSync(unfinished);
    try {
      db.exec(`PRAGMA synchronous = FULL; PRAGMA application_id = ${applicationId}`);
      migrate(db, migrations);
    } finally {
      db.close();
    }
    syncFile(unfinished);
    renameSync(unfinished, path);
    syncFile(dirname(path));
  });
}

function check(db: DatabaseSync, path: string, known: number): void {
  if (numberOf(db, 'PRAGMA application_id') !== applicationId)
    throw new UnusableStore(`The file of the store is not a store of Parley, or it is damaged. ${damageAdvice}`);
  const version = versionOf(db);
  if (version > known)
    throw new UnusableStore(
      `The store has format ${version}; this program knows up to ${known}. Start the newer program again, or restore a backup that is older.`,
    );
  if (statSync(path).size > quickCheckBytes) return;
  const [verdict] = db.prepare('PRAGMA quick_check(1)', { returnArrays: true }).get() as unknown as readonly [string];
  if (verdict !== 'ok') throw new UnusableStore(`The store is damaged. ${damageAdvice}`);
}

/** The old database is kept beside the new one. */
function upgrade(db: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  const copy = `${path}.version-${versionOf(db)}`;
  rmSync(`${copy}.new`, { force: true });
  copyDatabase(db, `${copy}.new`);
  renameSync(`${copy}.new`, copy);
  syncFile(dirname(path));
  migrate(db, migrations);
}

/** Every step is a transaction of its own that carries its version. */
function migrate(db: DatabaseSync, migrations: readonly Migration[]): void {
  for (let version = versionOf(db) + 1; version <= migrations.length; version++) {
    db.exec('BEGIN EXCLUSIVE');
    try {
      migrations[version - 1]?.(db);
      db.exec(`PRAGMA user_version = ${version}; COMMIT`);
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Commits are not synced (the log is); checkpoints are, and happen only when asked for. Blanked content is zeroed. */
function configure(db: DatabaseSync): void {
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA secure_delete = ON;
    PRAGMA cache_size = -${storeCacheBytes / 1024};
    BEGIN IMMEDIATE;
    COMMIT;
  `);
}

/** Translates what SQLite and the file system say while a database is opened. */
function guarded<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (sqliteCode(error) !== null) throw new UnusableStore(failureOf(error).text, { cause: error });
    const code = systemCode(error);
    if (code !== null)
      throw new UnusableStore(
        `The store cannot be opened (${code}): look at its folder, the owner and the permissions.`,
        {
          cause: error,
        },
      );
    throw error;
  }
}

function versionOf(db: DatabaseSync): number {
  return numberOf(db, 'PRAGMA user_version');
}

function numberOf(db: DatabaseSync, sql: string): number {
  const [value] = db.prepare(sql, { returnArrays: true }).get() as unknown as readonly [number];
  return value;
}

function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
