import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Command } from '../engines/redis.ts';
import { busBatchMs, busBeatMs, busRouteRenewalMs } from '../kernel/engine-limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Topic } from './bus.ts';
import { readCall, Wants } from './redis-bus-wants.ts';

const topic = (n: number): Topic => `account:${`a_${n}` as AccountId}`;

/** What this node wants, by a Redis that takes what it is told, or does not. */
function wants({ holds = false } = {}) {
  const clock = new ManualClock();
  const ran: Command[] = [];
  const late: Topic[] = [];
  const faults: unknown[] = [];
  const held: (() => void)[] = [];
  const state = { serves: true, takes: true };
  const these = new Wants({
    client: {
      isReady: true,
      opened: Promise.resolve(),
      close: () => {},
      async run(commands) {
        if (!state.serves) throw new Unavailable('Redis is away');
        if (holds) await new Promise<void>((resolve) => held.push(resolve));
        if (!state.takes) return commands.map(([name]) => (name === 'HSET' ? new Error('OOM') : 1));
        ran.push(...commands);
        return commands.map(() => 1);
      },
    },
    ...{ prefix: 'p:', node: 'here', clock, fault: (error: unknown) => faults.push(error) },
    late: (topics) => late.push(...topics),
  });
  const written = () => ran.filter(([name]) => name === 'HSET').map(([, key]) => key);
  return { these, clock, ran, written, late, faults, state, held };
}

const callsIn = (ran: readonly Command[]) =>
  ran.filter(([name]) => name === 'SPUBLISH').map(([, , text]) => readCall(Buffer.from(String(text))));

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

test('[BUS11] what Redis refuses to keep is tried again as what it could not be told, and is then said to be late', async () => {
  const { these, clock, late, written, faults, state } = wants();
  state.takes = false;
  these.want(topic(1));
  await these.ready();
  assert.deepEqual([written(), late, faults.length], [[], [], 1]);
  state.takes = true;
  these.beat(busBeatMs);
  clock.advance(busBatchMs);
  await these.ready();
  assert.deepEqual([written(), late], [[`p:r:${topic(1)}`], [topic(1)]]);
});

test('[BUS10] what was given up before it was ever written leaves nothing behind', async () => {
  const { these, ran } = wants();
  these.want(topic(1))();
  await these.ready();
  assert.deepEqual(ran, []);
});

test('[BUS11] who waits for what it wants does not wait for what others want after it', async () => {
  const { these, held } = wants({ holds: true });
  const ready: string[] = [];
  const wait = (name: string) => these.ready().then(() => ready.push(name));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  these.want(topic(1));
  const first = wait('first');
  these.want(topic(2));
  const second = wait('second');
  these.want(topic(3));
  held.shift()?.();
  await turn();
  assert.deepEqual(ready, ['first']);
  for (let n = 4; n < 9; n++) these.want(topic(n));
  held.shift()?.();
  await turn();
  assert.deepEqual(ready, ['first', 'second']);
  await Promise.all([first, second]);
});

test('[BUS16] what could not be taken down is taken down later, and what came back meanwhile is not', async () => {
  const { these, clock, ran, state } = wants();
  const giveUp = these.want(topic(1));
  const giveUpOther = these.want(topic(2));
  await these.ready();
  state.serves = false;
  giveUp();
  giveUpOther();
  await these.ready();
  these.want(topic(2));
  state.serves = true;
  ran.length = 0;
  these.beat(busBeatMs);
  clock.advance(busBatchMs);
  await these.ready();
  const names = ran.map(([name, , , key]) => [name, name === 'EVAL' ? key : null]);
  assert.ok(names.some(([name, key]) => name === 'EVAL' && key === `p:r:${topic(1)}`));
  assert.ok(!names.some(([, key]) => key === `p:r:${topic(2)}`));
});

test('[BUS14] what comes to be wanted is called out once it stands there, and not when it is written again', async () => {
  const { these, ran, state } = wants();
  const calls = () => callsIn(ran).filter(({ topics }) => topics.length > 0);
  state.serves = false;
  these.want(topic(1));
  these.want(topic(2))();
  await these.ready();
  assert.deepEqual(calls(), []);
  state.serves = true;
  these.want(topic(1));
  await these.rewrite();
  assert.deepEqual(
    calls().map(({ node, topics }) => [node, topics]),
    [['here', [topic(1)]]],
  );
  assert.equal(ran.at(-1)?.[0], 'SPUBLISH', 'after they are written');
  await these.rewrite();
  assert.equal(calls().length, 1);
});

test('[BUS14] what comes to be wanted while its entry is being taken down is called out once it stands there again', async () => {
  const { these, ran, held } = wants({ holds: true });
  const settled = (): void => held.shift()?.();
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const giveUp = these.want(topic(1));
  const first = these.ready();
  settled();
  await first;
  ran.length = 0;
  giveUp();
  const down = these.ready();
  these.want(topic(1));
  const again = these.ready();
  settled();
  await turn();
  settled();
  await Promise.all([down, again]);
  assert.deepEqual(
    ran.map(([name]) => name),
    ['EVAL', 'HSET', 'PEXPIRE', 'SPUBLISH'],
  );
});

test('[BUS14] calls are numbered and come with every beat; what stood there too late leaves a number out', async () => {
  const { these, clock, ran, state } = wants();
  const numbers = () => callsIn(ran).map(({ n }) => n);
  these.want(topic(1));
  await these.ready();
  these.beat(busBeatMs);
  assert.deepEqual(numbers(), [1], 'it has called since the last one');
  these.beat(busBeatMs);
  assert.deepEqual(numbers(), [1, 2]);
  // Redis may have forgotten everything, and others have looked.
  await these.rewrite();
  these.beat(busBeatMs);
  these.beat(busBeatMs);
  assert.deepEqual(numbers(), [1, 2, 4, 5]);
  state.takes = false;
  await these.rewrite();
  state.takes = true;
  these.beat(busBeatMs);
  clock.advance(busBatchMs);
  await these.ready();
  const [before = 0] = numbers().slice(-1);
  these.beat(busBeatMs);
  assert.equal(numbers().at(-1), before + 2);
  await these.close();
  assert.deepEqual(
    callsIn(ran).map(({ isLast }) => isLast),
    [
      ...numbers()
        .slice(1)
        .map(() => false),
      true,
    ],
  );
});
