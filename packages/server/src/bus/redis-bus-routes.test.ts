import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { busRouteTrustMs, maxBusRoutes } from '../kernel/engine-limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Topic } from './bus.ts';
import { Routes } from './redis-bus-routes.ts';

const topic = (n: number): Topic => `account:${`a_${n}` as AccountId}`;

/** Routes by a Redis that answers with these nodes. */
function routes() {
  const clock = new ManualClock();
  const state = { nodes: ['one'], serves: true, asked: 0, lost: 0 };
  const missed: [string, Topic][] = [];
  const these = new Routes<Topic>({
    client: {
      isReady: true,
      opened: Promise.resolve(),
      close: () => {},
      async run(commands) {
        if (!state.serves) throw new Unavailable('Redis is away');
        state.asked += commands.length;
        return commands.map(() => ['here', ...state.nodes]);
      },
    },
    ...{ prefix: 'p:', node: 'here', clock, topicOf: (each: Topic) => each },
    missed: (node, each) => missed.push([node, each]),
    lost: () => state.lost++,
  });
  return { these, clock, state, missed };
}

test('[BUS14] an answer that was used is looked up once more at the end of its life, and tells who came meanwhile', async () => {
  const { these, clock, state, missed } = routes();
  await these.lookUp([topic(1), topic(2)]);
  assert.deepEqual(these.peek(topic(1)), ['one']);
  state.nodes = ['one', 'two'];
  clock.advance(busRouteTrustMs - 1);
  await these.sweep();
  assert.deepEqual([state.asked, these.size], [2, 2]);
  clock.advance(1);
  await these.sweep();
  assert.deepEqual(missed, [['two', topic(1)]]);
  assert.deepEqual([state.asked, these.size, these.peek(topic(2))], [3, 1, undefined]);
  assert.deepEqual(these.peek(topic(1)), ['one', 'two']);
});

test('[BUS14] a node that calls out is among the answers from then on, and hears of an answer without it that was used', async () => {
  const { these, clock, state, missed } = routes();
  await these.lookUp([topic(1), topic(2)]);
  these.peek(topic(1));
  for (const n of [1, 2, 3]) these.called('two', topic(n));
  these.called('one', topic(1));
  assert.deepEqual(missed, [['two', topic(1)]]);
  assert.deepEqual(
    [these.peek(topic(1)), these.peek(topic(2)), these.peek(topic(3))],
    [['one', 'two'], ['one', 'two'], undefined],
  );
  state.nodes = ['one', 'two'];
  clock.advance(busRouteTrustMs);
  await these.sweep();
  assert.equal(missed.length, 1, 'it is told once');
});

test('[BUS14] who calls while an answer is looked up once more stays among its nodes, and its uses are remembered', async () => {
  const { these, clock, state, missed } = routes();
  await these.lookUp([topic(1)]);
  these.peek(topic(1));
  clock.advance(busRouteTrustMs);
  const sweeping = these.sweep();
  these.called('two', topic(1));
  these.peek(topic(1));
  await sweeping;
  assert.deepEqual(missed, []);
  assert.deepEqual(these.peek(topic(1)), ['one', 'two']);
  state.nodes = ['one', 'two', 'three'];
  clock.advance(busRouteTrustMs);
  await these.sweep();
  assert.deepEqual(missed.at(-1), ['three', topic(1)]);
});

test('[BUS14] who calls while an answer from before is on its way is among its nodes, also who was among them before', async () => {
  const { these, clock, state, missed } = routes();
  state.nodes = [];
  const looking = these.lookUp([topic(1)]);
  these.called('two', topic(1));
  await looking;
  assert.deepEqual(these.peek(topic(1)), ['two']);
  clock.advance(busRouteTrustMs);
  // It had left and come back: Redis answered between the two.
  const sweeping = these.sweep();
  these.called('two', topic(1));
  await sweeping;
  assert.deepEqual([these.peek(topic(1)), missed], [['two'], []]);
});

test('[BUS14] what cannot be looked up once more may have been missed by anybody', async () => {
  const { these, clock, state } = routes();
  await these.lookUp([topic(1)]);
  these.peek(topic(1));
  state.serves = false;
  clock.advance(busRouteTrustMs);
  await assert.rejects(these.sweep(), Unavailable);
  assert.deepEqual([state.lost, these.peek(topic(1))], [1, undefined]);
});

test('[BUS18] answers are bounded; of a used one that has to go it is not known who missed something', async () => {
  const { these, state } = routes();
  await these.lookUp([topic(0)]);
  these.peek(topic(0));
  await these.lookUp(Array.from({ length: maxBusRoutes + 9 }, (_, n) => topic(1 + n)));
  assert.deepEqual([these.size, state.lost], [maxBusRoutes, 1]);
});
