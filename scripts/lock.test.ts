import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { withLock } from './lock.mjs';

async function lockFile(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-lock-'));
  context.after(() => rm(folder, { recursive: true }));
  return join(folder, 'deeper', 'a.lock');
}

test('[RUN4] tasks under one lock never run at the same time, and the lock is gone afterwards', async (context) => {
  const file = await lockFile(context);
  let inside = 0;
  const task = async (): Promise<void> => {
    inside += 1;
    assert.equal(inside, 1);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all([withLock(file, task), withLock(file, task), withLock(file, task)]);
  assert.equal(existsSync(file), false);
});

test('[RUN4] a task that fails lets the lock go and its error through', async (context) => {
  const file = await lockFile(context);
  const failing = withLock(file, () => Promise.reject(new Error('disk full')));
  await assert.rejects(failing, /disk full/);
  assert.equal(await withLock(file, async () => 'next'), 'next');
});

test('[RUN4] the lock of a process that is gone is taken over', async (context) => {
  const file = await lockFile(context);
  const { pid } = spawnSync(process.execPath, ['--version']);
  await withLock(file, () => writeFile(`${file}.left`, ''));
  await writeFile(file, String(pid));
  assert.equal(await withLock(file, async () => 'taken'), 'taken');
});
