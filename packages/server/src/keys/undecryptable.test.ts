// What devices could not open reaches the operator as numbers, within bounds, and nothing else of it is kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { TestKeys } from './fixture.ts';

test('[OBS5] a device reports numbers by reason, which are summed; other reasons and numbers are refused', async () => {
  const keys = new TestKeys();
  const counted = () => keys.counted.filter((word) => word.startsWith('undecryptable'));
  const ana = await keys.person('ana');
  const report = (items: object[]) => keys.call('reportUndecryptable', { by: ana, body: { items: items as never } });
  const items = [
    { reason: 'no_key', count: 2 },
    { reason: 'broken', count: wire.maxReportedUndecryptable },
  ];
  assert.ok((await report(items)).ok);
  assert.deepEqual(counted(), ['undecryptable no_key 2', `undecryptable broken ${wire.maxReportedUndecryptable}`]);
  for (const item of [
    { reason: 'of its own', count: 1 },
    { reason: 'no_key', count: 0 },
    { reason: 'no_key', count: wire.maxReportedUndecryptable + 1 },
  ])
    assert.equal((await report([item])).ok, false, JSON.stringify(item));
  assert.equal((await report([])).ok, false);
  assert.equal(counted().length, 2);
});
