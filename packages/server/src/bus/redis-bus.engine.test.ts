import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AccountId, ConversationId, DeviceId } from '@parley/protocol';
import { openNodes, until } from '../engines/redis-fixture.ts';
import { busBatchMs, busBeatMs } from '../kernel/engine-limits.ts';
import { testEngine } from '../kernel/engines-fixture.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { busContract } from './bus.contract.ts';
import type { Hint, Topic } from './bus.ts';
import { hintOfEachKind } from './bus-fixture.ts';
import { RedisBus } from './redis-bus.ts';
import { arrived, BusNode, openBuses, openPair } from './redis-bus-fixture.ts';
import { routeKey, wantsChannel } from './redis-bus-wants.ts';

const place = { urls: [testEngine('redis').url] };
const account = (n: number) => `a_${String(n).padStart(22, '0')}` as AccountId;
const [ana, ben, cem] = [account(1), account(2), account(3)];
const room = `c_${'r'.repeat(22)}` as ConversationId;
const device = `d_${'d'.repeat(22)}` as DeviceId;
const changed = (...accounts: AccountId[]): Hint => ({ type: 'changed', accounts });
const types = ({ heard }: BusNode) => heard.map(({ type }) => type);

busContract('redis bus', () => openPair(place));

test('[BUS13] a hint goes to the nodes that want it, and names only the accounts that each has', async (t) => {
  const { ends, close, faults } = await openBuses(place, 4);
  t.after(close);
  const [from, has, hasRoom, watches] = ends as [BusNode, BusNode, BusNode, BusNode];
  has.bus.want(`account:${ben}`);
  hasRoom.bus.want(`room:${room}`);
  hasRoom.bus.want(`account:${cem}`);
  watches.bus.want(`presence:${ben}`);
  await Promise.all(ends.map(({ bus }) => bus.ready()));
  for (const hint of hintOfEachKind({ one: ana, other: ben, room, device })) from.bus.publish(hint);
  from.bus.publish({ type: 'presence', account: ben });
  from.bus.publish(changed(ana, ben, cem));
  await arrived(from, ends);
  const everywhere = ['keys', 'settings', 'stored', 'revoked', 'revoked'];
  const storedHere = ['keys', 'settings', 'stored', 'stored', 'revoked', 'revoked'];
  // Who joins a room is told on its own node, which may not have had anybody in it.
  const envelopes = ['envelope', 'envelope'];
  assert.deepEqual(types(has), [...envelopes, 'accounts', 'accounts', 'typing', ...storedHere, 'changed']);
  assert.deepEqual(types(hasRoom), ['envelope', 'typing', ...storedHere, 'changed']);
  assert.deepEqual(types(watches), [...everywhere, 'presence']);
  assert.deepEqual(has.heard.at(-1), changed(ben));
  assert.deepEqual(hasRoom.heard.at(-1), changed(cem));
  assert.equal(types(from).length, hintOfEachKind({ one: ana, other: ben, room, device }).length + 2);
  assert.deepEqual([ends.map(({ resyncs }) => resyncs), faults], [[0, 0, 0, 0], []]);
});

