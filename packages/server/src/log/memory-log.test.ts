import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { bytesOf, SeededRandom, take } from './fixture.ts';
import { logContract } from './log.contract.ts';
import { MemoryLog } from './memory-log.ts';

logContract('memory log', async () => {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock, random: new SeededRandom(1) });
  return { log, clock, close: () => log[Symbol.asyncDispose]() };
});

test('[LOG6] memory log: beyond its bound appends are refused until something is released', async () => {
  const log = new MemoryLog({ clock: new ManualClock(), random: new SeededRandom(1), maxBytes: 100 });
  await log.append(0, new Uint8Array(60));
  await assert.rejects(log.append(0, new Uint8Array(60)), Unavailable);
  await log.release(0, 0);
  assert.equal(await log.append(0, new Uint8Array(60)), 1);
});

test('[LOG20] memory log: a reader that asks for what was dropped is refused', async () => {
  const log = new MemoryLog({ clock: new ManualClock(), random: new SeededRandom(1) });
  for (const text of ['a', 'b', 'c']) await log.append(0, bytesOf(text));
  await log.release(0, 1);
  await assert.rejects(take(log, 0, 1), { reason: 'gone' });
});

test('[LOG4] memory log: each partition counts for itself', async () => {
  const log = new MemoryLog({ clock: new ManualClock(), random: new SeededRandom(1), partitions: 2 });
  assert.deepEqual(await Promise.all([log.append(0, bytesOf('a')), log.append(1, bytesOf('b'))]), [0, 0]);
  assert.deepEqual([log.end(0), log.end(1)], [1, 1]);
});
