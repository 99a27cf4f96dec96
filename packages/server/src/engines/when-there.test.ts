import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineRetryMs, engineStartMs } from '../kernel/engine-limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { whenThere } from './when-there.ts';

/** Engines that are there after so many milliseconds, on a clock that runs. */
function engines(readyAfterMs: number) {
  const clock = new ManualClock();
  const begun = clock.now();
  const faults: Unavailable[] = [];
  let tries = 0;
  const open = async () => {
    tries++;
    if (clock.now() - begun < readyAfterMs) throw new Unavailable('not yet');
    return 'open';
  };
  const stop = new AbortController();
  const opened = whenThere(open, clock, (fault) => faults.push(fault), stop.signal);
  const run = async (ms: number) => {
    for (let passed = 0; passed <= ms; passed += engineRetryMs) {
      await new Promise(setImmediate);
      clock.advance(engineRetryMs);
    }
  };
  return { opened, run, faults, stop, tries: () => tries };
}

test('[CLU110] engines that are not there yet are waited for, and each try is told', async () => {
  const { opened, run, faults } = engines(5 * engineRetryMs);
  await run(6 * engineRetryMs);
  assert.equal(await opened, 'open');
  assert.equal(faults.length, 5);
});

test('[CLU110] engines that do not come end the start with their reason, after a while', async () => {
  const { opened, run, tries } = engines(Number.POSITIVE_INFINITY);
  const refused = assert.rejects(opened, /not yet/);
  await run(2 * engineStartMs);
  await refused;
  assert.equal(tries(), 1 + engineStartMs / engineRetryMs);
});

test('[CLU110] who is to stop waits no longer', async () => {
  const { opened, run, stop, tries } = engines(Number.POSITIVE_INFINITY);
  const refused = assert.rejects(opened, /not yet/);
  await run(0);
  stop.abort();
  await run(0);
  await refused;
  assert.equal(tries(), 2);
});

test('[CLU110] what waiting does not mend is thrown at once', async () => {
  const clock = new ManualClock();
  const open = () => Promise.reject(new Error('no such keyspace'));
  await assert.rejects(
    whenThere(open, clock, () => assert.fail('nothing is waited for'), new AbortController().signal),
    /no such keyspace/,
  );
});
