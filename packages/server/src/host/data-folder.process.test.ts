import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { FolderRefused, openDataFolder, readNote } from './data-folder.ts';

const run = promisify(execFile);
const fresh = () => mkdtempSync(join(tmpdir(), 'parley-folder-'));
const note = { pid: 1, url: 'http://localhost:8420', version: '1.2.3', control: '/x' };

/** Another process that owns the folder, for as long as it holds on to what it opened. */
async function owner(path: string) {
  const program = `
    const { openDataFolder } = await import(${JSON.stringify(new URL('./data-folder.ts', import.meta.url).href)});
    const folder = openDataFolder(${JSON.stringify(path)});
    folder.announce({ pid: process.pid, url: 'http://localhost:8420', version: '1.2.3', control: '/x' });
    console.log('owned');
    setInterval(() => folder.path, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('[CFG7] the folder is made for its owner only', () => {
  const path = join(fresh(), 'deep', 'data');
  const folder = openDataFolder(path);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(statSync(join(path, 'lock.db')).mode & 0o777, 0o600);
  folder[Symbol.dispose]();
  rmSync(path, { recursive: true });
});

test('[CFG7] a second server is refused and told who has it; when that was killed the next one starts', async (t) => {
  const path = fresh();
  const child = await owner(path);
  t.after(() => child.kill('SIGKILL'));
  assert.throws(
    () => openDataFolder(path),
    (error) =>
      error instanceof FolderRefused &&
      error.message.includes(`process ${child.pid}, http://localhost:8420`) &&
      error.message.includes('--data'),
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  const folder = openDataFolder(path);
  folder.announce(note);
  assert.deepEqual(readNote(path), note);
  folder[Symbol.dispose]();
  assert.equal(readNote(path), null);
  rmSync(path, { recursive: true });
});

test('[CFG7] a folder with other things in it is refused, one with settings is not', () => {
  const path = fresh();
  writeFileSync(join(path, 'parley.env'), '');
  openDataFolder(path)[Symbol.dispose]();
  const other = fresh();
  mkdirSync(join(other, 'photos'));
  assert.throws(() => openDataFolder(other), /not Parley's/);
  const file = join(other, 'file');
  writeFileSync(file, '');
  assert.throws(() => openDataFolder(file), FolderRefused);
  for (const each of [path, other]) rmSync(each, { recursive: true });
});

test('[CFG99] what cannot be a data folder is refused with the reason and what to do', async () => {
  const path = fresh();
  const file = join(path, 'file');
  writeFileSync(file, '');
  assert.throws(() => openDataFolder(file), /is a file \(ENOTDIR\).*--data/);
  assert.throws(() => openDataFolder(join(file, 'data')), /is a file \(ENOTDIR\).*--data/);
  const dangling = join(path, 'link');
  symlinkSync(join(path, 'nowhere'), dangling);
  assert.throws(() => openDataFolder(dangling), FolderRefused);
  const own = join(path, 'own');
  openDataFolder(own)[Symbol.dispose]();
  writeFileSync(join(own, 'lock.db'), 'x'.repeat(4_096));
  assert.throws(() => openDataFolder(own), /own\/lock\.db is damaged.*empty it/);
  writeFileSync(join(own, 'lock.db'), '');
  openDataFolder(own)[Symbol.dispose]();
  rmSync(path, { recursive: true });
});

// In a process of its own, because what it proves is an end: without one nothing here would go on.
test('[CFG99] below a place that takes no folder a start ends', { skip: !existsSync('/proc/self') }, async () => {
  const program = `
    const { openDataFolder } = await import(${JSON.stringify(new URL('./data-folder.ts', import.meta.url).href)});
    try { openDataFolder('/proc/parley/data'); } catch (error) { console.log(error.message); }`;
  const args = ['--input-type=module-typescript', '-e', program];
  const { stdout } = await run(process.execPath, args, { timeout: 20_000, killSignal: 'SIGKILL' });
  assert.match(stdout, /No folder can be made there \(ENOENT\), or name another folder/);
});

test('[CFG8] the port that was taken is kept in the folder', () => {
  const path = fresh();
  const folder = openDataFolder(path);
  assert.equal(folder.keptPort(), null);
  folder.keepPort(8_421);
  assert.equal(folder.keptPort(), 8_421);
  writeFileSync(folder.file('port'), 'nonsense');
  assert.equal(folder.keptPort(), null);
  folder[Symbol.dispose]();
  rmSync(path, { recursive: true });
});
