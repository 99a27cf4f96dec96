import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { encodeBatch, WrittenRosters } from './batch-encoder.ts';
import { messageRow, put } from './sample-rows.ts';
import { copyDatabase, openForReading, openForWriting, UnusableStore } from './sqlite-open.ts';
import { type Migration, migrations } from './sqlite-schema.ts';
import { TableWriter } from './sqlite-writes.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
after(() => rmSync(folder, { recursive: true }));
let places = 0;

/** A path of its own, with a store of 400 messages at it. */
async function filled(): Promise<string> {
  const path = emptyPlace();
  const db = openForWriting(path);
  const writer = new TableWriter(db);
  const rows = Array.from({ length: 400 }, (_, i) => messageRow(1, i + 1));
  const { chunks } = await encodeBatch(put('messages', ...rows), new WrittenRosters());
  writer.commit(chunks, { logId: 'log', offset: 399 });
  db.close();
  return path;
}

function emptyPlace(): string {
  places++;
  mkdirSync(join(folder, String(places)));
  return join(folder, String(places), 'store.db');
}

function refused(path: string, why: RegExp, steps?: readonly Migration[]): void {
  const before = existsSync(path) && statSync(path).isFile() ? readFileSync(path) : null;
  assert.throws(
    () => openForWriting(path, steps),
    (error) => error instanceof UnusableStore && why.test(error.message),
  );
  if (before !== null) assert.ok(before.equals(readFileSync(path)), 'what was refused is as it was');
  else assert.ok(!existsSync(path) || statSync(path).isDirectory(), 'nothing was made in its place');
}

const numberOf = (db: DatabaseSync, sql: string) => Object.values(db.prepare(sql).get() ?? {})[0];

test('[STR11] bytes that are no database, an empty file and a foreign database are refused and left alone', () => {
  const garbage = emptyPlace();
  writeFileSync(garbage, Buffer.alloc(8192, 0x5a));
  refused(garbage, /damaged.*parley doctor.*parley restore/);
  const empty = emptyPlace();
  writeFileSync(empty, '');
  refused(empty, /damaged.*parley doctor.*parley restore/);
  const foreign = emptyPlace();
  const other = new DatabaseSync(foreign);
  other.exec('CREATE TABLE facts (name TEXT, value TEXT)');
  other.close();
  refused(foreign, /not a store of Parley/);
  const directory = emptyPlace();
  mkdirSync(directory);
  refused(directory, /owner and the permissions/);
});

test('[STR11] a database that was cut short or overwritten in any of its pages is refused', async () => {
  const path = await filled();
  const whole = readFileSync(path);
  const pages = whole.length / 4096;
  writeFileSync(path, whole.subarray(0, Math.floor(pages / 2) * 4096));
  refused(path, /damaged/);
  for (let page = 0; page < pages; page++) {
    writeFileSync(path, Buffer.from(whole).fill(0xa5, page * 4096, page * 4096 + 4096));
    refused(path, /damaged/);
  }
  writeFileSync(path, whole);
  openForWriting(path).close();
});

test('[STR11] a database that is gone while its write-ahead log is there is not made anew', async () => {
  const path = await filled();
  renameSync(path, `${path}-wal`);
  refused(path, /write-ahead log.*parley restore/);
});

test('[STR11] what an interrupted creation left behind does not stand in the way', () => {
  const path = emptyPlace();
  writeFileSync(`${path}.new`, 'half a databa');
  openForWriting(path).close();
  assert.deepEqual(readdirSync(join(path, '..')), ['store.db']);
});

test('[STR12] a newer format is refused with advice', async () => {
  const path = await filled();
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  db.close();
  refused(path, new RegExp(`format ${migrations.length + 1}.*up to ${migrations.length}.*newer program`));
});

test('[STR12] an older format is brought forward with its rows, and a copy of it is kept', async () => {
  const path = await filled();
  const steps: Migration[] = [
    ...migrations,
    (db) => db.exec("ALTER TABLE facts ADD COLUMN note TEXT NOT NULL DEFAULT ''"),
  ];
  const db = openForWriting(path, steps);
  assert.equal(numberOf(db, 'PRAGMA user_version'), steps.length);
  assert.equal(numberOf(db, 'SELECT count(*) FROM messages'), 400);
  assert.equal(numberOf(db, 'SELECT count(note) FROM facts'), 0);
  db.close();
  const copy = `${path}.version-${migrations.length}`;
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  const old = openForWriting(copy);
  assert.equal(numberOf(old, 'SELECT count(*) FROM messages'), 400);
  assert.deepEqual(new TableWriter(old).applied, { logId: 'log', offset: 399 });
  old.close();
  openForWriting(path, steps).close();
});

test('[STR12] a step that fails leaves the version before it, and going on from there needs no second start', async () => {
  const path = await filled();
  const good: Migration = (db) => db.exec('CREATE TABLE one (n INTEGER)');
  const bad: Migration = (db) => {
    db.exec('CREATE TABLE two (n INTEGER)');
    throw new Error('a step that fails');
  };
  assert.throws(() => openForWriting(path, [...migrations, good, bad]), /a step that fails/);
  const db = openForWriting(path, [...migrations, good, (each) => each.exec('CREATE TABLE two (n TEXT)')]);
  assert.equal(numberOf(db, 'PRAGMA user_version'), migrations.length + 2);
  assert.equal(numberOf(db, 'SELECT count(*) FROM messages'), 400);
  db.close();
  assert.ok(existsSync(`${path}.version-${migrations.length}`));
});

test('[STR20] every file is closed to others, also one that was open to them', async () => {
  const path = await filled();
  chmodSync(path, 0o644);
  const db = openForWriting(path);
  db.exec("INSERT INTO facts VALUES ('a', 'b')");
  const files = readdirSync(join(path, '..'));
  assert.deepEqual(files.toSorted(), ['store.db', 'store.db-shm', 'store.db-wal']);
  for (const file of files) assert.equal(statSync(join(path, '..', file)).mode & 0o077, 0, file);
  db.close();
});

test('[STR17] a copy never replaces a file, and one that fails leaves none', async () => {
  const path = await filled();
  const db = openForReading(path);
  assert.throws(() => copyDatabase(db, path), /EEXIST/);
  assert.throws(() => copyDatabase(db, join(folder, 'nowhere', 'copy.db')), /ENOENT/);
  db.close();
  assert.throws(() => copyDatabase(db, `${path}.copy`));
  assert.ok(!existsSync(`${path}.copy`));
});
