import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Hint } from '../packages/server/src/bus/bus.ts';
import { busBatchMs } from '../packages/server/src/kernel/engine-limits.ts';
import { ManualClock } from '../packages/server/src/kernel/manual-clock.ts';
import { CrossingBus } from './crossing-bus.ts';

const ana = `a_${'A'.repeat(22)}` as AccountId;
const ben = `a_${'B'.repeat(21)}A` as AccountId;

test('[BEN92] a hint comes to the nodes that want it, as the bytes of the bus and only for whom is there; to its own at once', () => {
  const clock = new ManualClock();
  const bus = new CrossingBus(clock, (error) => assert.fail(String(error)));
  const [here, there, nowhere] = [bus.node(), bus.node(), bus.node()];
  const heard: [string, Hint][] = [];
  for (const [name, node] of Object.entries({ here, there, nowhere }))
    node.subscribe((hint) => heard.push([name, hint]));
  here.want(`account:${ana}`);
  const over = there.want(`account:${ben}`);
  const hint: Hint = { type: 'changed', accounts: [ana, ben] };
  here.publish(hint);
  assert.deepEqual(heard, [['here', hint]]);
  clock.advance(busBatchMs);
  assert.deepEqual(heard.slice(1), [['there', { type: 'changed', accounts: [ben] }]]);
  over();
  here.publish(hint);
  clock.advance(busBatchMs);
  assert.deepEqual(
    heard.map(([name]) => name),
    ['here', 'there', 'here'],
  );
});
