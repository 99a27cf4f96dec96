import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { maxDirectoryWaitingBytes, maxDirectoryWrites } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { directoryContract } from './directory.contract.ts';
import { accountId, backupRow, deviceId, signUp } from './sample-rows.ts';
import { openSqliteDirectory } from './sqlite-directory.ts';
import { migrations, openForWriting, UnusableDirectory } from './sqlite-file.ts';
import { Transactions } from './sqlite-transactions.ts';

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function freshPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-directory-'));
  folders.push(folder);
  return join(folder, 'directory.db');
}

directoryContract('SQLite directory', async () => openSqliteDirectory(await freshPath()));

test('[DIR12] what was answered is in the file, and is there after the program was killed', async () => {
  const path = await freshPath();
  await using directory = await openSqliteDirectory(path);
  await Promise.all(['ana', 'ben', 'cem'].map((handle) => directory.accounts.signUp(signUp(handle))));
  // What a killed program leaves behind: the file and its write-ahead log as they are now.
  const left = await freshPath();
  await copyFile(path, left);
  await copyFile(`${path}-wal`, `${left}-wal`);
  await using reopened = await openSqliteDirectory(left, { mustExist: true });
  assert.deepEqual(await reopened.people.counts(), { accounts: 3, admins: 0 });
  assert.equal((await reopened.intents.open(10)).length, 3);
});

test('[DIR12] every commit is synced', async () => {
  const file = openForWriting(await freshPath(), false);
  assert.deepEqual({ ...file.get<object>('PRAGMA synchronous') }, { synchronous: 2 });
  assert.deepEqual({ ...file.get<object>('PRAGMA journal_mode') }, { journal_mode: 'wal' });
  file.database.close();
});

test('[DIR13] only the owner of the files may read them', async () => {
  const path = await freshPath();
  await using directory = await openSqliteDirectory(path);
  await directory.accounts.signUp(signUp('ana'));
  for (const name of await readdir(join(path, '..')))
    assert.equal((await stat(join(path, '..', name))).mode & 0o777, 0o600, name);
});

test('[DIR14] a file of a newer program is refused with advice and left as it is', async () => {
  const path = await freshPath();
  openForWriting(path, false).database.close();
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  database.close();
  const before = await readFile(path);
  await assert.rejects(openSqliteDirectory(path), (error) => {
    return error instanceof UnusableDirectory && /newer program/.test(error.message);
  });
  assert.deepEqual(await readFile(path), before);
});

test('[DIR14] an older file is copied, then migrated, step by step', async () => {
  const path = await freshPath();
  openForWriting(path, false).database.close();
  const steps = [...migrations, 'CREATE TABLE second (x) STRICT', 'ALTER TABLE second RENAME TO third'].map((step) =>
    step.replace('(x)', '(x INTEGER)'),
  );
  const file = openForWriting(path, true, steps);
  assert.deepEqual({ ...file.get<object>('PRAGMA user_version') }, { user_version: steps.length });
  assert.deepEqual(file.all('SELECT * FROM third'), []);
  file.database.close();
  const copy = openForWriting(`${path}.format-${migrations.length}`, true);
  assert.deepEqual({ ...copy.get<object>('PRAGMA user_version') }, { user_version: migrations.length });
  copy.database.close();
});

test('[DIR14] a file from before there was encryption opens with all it had, and takes keys', async () => {
  const path = await freshPath();
  const old = openForWriting(path, false, migrations.slice(0, 1));
  old.database.exec(`INSERT INTO accounts VALUES
    ('${accountId('ana')}', 'ana', 'ana', 'Ana', 'ana', '', 'person', 0, 'active', NULL, 1)`);
  old.database.exec(`INSERT INTO devices VALUES ('${deviceId('ana1')}', '${accountId('ana')}', 'old', 1, NULL, NULL)`);
  old.database.close();
  await using directory = await openSqliteDirectory(path, { mustExist: true });
  assert.equal((await directory.accounts.byHandle('ana'))?.name, 'Ana');
  const keys = { account: accountId('ana'), device: deviceId('ana1'), json: 'keys' };
  assert.equal(await directory.keys.putDevice(keys), 'done');
  assert.deepEqual(await directory.keys.devices([accountId('ana')]), [{ ...keys, former: false }]);
  assert.equal((await stat(`${path}.format-1`)).mode & 0o777, 0o600);
});