/** A node, and one that publishes to it, by whose clock no answer comes to its end: what it learns it learns by calls. */
async function openByHand(t: TestContext) {
  const { ends, close } = await openBuses(place, 1);
  t.after(close);
  const [to] = ends as [BusNode];
  const { prefix } = to.redis;
  const { nodes } = await openNodes({ ...place, prefix }, 1);
  const [redis] = nodes;
  assert.ok(redis);
  const clock = new ManualClock();
  const from = new RedisBus({ redis, clock, fault: (error) => assert.fail(String(error)) });
  t.after(async () => {
    await from[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });
  return { from, to, clock };
}

test('[BUS14] who begins to want a topic while an older answer is believed hears of it and is told what it may have missed', async (t) => {
  const { from, to, clock } = await openByHand(t);
  const topics: Topic[] = [`account:${ana}`, `room:${room}`, `presence:${ana}`];
  const hints: Hint[] = [
    changed(ana),
    { type: 'typing', conversation: room, sender: ben, recipients: null, frame: new Uint8Array(3) },
    { type: 'presence', account: ana },
  ];
  const publish = () => {
    for (const hint of hints) from.publish(hint);
    clock.advance(busBatchMs);
  };
  publish();
  await until(() => from.bytes === 0, 'everything to be sent');
  for (const topic of topics) to.bus.want(topic);
  await to.bus.ready();
  await until(() => to.missed.length >= topics.length, 'the word of what was missed');
  assert.deepEqual([...new Set(to.missed)].toSorted(), topics.toSorted());
  await until(() => from.bytes === 0, 'everything to be sent');
  to.heard.length = 0;
  publish();
  await until(() => to.heard.length >= hints.length, 'the hints');
  assert.deepEqual(
    to.heard.map(({ type }) => type),
    hints.map(({ type }) => type),
  );
});

test('[BUS14] a node whose call was lost is found out by the next one that is heard', async (t) => {
  const { from, to, clock } = await openByHand(t);
  const { prefix, node, client } = to.redis;
  const publish = async (...accounts: AccountId[]) => {
    from.publish(changed(...accounts));
    clock.advance(busBatchMs);
    await until(() => from.bytes === 0, 'it to be sent');
  };
  const told = (who: AccountId) => to.missed.includes(`account:${who}`);
  /** This and everything before it was heard when it is told of what it had missed. */
  const call = (n: number, who: AccountId) =>
    until(async () => {
      await client.run([['SPUBLISH', wantsChannel(prefix), `${node.id} ${n} stays account:${who}`]]);
      return told(who);
    }, 'the call to be heard');
  await publish(ana);
  await call(1_000_000, ana);
  clock.advance(busBeatMs);
  await publish(ben, cem);
  // Now it wants one of them, and its call is lost.
  await client.run([['HSET', routeKey(prefix, `account:${ben}`), node.id, 1]]);
  await publish(ben);
  await call(1_000_002, cem);
  assert.deepEqual([told(ben), to.heard], [false, []]);
  clock.advance(busBeatMs);
  await until(() => told(ben), 'the word of what was missed');
  await publish(ben);
  await until(() => to.heard.length > 0, 'the hint');
});

test('[BUS15] a node that comes later is told to look again by those who have spoken before, and hears what is for all', async (t) => {
  const { ends, close } = await openBuses(place, 1);
  t.after(close);
  const [first] = ends as [BusNode];
  first.bus.publish({ type: 'keys' });
  await arrived(first, [first]);
  const { prefix } = first.redis;
  const { nodes } = await openNodes({ ...place, prefix }, 1);
  const [redis] = nodes;
  assert.ok(redis);
  const second = new BusNode(redis);
  t.after(async () => {
    await second.bus[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });
  await until(() => second.resyncs === 1, 'the word that something may be missing');
  await arrived(first, [second]);
  assert.equal(second.resyncs, 1);
});

test('[BUS15] a node that goes says farewell: nobody looks again for it', async (t) => {
  const { ends, close } = await openBuses(place, 3);
  t.after(close);
  const [stays, other, goes] = ends as [BusNode, BusNode, BusNode];
  await arrived(goes, ends);
  await goes.bus[Symbol.asyncDispose]();
  await goes.redis[Symbol.asyncDispose]();
  const since = performance.now();
  // Longer than the silence of one that would be missed.
  await until(() => performance.now() - since > 5_500, 'the time');
  await arrived(stays, [other]);
  assert.deepEqual([stays.resyncs, other.resyncs], [0, 0]);
  assert.equal(stays.redis.node.alive.has(goes.redis.node.id), false);
});

test('[BUS16] only the newest entry of a node is taken down', async (t) => {
  const { ends, close } = await openBuses(place, 1);
  t.after(close);
  const [{ bus, redis }] = ends as [BusNode];
  const key = `${redis.prefix}r:account:${ana}`;
  const giveUp = bus.want(`account:${ana}`);
  await bus.ready();
  await redis.client.run([['HSET', key, redis.node.id, 'newer']]);
  giveUp();
  await bus.ready();
  assert.deepEqual(await redis.client.run([['HGET', key, redis.node.id]]), ['newer']);
  const again = bus.want(`account:${ana}`);
  await bus.ready();
  again();
  await bus.ready();
  assert.deepEqual(await redis.client.run([['EXISTS', key]]), [0]);
});
