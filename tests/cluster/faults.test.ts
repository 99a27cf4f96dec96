// A cluster of real processes and engines, under load, and everything that may happen to it: what showed a tick is there
// afterwards, once, in one order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from './faults.ts';
import { Load, startPauseMs } from './load.ts';
import { Town } from './town.ts';

test('[CLU9] whatever dies, what was acknowledged is there, once, in one order, and sending goes on', {
  timeout: 900_000,
}, async (t) => {
  await using town = await Town.open((line) => t.diagnostic(line));
  const load = await Load.begin(town.gateways, startPauseMs);
  const tooLong: string[] = [];
  for (const { name, mostSilenceMs, happen } of faults) {
    load.takeLongestGap();
    await happen(town, load);
    const gap = load.takeLongestGap();
    t.diagnostic(`${name}: longest time without a tick ${gap} ms`);
    if (gap > mostSilenceMs) tooLong.push(`${name}: ${gap} ms`);
  }
  const { acked, ...found } = await load.end();
  const wrong = Object.fromEntries(Object.entries(found).map(([what, list]) => [what, list.slice(0, 3)]));
  t.diagnostic(`0 lost, 0 repeated of ${acked} acknowledged, ${faults.length} faults`);
  assert.deepEqual(wrong, { lost: [], repeated: [], holes: [], disagreements: [] });
  assert.ok(acked > 1_000, 'the load was real');
  assert.deepEqual(tooLong, []);
});