test('[DIR14] a migration that fails changes nothing', async () => {
  const path = await freshPath();
  openForWriting(path, false).database.close();
  assert.throws(() => openForWriting(path, true, [...migrations, 'CREATE TABLE half (x INTEGER) STRICT; BROKEN']));
  const file = openForWriting(path, true);
  assert.throws(() => file.all('SELECT * FROM half'), /no such table/);
  file.database.close();
});

test('[DIR15] a damaged or missing file is refused with advice, never made anew', async () => {
  const path = await freshPath();
  {
    await using directory = await openSqliteDirectory(path);
    for (let i = 0; i < 40; i++) await directory.accounts.signUp(signUp(`a${i}`));
  }
  const bytes = await readFile(path);
  const refused = (error: unknown) => error instanceof UnusableDirectory && /restore/i.test(error.message);
  const damages: readonly ((copy: Buffer) => Buffer)[] = [
    (copy) => copy.fill(0x5a, 0, 100),
    (copy) => copy.fill(0x5a, 4_096, 20_000),
    (copy) => copy.subarray(0, 8_192),
    (copy) => copy.subarray(0, 0),
  ];
  for (const damage of damages) {
    const broken = damage(Buffer.from(bytes));
    await writeFile(path, broken);
    await assert.rejects(openSqliteDirectory(path), refused);
    assert.deepEqual(await readFile(path), broken);
  }
  await assert.rejects(openSqliteDirectory(await freshPath(), { mustExist: true }), refused);
});

test('[DIR104] a file is made whole or not at all: what broke off on the way is made anew', async () => {
  const path = await freshPath();
  assert.throws(() => openForWriting(path, false, [...migrations, 'BROKEN']));
  assert.ok(!(await readdir(join(path, '..'))).includes('directory.db'));
  await using directory = await openSqliteDirectory(path);
  assert.deepEqual(await directory.people.counts(), { accounts: 0, admins: 0 });
  assert.deepEqual(
    (await readdir(join(path, '..'))).filter((name) => name.includes('.new')),
    [],
  );
});

test('[DIR4] after an erasure no file holds the profile', async () => {
  const path = await freshPath();
  await using directory = await openSqliteDirectory(path);
  const canaries = ['canaryhandle', 'Canary Name', 'canary about', 'canary password hash', 'canary sealed'] as const;
  const [handle, name, about, passwordHash, value] = canaries;
  const holding = async () => {
    const found = new Set<string>();
    for (const file of await readdir(join(path, '..'))) {
      const bytes = await readFile(join(path, '..', file));
      for (const canary of canaries) if (bytes.includes(canary)) found.add(canary);
    }
    return found.size;
  };
  const attempt = signUp(handle, { account: accountId('canary'), name, about, passwordHash }, { claim: 'a claim' });
  await directory.accounts.signUp({
    ...attempt,
    login: { ...attempt.login, device: { ...attempt.login.device, account: accountId('canary') } },
  });
  await directory.vault.put(accountId('canary'), [{ name: 'identity', version: 1, value }]);
  assert.equal(await holding(), canaries.length);
  await directory.accounts.change(accountId('canary'), { state: 'leaving' });
  await directory.accounts.erase(accountId('canary'), attempt.intent.intent);
  assert.equal(await holding(), 0);
});

test('[DIR11] a copy made while it is used is whole and opens', async () => {
  const path = await freshPath();
  await using directory = await openSqliteDirectory(path);
  await directory.accounts.signUp(signUp('ana'));
  const copy = await freshPath();
  const more = Array.from({ length: 50 }, (_, i) => directory.accounts.signUp(signUp(`b${i}`)));
  await directory.copyTo?.(copy);
  await Promise.all(more);
  assert.equal((await stat(copy)).mode & 0o777, 0o600);
  await using copied = await openSqliteDirectory(copy, { mustExist: true });
  assert.equal((await copied.accounts.byHandle('ana'))?.handle, 'ana');
  await assert.rejects(async () => directory.copyTo?.(copy), /EEXIST/);
});

