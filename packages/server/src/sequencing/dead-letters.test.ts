import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostClock } from '../kernel/clock.ts';
import { maxDeadLettersWaiting } from '../kernel/engine-limits.ts';
import { maxRecordBytes } from '../kernel/limits.ts';
import { hostRandom } from '../kernel/random.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { DeadLetters } from './dead-letters.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const entry = (offset: number, bytes = 3) => ({ offset, time: 0, record: new Uint8Array(bytes).fill(7) });

test('[CLU10] a record that cannot be applied is kept whole with where it stood, and one of the largest is cut at its end', async () => {
  const log = new MemoryLog({ clock: hostClock, random: hostRandom });
  const letters = new DeadLetters(
    async () => log,
    (error) => assert.fail(error as Error),
  );
  letters.keep(5, entry(41));
  letters.keep(6, entry(42, maxRecordBytes));
  await settle();
  const kept: Uint8Array[] = [];
  for await (const batch of log.read(0, -1, new AbortController().signal)) {
    kept.push(...batch.map(({ record }) => record));
    if (kept.length === 2) break;
  }
  assert.equal(Buffer.from(kept[0] ?? []).toString('latin1'), '5 41 1970-01-01T00:00:00.000Z\n\x07\x07\x07');
  assert.equal(kept[1]?.length, maxRecordBytes);
  await letters.close();
});

test('[CLU10] that it cannot be kept harms nobody, is said, and is tried with the next one; what waits is bounded', async () => {
  const faults: unknown[] = [];
  let opened = 0;
  const letters = new DeadLetters(
    async () => {
      opened++;
      throw new Error('away');
    },
    (error) => faults.push(error),
  );
  for (let n = 0; n < maxDeadLettersWaiting + 10; n++) letters.keep(0, entry(n));
  await settle();
  assert.equal(faults.length, maxDeadLettersWaiting);
  letters.keep(0, entry(1));
  await settle();
  assert.equal(opened, 2);
  await letters.close();
});

test('[CLU10] a log that did not take a record is asked again with the next one, and none is opened beside it', async () => {
  const faults: unknown[] = [];
  const [opened, closed]: [unknown[], unknown[]] = [[], []];
  const log = new MemoryLog({ clock: hostClock, random: hostRandom });
  log.append = () => Promise.reject(new Error('not confirmed'));
  log[Symbol.asyncDispose] = async () => void closed.push(log);
  const letters = new DeadLetters(
    async () => {
      opened.push(log);
      return log;
    },
    (error) => faults.push(error),
  );
  for (let n = 0; n < 5; n++) {
    letters.keep(0, entry(n));
    await settle();
  }
  await letters.close();
  assert.deepEqual([faults.length, opened.length, closed.length], [5, 1, 1]);
});

test('[CLU10] closing while the log is being opened waits for it, and that it fails harms nobody', async () => {
  const opening = Promise.withResolvers<MemoryLog>();
  const faults: unknown[] = [];
  const letters = new DeadLetters(
    () => opening.promise,
    (error) => faults.push(error),
  );
  letters.keep(0, entry(1));
  const closed = letters.close();
  opening.reject(new Error('away'));
  await closed;
  await settle();
  assert.equal(faults.length, 1);
});
