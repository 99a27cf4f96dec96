// One at a time, across processes: two starts of one checkout must not install or build over each other.
// The holder's pid stands in the file, so that a lock left by a killed process is taken over, never waited for.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait for another process before giving up, and between two looks. Milliseconds. */
const waitMs = 10 * 60_000;
const lookMs = 200;

/** Runs `task` while no other process runs one under the same lock file; resolves with its result. */
export async function withLock(file, task) {
  await mkdir(dirname(file), { recursive: true });
  const giveUpAt = Date.now() + waitMs;
  while (!(await take(file))) {
    if (Date.now() > giveUpAt)
      throw new Error(`Waited too long for another process. If none is running, delete ${file}.`);
    await delay(lookMs);
  }
  try {
    return await task();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file) {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (holder > 0 && !isAlive(holder)) await rm(file, { force: true });
  return false;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
