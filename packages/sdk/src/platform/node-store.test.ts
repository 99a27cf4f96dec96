// The store in a folder, with processes that are killed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { SqliteStore } from './node-store.ts';
import { storeContract } from './store.contract.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'parley-store-'));

storeContract('sqlite', async () => {
  const folder = newFolder();
  return {
    open: async () => new SqliteStore(folder),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});

test('[LOC2] a killed process leaves whole writes, and every one that had resolved', async () => {
  const folder = newFolder();
  const program = `
    import { SqliteStore } from ${JSON.stringify(new URL('./node-store.ts', import.meta.url).href)};
    const store = new SqliteStore(${JSON.stringify(folder)});
    for (let n = 1; ; n++) {
      await store.write([{ table: 'facts', key: ['a'], value: n }, { table: 'facts', key: ['b'], value: n }]);
      process.stdout.write(n + '\\n');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > 20) child.kill('SIGKILL');
    });
    child.on('close', () => resolve());
  });
  const resolved = Number(said.trimEnd().split('\n').at(-1));
  const store = new SqliteStore(folder);
  const [a, b] = [await store.get('facts', ['a']), await store.get('facts', ['b'])];
  assert.equal(a, b);
  assert.ok((a as number) >= resolved, `${String(a)} after ${resolved}`);
  await store.close();
  rmSync(folder, { recursive: true });
});

test('[LOC3] nobody else can read the files, and a newer version is refused', async () => {
  const folder = newFolder();
  const store = new SqliteStore(folder);
  await store.write([{ table: 'facts', key: ['a'], value: 1 }]);
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
  await store.close();
  const db = new DatabaseSync(join(folder, 'client.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  assert.throws(() => new SqliteStore(folder), { code: 'client.storage' });
  rmSync(folder, { recursive: true });
});

test('[LOC3] what was cleared is in no file', async () => {
  const folder = newFolder();
  const store = new SqliteStore(folder);
  const canary = 'the canary sings at noon';
  await store.write([{ table: 'messages', key: ['c', 1], value: { text: canary } }]);
  await store.clear();
  await store.close();
  for (const name of readdirSync(folder)) assert.ok(!readFileSync(join(folder, name)).includes(canary), name);
  rmSync(folder, { recursive: true });
});
