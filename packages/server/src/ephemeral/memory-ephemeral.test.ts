import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../kernel/manual-clock.ts';
import { ephemeralContract } from './ephemeral.contract.ts';
import { MemoryEphemeral } from './memory-ephemeral.ts';

ephemeralContract('small values in memory', async () => {
  const clock = new ManualClock();
  const here = new MemoryEphemeral(clock);
  const pass = async (ms: number) => clock.advance(ms);
  return { here, there: here, pass };
});

test('[EPH4] there are only so many; those whose time is over make room', async () => {
  const clock = new ManualClock();
  const values = new MemoryEphemeral(clock, 3);
  for (const [key, ms] of [
    ['long', 1_000],
    ['a', 100],
    ['b', 100],
  ] as const)
    await values.create(key, '1', ms);
  assert.equal(await values.create('c', '1', 100), 'full');
  clock.advance(100);
  assert.equal(await values.create('c', '1', 100), 'done');
  assert.equal(values.size, 2);
});

test('[EPH1] a clock that was set back lengthens nothing', async () => {
  const clock = new ManualClock();
  const values = new MemoryEphemeral(clock);
  await values.create('a', '1', 100);
  clock.advance(-1);
  assert.equal(await values.get('a'), undefined);
});
