import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../kernel/manual-clock.ts';
import { RedisNode } from './redis-node.ts';

test('[BUS20] a node that Redis refuses to forget, or to let go, is not taken for gone in silence', async () => {
  const refusal = new Error('NOPERM');
  const faults: unknown[] = [];
  const client = { isReady: true, opened: Promise.resolve(), close: () => {}, run: async () => [refusal] };
  const fault = (error: unknown) => faults.push(error);
  const node = new RedisNode({ client, prefix: 'p:', fault, clock: new ManualClock(), leaseMs: 1_000 });
  await assert.rejects(node.look(), refusal);
  await assert.rejects(node.forget('other'), refusal);
  await node.join();
  assert.deepEqual(faults, [refusal]);
  await node.close();
  assert.deepEqual(faults, [refusal, refusal]);
});
