import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cassandraMs, cassandraSlowMs, cassandraSlowTimes } from '../kernel/engine-limits.ts';
import { ReadPace, ReadsTwice } from './cassandra-policies.ts';

const some = 2_000;
const read = 'SELECT x FROM y WHERE z = ?';

/** When the second node would be asked, and the third; -1: never. */
function asked(pace: ReadPace, query = read): readonly number[] {
  const plan = new ReadsTwice(pace).newPlan('parley', query);
  return [plan.nextExecution(), plan.nextExecution()];
}

test('[STR43] a read that is slow is sent to a second node, and no third; a write never', () => {
  const pace = new ReadPace();
  assert.deepEqual(asked(pace), [cassandraSlowMs, -1]);
  assert.equal(asked(pace, 'UPDATE y SET x = ? WHERE z = ?')[0], -1);
});

test('[STR43] where all reads take long it is sent later, and soon again when they are quick', () => {
  const pace = new ReadPace();
  for (let n = 0; n < some; n++) pace.took(400);
  const [slowMs = 0] = asked(pace);
  assert.ok(Math.abs(slowMs - cassandraSlowTimes * 400) < 0.1 * slowMs, String(slowMs));
  for (let n = 0; n < some; n++) pace.took(cassandraMs.request * 10);
  assert.equal(asked(pace)[0], cassandraSlowTimes * cassandraMs.request);
  for (let n = 0; n < some; n++) pace.took(2);
  assert.equal(asked(pace)[0], cassandraSlowMs);
});

test('[STR43] one of three nodes that is silent changes nothing: its reads are sent to a second one as soon', () => {
  const pace = new ReadPace();
  for (let n = 0; n < some; n++) pace.took(n % 3 === 0 ? cassandraSlowMs + 2 : 2);
  assert.equal(asked(pace)[0], cassandraSlowMs);
});
