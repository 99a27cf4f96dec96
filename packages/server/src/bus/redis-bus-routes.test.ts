import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { busRouteShortTrustMs, busRouteTrustMs, maxBusRoutes } from '../kernel/engine-limits.ts';
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

test('[BUS14] after calls may have been lost what is believed is looked up once more, also what is on its way then', async () => {
  const { these, clock, state, missed } = routes();
  await these.lookUp([topic(1), topic(2)]);
  these.peek(topic(1));
  clock.advance(1);
  const looking = these.lookUp([topic(3)]);
  these.doubt();
  await looking;
  these.peek(topic(3));
  state.nodes = ['one', 'two'];
  clock.advance(1);
  await these.sweep();
  assert.deepEqual(missed, [
    ['two', topic(1)],
    ['two', topic(3)],
  ]);
  assert.deepEqual([state.asked, these.peek(topic(2))], [5, undefined]);
  clock.advance(busRouteTrustMs - 1);
  await these.sweep();
  assert.equal(state.asked, 5, 'what was looked up since is believed');
});

test('[BUS14] while answers are being looked up once more none of them is forgotten', async () => {
  const { these, clock, state } = routes();
  await these.lookUp([topic(1)]);
  these.peek(topic(1));
  clock.advance(busRouteTrustMs);
  const sweeping = these.sweep();
  await these.sweep();
  assert.deepEqual(these.peek(topic(1)), ['one']);
  await sweeping;
  assert.equal(state.asked, 2);
});

test('[BUS14] of many topics it is believed for a second only where they are wanted', async () => {
  const { these, clock, state } = routes();
  const many = Array.from({ length: maxBusRoutes / 2 + 1 }, (_, n) => topic(n));
  await these.lookUp(many);
  these.peek(topic(1));
  clock.advance(busRouteShortTrustMs);
  await these.sweep();
  assert.deepEqual([these.size, state.asked], [1, many.length + 1]);
  clock.advance(busRouteShortTrustMs);
  await these.sweep();
  assert.equal(state.asked, many.length + 1);
});

test('[BUS18] answers are bounded; of a used one that has to go it is not known who missed something', async () => {
  const { these, state } = routes();
  await these.lookUp([topic(0)]);
  these.peek(topic(0));
  await these.lookUp(Array.from({ length: maxBusRoutes + 9 }, (_, n) => topic(1 + n)));
  assert.deepEqual([these.size, state.lost], [maxBusRoutes, 1]);
});
