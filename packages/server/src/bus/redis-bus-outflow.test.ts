import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Command, RedisClient } from '../engines/redis.ts';
import * as limits from '../kernel/engine-limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Hint } from './bus.ts';
import { type BusMessage, decodeBusMessage } from './redis-bus-codec.ts';
import { Outflow } from './redis-bus-outflow.ts';

const ana = 'a_ana' as AccountId;
const hint = (bytes = 100): Hint => ({
  type: 'accounts',
  accounts: [ana],
  frame: new Uint8Array(bytes),
  droppable: true,
});

/** An outflow to the node `there`, which wants everything, by a Redis that serves, breaks or stands still. */
function outflow(serves: () => 'yes' | 'no' | 'never') {
  const sent: BusMessage[] = [];
  const faults: unknown[] = [];
  const asked: Command[] = [];
  const clock = new ManualClock();
  const client: Pick<RedisClient, 'run'> = {
    async run(commands) {
      if (serves() === 'never') await new Promise(() => {});
      if (serves() === 'no') throw new Unavailable('Redis is away');
      return commands.map((command) => {
        const [name, , bytes] = command;
        if (name === 'HKEYS') {
          asked.push(command);
          return ['there', 'here'];
        }
        const message = decodeBusMessage(bytes as Uint8Array);
        if (message !== null) sent.push(message);
        return 1;
      });
    },
  };
  const here = new Outflow({
    client: { ...client, isReady: true, opened: Promise.resolve(), close: () => {} },
    ...{ prefix: 'p:', node: 'here', clock, fault: (error: unknown) => faults.push(error) },
  });
  here.meet(new Set(['here', 'there']));
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { here, sent, faults, asked, pass };
}

test('[BUS12] hints of a moment are one message to each node, and where an account is wanted is asked once in a while', async () => {
  const { here, sent, asked, pass } = outflow(() => 'yes');
  for (let n = 0; n < 100; n++) here.add(hint());
  await pass(limits.busBatchMs);
  assert.deepEqual(
    sent.map(({ n, hints }) => [n, hints.length]),
    [[1, 100]],
  );
  here.add(hint());
  await pass(limits.busBatchMs);
  assert.deepEqual(
    sent.map(({ n }) => n),
    [1, 2],
  );
  assert.equal(asked.length, 1);
  await pass(limits.busRouteTrustMs);
  here.beat();
  await pass(0);
  assert.equal(asked.length, 2);
  await pass(limits.busRouteTrustMs);
  here.beat();
  await pass(0);
  assert.equal(asked.length, 2, 'nobody used it again');
});

test('[BUS21] that rows are stored is told with the next message, in its order, and by itself after 50 ms', async () => {
  const { here, sent, pass } = outflow(() => 'yes');
  const stored: Hint = { type: 'stored', accounts: [ana], room: null, withinMs: 1_000, stands: [] };
  here.add(stored);
  await pass(limits.busStoredMs / 2);
  assert.equal(sent.length, 0);
  here.add(hint());
  await pass(limits.busBatchMs);
  const types = () => sent.map(({ hints }) => hints.map(({ type }) => type));
  assert.deepEqual(types(), [['stored', 'accounts']]);
  here.add(stored);
  here.add(stored);
  await pass(limits.busStoredMs);
  await pass(limits.busBatchMs);
  assert.deepEqual(types(), [
    ['stored', 'accounts'],
    ['stored', 'stored'],
  ]);
  here.add(stored);
  await here.close();
  assert.equal(
    types()
      .flat()
      .filter((type) => type === 'stored').length,
    4,
    'nothing is left at the end',
  );
});

test('[BUS12] a message is cut before it becomes too large', async () => {
  const { here, sent, pass } = outflow(() => 'yes');
  for (let n = 0; n < 8; n++) here.add(hint(limits.busMessageBytes / 4));
  await pass(limits.busBatchMs);
  assert.deepEqual(
    sent.map(({ n, hints }) => [n, hints.length]),
    [
      [1, 4],
      [2, 4],
    ],
  );
});

test('[BUS18] what waits while Redis stands still is bounded, in number and bytes, and the loss can be found', async () => {
  let serves: 'yes' | 'never' = 'never';
  const { here, pass } = outflow(() => serves);
  here.add(hint());
  await pass(limits.busBatchMs);
  for (let n = 0; n < limits.maxBusQueue + 1_000; n++) here.add(hint(8));
  for (let n = 0; n < 100; n++) here.add(hint(1024 * 1024));
  await pass(10_000);
  assert.ok(here.bytes <= limits.maxBusQueueBytes + limits.maxBusUnsentBytes);
  serves = 'yes';
  const other = outflow(() => serves);
  other.here.add(hint());
  await other.pass(limits.busBatchMs);
  for (let n = 0; n <= limits.maxBusQueue; n++) other.here.add(hint(8));
  await other.pass(limits.busBatchMs);
  const numbers = other.sent.map(({ n }) => n);
  assert.ok(
    numbers.some((n, at) => at > 0 && n !== (numbers[at - 1] ?? 0) + 1),
    'a number is missing',
  );
});

test('[BUS18] hints that Redis did not take leave a number out', async () => {
  let serves: 'yes' | 'no' = 'yes';
  const { here, sent, faults, pass } = outflow(() => serves);
  here.add(hint());
  await pass(limits.busBatchMs);
  serves = 'no';
  here.add(hint());
  await pass(limits.busBatchMs);
  serves = 'yes';
  here.add(hint());
  await pass(limits.busBatchMs);
  assert.deepEqual(
    sent.map(({ n }) => n),
    [1, 3],
  );
  assert.equal(faults.length, 1);
});

test('[BUS15] a node that is quiet is told every second that nothing was lost, and at the end farewell', async () => {
  const { here, sent, pass } = outflow(() => 'yes');
  for (let n = 0; n < 3; n++) {
    here.beat();
    await pass(limits.busBeatMs);
  }
  const told = sent.map(({ n, hints, isLast }) => [n, hints.length, isLast]);
  // Two nodes: this one hears itself, too.
  assert.deepEqual(told, [
    [1, 0, false],
    [1, 0, false],
    [2, 0, false],
    [2, 0, false],
    [3, 0, false],
    [3, 0, false],
  ]);
  await here.close();
  assert.deepEqual(
    sent.slice(-2).map(({ n, isLast }) => [n, isLast]),
    [
      [4, true],
      [4, true],
    ],
  );
  here.add(hint());
  await pass(limits.busBatchMs);
  assert.equal(sent.length, 8);
});
