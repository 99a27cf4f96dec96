import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Command } from '../engines/redis.ts';
import { busBatchMs, busBeatMs, busRouteRenewalMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Topic } from './bus.ts';
import { Wants } from './redis-bus-wants.ts';

const topic = (n: number): Topic => `account:${`a_${n}` as AccountId}`;

/** What this node wants, by a Redis that takes what it is told, or does not. */
function wants() {
  const clock = new ManualClock();
  const ran: Command[] = [];
  const late: Topic[] = [];
  const faults: unknown[] = [];
  const state = { serves: true };
  const these = new Wants({
    client: {
      isReady: true,
      opened: Promise.resolve(),
      close: () => {},
      async run(commands) {
        if (!state.serves) throw new Unavailable('Redis is away');
        ran.push(...commands);
        return commands.map(() => 1);
      },
    },
    ...{ prefix: 'p:', node: 'here', clock, fault: (error: unknown) => faults.push(error) },
    late: (topics) => late.push(...topics),
  });
  const written = () => ran.filter(([name]) => name === 'HSET').map(([, key]) => key);
  return { these, clock, ran, written, late, faults, state };
}

test('[BUS17] what is wanted is written again in the time in which it would end, each entry once', async () => {
  const { these, clock, written } = wants();
  for (let n = 0; n < 2_400; n++) these.want(topic(n));
  await these.ready();
  const before = written().length;
  assert.equal(before, 2_400);
  for (let ms = 0; ms < busRouteRenewalMs; ms += busBeatMs) {
    these.beat(busBeatMs);
    clock.advance(busBatchMs);
    await these.ready();
  }
  const again = written().slice(before);
  assert.deepEqual([again.length, new Set(again).size], [2_400, 2_400]);
});

test('[BUS11] what could not be written is tried again with every beat, and is then said to be late, once', async () => {
  const { these, clock, late, written, faults, state } = wants();
  state.serves = false;
  these.want(topic(1));
  const giveUp = these.want(topic(2));
  await these.ready();
  assert.deepEqual([written(), late, faults.length], [[], [], 1]);
  giveUp();
  state.serves = true;
  for (let n = 0; n < 3; n++) {
    these.beat(busBeatMs);
    clock.advance(busBatchMs);
    await these.ready();
  }
  assert.deepEqual(late, [topic(1)]);
  assert.ok(written().every((key) => key === `p:r:${topic(1)}`));
});

test('[BUS10] what was given up before it was ever written leaves nothing behind', async () => {
  const { these, ran } = wants();
  these.want(topic(1))();
  await these.ready();
  assert.deepEqual(ran, []);
});