test('[DIR11] a copy is of the moment in which it began, so that writes do not begin it again', async () => {
  await using directory = await openSqliteDirectory(await freshPath());
  await directory.accounts.signUp(signUp('ana'));
  const rows = Array.from({ length: 1_000 }, (_, i) => ({ ...backupRow(`s${i}`), value: 'v'.repeat(20_000) }));
  await directory.backup.put(accountId('ana'), rows, rows.length);
  const copy = await freshPath();
  const copying = directory.copyTo?.(copy);
  await directory.vault.put(accountId('ana'), [{ name: 'recovery', value: 'later', version: 1 }]);
  await copying;
  await using copied = await openSqliteDirectory(copy, { mustExist: true });
  assert.equal(await copied.backup.count(accountId('ana')), rows.length);
  assert.deepEqual(await copied.vault.all(accountId('ana')), []);
});

test('[DIR16] writes beyond the bound are refused as unavailable, and so is everything after closing', async () => {
  const directory = await openSqliteDirectory(await freshPath());
  const writes = Array.from({ length: maxDirectoryWrites + 5 }, () => directory.intents.close('none'));
  const outcomes = await Promise.allSettled(writes);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(refused.length, 5);
  assert.ok(refused.every((outcome) => outcome.reason instanceof Unavailable));
  await directory[Symbol.asyncDispose]();
  await assert.rejects(directory.intents.close('none'), Unavailable);
  await assert.rejects(directory.intents.open(1));
});

test('[DIR16] writes that hold too much together are refused as unavailable, and go on when those before are done', async () => {
  await using directory = await openSqliteDirectory(await freshPath());
  await directory.accounts.signUp(signUp('ana'));
  const value = 'v'.repeat(maxDirectoryWaitingBytes / 4);
  const put = (name: string) => directory.vault.put(accountId('ana'), [{ name, value, version: 1 }]);
  const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(put));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(refused.length, 2);
  assert.ok(refused.every((outcome) => outcome.reason instanceof Unavailable));
  assert.equal(await put('d'), 'done');
});

test('[DIR16] after a failed sync nothing is answered as done, and nothing more is written', async () => {
  const file = openForWriting(await freshPath(), false);
  const { database } = file;
  const stops: string[] = [];
  const transactions = new Transactions(file, (why) => stops.push(why));
  const close = { id: 1, write: 'closeIntent', values: ['none'] } as const;
  const real = database.exec.bind(database);
  let commits = 0;
  database.exec = (sql) => {
    if (sql === 'COMMIT') commits++;
    if (commits === 2) throw Object.assign(new Error('disk I/O error'), { errcode: 10 + (4 << 8) });
    real(sql);
  };
  const outcome = () => transactions.commit([close]).map((answer) => ('fault' in answer ? answer.fault : 'done'));
  assert.deepEqual(outcome(), ['done']);
  assert.deepEqual(outcome(), ['world']);
  commits = 0;
  assert.deepEqual(outcome(), ['world']);
  assert.deepEqual([commits, stops], [0, ['disk I/O error']]);
  database.close();
});

test('[DIR3] a write that fails in a batch is undone alone', async () => {
  const file = openForWriting(await freshPath(), false);
  const transactions = new Transactions(file, assert.fail);
  const ana = signUp('ana');
  const twin = { ...signUp('twin'), login: ana.login };
  const answers = transactions.commit(
    [ana, twin, signUp('ben')].map((values, id) => ({ id, write: 'signUp', values: [values] })),
  );
  assert.deepEqual(
    answers.map((answer) => ('fault' in answer ? answer.fault : 'done')),
    ['done', 'bug', 'done'],
  );
  assert.deepEqual(
    file.all<{ handle: string }>('SELECT handle FROM accounts ORDER BY handle').map((row) => row.handle),
    ['ana', 'ben'],
  );
  file.database.close();
});
