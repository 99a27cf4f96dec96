import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManualClock } from '../kernel/manual-clock.ts';
import { hostRandom } from '../kernel/random.ts';
import { FileLog } from './file-log.ts';
import { bytesOf, openBench, SeededRandom } from './fixture.ts';
import { openHostDisk } from './host-disk.ts';
import { logContract } from './log.contract.ts';
import { MemoryDisk } from './memory-disk.ts';

logContract('file log in memory', async () => {
  const { log, clock } = await openBench();
  return { log, clock, close: () => log[Symbol.asyncDispose]() };
});

logContract('file log on the host', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-log-'));
  const clock = new ManualClock();
  const log = await FileLog.open({
    disk: await openHostDisk(join(folder, 'log')),
    clock,
    random: hostRandom,
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    log,
    clock,
    close: async () => {
      await log[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
});

test('[LOG6] a batch begins when the turn of the event loop ends, with everything that was appended in it', async () => {
  const turnEnds: (() => void)[] = [];
  const log = await FileLog.open({
    disk: new MemoryDisk(),
    clock: new ManualClock(),
    random: new SeededRandom(1),
    onFatal: (error) => assert.fail(error),
    defer: (task) => turnEnds.push(task),
  });
  const batches: number[] = [];
  const ending = new AbortController();
  const reading = (async () => {
    for await (const batch of log.read(0, -1, ending.signal)) if (batches.push(batch.length) === 2) ending.abort();
  })();
  const first = log.append(0, bytesOf('1'));
  await Promise.resolve();
  const second = log.append(0, bytesOf('2'));
  assert.equal(turnEnds.length, 1);
  turnEnds.shift()?.();
  assert.deepEqual(await Promise.all([first, second]), [0, 1]);
  const third = log.append(0, bytesOf('3'));
  turnEnds.shift()?.();
  assert.equal(await third, 2);
  await reading;
  assert.deepEqual(batches, [2, 1]);
  turnEnds.shift()?.();
  await log[Symbol.asyncDispose]();
});
