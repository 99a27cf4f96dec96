// Data folders from which somebody took a part away: none is filled with a new, empty one.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { type Data, openData } from './compose-data.ts';
import { fileRow, signUp } from './directory/sample-rows.ts';
import { openDataFolder } from './host/data-folder.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function fresh(): string {
  const path = mkdtempSync(join(tmpdir(), 'parley-data-'));
  folders.push(path);
  return path;
}

/** Opens all engines, lets them be used, and closes them. */
async function opened(path: string, use: (data: Data) => Promise<void> = async () => {}): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(openDataFolder(path));
  await use(await openData(folder, { onFatal: assert.ifError }, stack));
}

const anAccount = async ({ directory }: Data) => void (await directory.accounts.signUp(signUp('ana')));

/** One record, of which the store knows. */
async function aRecord({ log, store }: Data): Promise<void> {
  const offset = await log.append(0, new Uint8Array(10));
  await store.commit([], { logId: log.id, offset });
}

const logGone = { name: 'LogRefused', message: /The log is gone.*restore/ };

for (const [known, use] of Object.entries({ account: anAccount, record: aRecord }))
  test(`[LOG110] where there is one ${known} a log that is gone is refused, and taken when it is back`, async () => {
    const path = fresh();
    await opened(path, use);
    renameSync(join(path, 'log'), join(path, 'away'));
    const before = readdirSync(path).sort();
    await assert.rejects(opened(path), logGone);
    assert.deepEqual(readdirSync(path).sort(), before, 'nothing was made');
    mkdirSync(join(path, 'log'));
    await assert.rejects(opened(path), logGone, 'an empty place where it was mounted');
    assert.deepEqual(readdirSync(join(path, 'log')), []);
    rmSync(join(path, 'log'), { recursive: true });
    renameSync(join(path, 'away'), join(path, 'log'));
    await opened(path);
  });

test('[LOG110] the log of another folder is refused', async () => {
  const [path, other] = [fresh(), fresh()];
  for (const each of [path, other]) await opened(each, aRecord);
  rmSync(join(path, 'log'), { recursive: true });
  cpSync(join(other, 'log'), join(path, 'log'), { recursive: true });
  await assert.rejects(opened(path), { name: 'LogRefused', message: /another log/ });
});

test('[LOG110] a first start that broke off anywhere goes on', async () => {
  for (const made of [['directory.db'], ['directory.db', 'store.db'], ['directory.db', 'store.db', 'log']]) {
    const path = fresh();
    await opened(path);
    for (const name of readdirSync(path))
      if (name !== 'lock.db' && !made.includes(name)) rmSync(join(path, name), { recursive: true });
    for (const name of ['directory.db.new', 'store.db.new']) writeFileSync(join(path, name), 'half');
    if (made.includes('log')) for (const name of readdirSync(join(path, 'log'))) rmSync(join(path, 'log', name));
    await opened(path, anAccount);
  }
});

test('[DIR104] a directory that is gone, or empty, beside a store or a log is refused', async () => {
  for (const without of [[], ['store.db'], ['log']]) {
    const path = fresh();
    await opened(path, anAccount);
    for (const name of ['directory.db', ...without]) rmSync(join(path, name), { recursive: true });
    const refused = { name: 'UnusableDirectory', message: /directory.db is missing.*restore/ };
    await assert.rejects(opened(path), refused);
    assert.ok(!existsSync(join(path, 'directory.db')));
    writeFileSync(join(path, 'directory.db'), '');
    await assert.rejects(opened(path), { name: 'UnusableDirectory', message: /restore/ });
  }
});

test('[MED115] that none of the files is there of which the directory knows is noticed', async () => {
  const path = fresh();
  const lacking: boolean[] = [];
  const row = fileRow(1);
  await opened(path, async ({ directory, blobs, lacksFiles }) => {
    lacking.push(lacksFiles);
    await directory.files.add(row);
    await blobs.put(row.blob, Readable.from([new Uint8Array(row.bytes)]), row.bytes);
  });
  const note = async (data: Data) => void lacking.push(data.lacksFiles);
  await opened(path, note);
  renameSync(join(path, 'blobs'), join(path, 'away'));
  await opened(path, note);
  await opened(path, note);
  rmSync(join(path, 'blobs'), { recursive: true });
  renameSync(join(path, 'away'), join(path, 'blobs'));
  await opened(path, note);
  assert.deepEqual(lacking, [false, false, true, true, false]);
});
