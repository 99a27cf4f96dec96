import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOut, makePlan } from './plan.ts';
import { quick } from './sizes.ts';

test('[BEN11] rows in a browser are run only when they are named, and missed where the others of encryption are run', async () => {
  const planned = async (...only: readonly string[]) => {
    await using opened = new AsyncDisposableStack();
    const { signal } = new AbortController();
    const { suites, missing } = await makePlan({ sizes: quick, work: '', only, signal, opened });
    return [suites.map(({ name }) => name), missing.map(({ name }) => name)];
  };
  assert.deepEqual(await planned('chromium'), [['encryption in Chromium'], []]);
  assert.deepEqual(await planned('19'), [['encryption in Chromium'], []]);
  assert.deepEqual(await planned('8'), [['log and store alone'], []]);
  const named = (...only: readonly string[]) => leftOut(only, true).length;
  assert.deepEqual([leftOut(null, true).length, leftOut(null, false).length, named('encryption')], [1, 0, 1]);
  assert.deepEqual([named('encryption', 'chromium'), named('8'), named('chromium')], [0, 0, 0]);
  assert.deepEqual(await planned('12'), [['encryption of a device'], []]);
});

test('[BEN91] the rows of a cluster are run only when a cluster is asked for, and then nothing else is', async () => {
  const planned = async (cluster: boolean, only: readonly string[] | null) => {
    await using opened = new AsyncDisposableStack();
    const { signal } = new AbortController();
    const { suites, missing } = await makePlan({ sizes: quick, work: '', only, signal, opened, cluster });
    return [...suites, ...missing].map(({ name }) => name);
  };
  assert.deepEqual(await planned(true, ['9-memory']), ['a cluster over memory']);
  assert.deepEqual(await planned(true, ['9-p99']), ['a cluster on its engines']);
  assert.deepEqual(await planned(true, ['8']), []);
  assert.deepEqual(await planned(false, ['9-memory']), []);
});
