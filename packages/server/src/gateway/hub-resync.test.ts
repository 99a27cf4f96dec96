import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, limits } from '@parley/protocol';
import type { Topic } from '../bus/bus.ts';
import type { Seat } from '../kernel/frame-handlers.ts';
import { resyncSliceMs, resyncSlices } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { accountId, conversationId, TestGateway, type TestGatewayOptions } from './fixture.ts';
import { Resync } from './hub-resync.ts';

const spreadMs = resyncSliceMs * resyncSlices;
const room = conversationId(9);
const seat: Seat = { conversation: room, joinedSeq: 1, memberN: 1 };

/** A gateway whose change counters say how often they moved, and whose bus says what is wanted. */
function gatewayThatCounts(options: TestGatewayOptions = {}) {
  const moves: (readonly AccountId[] | null)[] = [];
  const wanted = new Map<Topic, number>();
  const steps: string[] = [];
  const count = (topic: Topic, by: number) => {
    const now = (wanted.get(topic) ?? 0) + by;
    if (now === 0) wanted.delete(topic);
    else wanted.set(topic, now);
  };
  const gateway = new TestGateway({
    ...options,
    handlers: { changeCounter: async () => String(moves.length), ...options.handlers },
    moved: (accounts) => moves.push(accounts === null ? null : [...accounts]),
    bus: {
      want(topic) {
        count(topic, 1);
        steps.push(`want ${topic.split(':')[0]}`);
        return () => count(topic, -1);
      },
      async ready() {
        steps.push('ready');
      },
    },
  });
  return { gateway, moves, wanted, steps };
}

test('[HEL90] hints of an account and its rooms are wanted while it has a socket here, and read is what was before', async () => {
  const { gateway, wanted, steps } = gatewayThatCounts({
    handlers: {
      roomsOf: async () => [seat],
      async changesSince() {
        steps.push('read');
        return { ok: true, value: Buffer.from('{"type":"changes"}') };
      },
    },
  });
  const first = await gateway.greeted(1);
  assert.deepEqual(steps, ['want account', 'want room', 'ready', 'read']);
  const second = await gateway.greeted(2, 1);
  assert.deepEqual(
    [...wanted],
    [
      [`account:${accountId(1)}`, 1],
      [`room:${room}`, 1],
    ],
  );
  first.socket.close(1000, '');
  assert.equal(wanted.size, 2);
  second.socket.close(1000, '');
  assert.equal(wanted.size, 0);
});

test('[HEL90] [CLU2] an account is heard without a break from its first socket to its last, and then anew', async () => {
  const gateway = new TestGateway();
  const { hub } = gateway;
  const hears = (since: number) => hub.hears([accountId(3), accountId(1)], since);
  assert.equal(hears(hub.comings), false);
  const first = await gateway.greeted(1);
  const { comings } = hub;
  const second = await gateway.greeted(2, 1);
  first.socket.closed(1000);
  assert.deepEqual([hears(comings - 1), hears(comings)], [false, true]);
  second.socket.closed(1000);
  assert.equal(hears(comings), false);
  await gateway.greeted(1);
  assert.deepEqual([hears(comings), hears(hub.comings)], [false, true]);
  const came = (since: number) => hub.came([accountId(3), accountId(1)], since);
  assert.deepEqual([came(comings), came(hub.comings)], [true, false]);
});

test('[HEL90] changes of a presence are wanted while anybody here watches it, and read is what was before', async () => {
  const { gateway, wanted, steps } = gatewayThatCounts({
    handlers: {
      async presenceOf() {
        steps.push('read');
        return [];
      },
    },
  });
  const [one, other] = [await gateway.greeted(1), await gateway.greeted(2)];
  const presences = () => [...wanted.keys()].filter((topic) => topic.startsWith('presence:'));
  steps.length = 0;
  gateway.send(one.socket, { type: 'watch', accounts: [accountId(5)] });
  await gateway.settle();
  assert.deepEqual(steps, ['want presence', 'ready', 'read']);
  gateway.send(other.socket, { type: 'watch', accounts: [accountId(5), accountId(6)] });
  await gateway.settle();
  assert.deepEqual(presences(), [`presence:${accountId(5)}`, `presence:${accountId(6)}`]);
  gateway.send(one.socket, { type: 'watch', accounts: [] });
  gateway.send(other.socket, { type: 'watch', accounts: [accountId(5)] });
  await gateway.settle();
  assert.deepEqual(presences(), [`presence:${accountId(5)}`]);
  other.socket.close(1000, '');
  assert.deepEqual(presences(), []);
});

test('[HEL91] when any hint may be lost all counters move at once, and each socket is told within ten seconds', async () => {
  let rooms = 0;
  let looks = 0;
  const { gateway, moves } = gatewayThatCounts({
    rateFactor: 100,
    handlers: {
      async roomsOf() {
        rooms++;
        return [];
      },
      async presenceOf() {
        looks++;
        return [];
      },
    },
  });
  const people = await Promise.all([1, 2, 3].map((n) => gateway.greeted(n)));
  const [watcher] = people;
  assert.ok(watcher);
  gateway.send(watcher.socket, { type: 'watch', accounts: [accountId(5)] });
  await gateway.settle();
  const before = [rooms, looks];
  gateway.hub.deliver({ type: 'resync', topics: null });
  assert.deepEqual(moves, [null]);
  const beats = () => people.map(({ wire }) => wire.frames('heartbeat').map(({ change }) => change));
  assert.deepEqual(beats(), [[], [], []]);
  gateway.clock.advance(spreadMs);
  await gateway.settle();
  assert.deepEqual(beats(), [['1'], ['1'], ['1']]);
  assert.deepEqual([rooms - (before[0] ?? 0), looks - (before[1] ?? 0)], [3, 1]);
});

test('[HEL94] rooms are read for the first socket of an account, once after a loss, and when it asks, not for each socket', async () => {
  const read: AccountId[] = [];
  const { gateway } = gatewayThatCounts({
    rateFactor: 100,
    handlers: {
      async roomsOf(account) {
        read.push(account);
        return account === accountId(1) ? [seat] : [];
      },
    },
  });
  const own = () => read.splice(0).filter((account) => account === accountId(1)).length;
  const first = await gateway.greeted(1);
  for (const device of [11, 12, 13]) await gateway.greeted(device, 1);
  await gateway.greeted(2);
  assert.equal(own(), 1, 'for the first socket');
  for (const topics of [null, [`account:${accountId(1)}`], [`room:${room}`]] as const) {
    gateway.hub.deliver({ type: 'resync', topics });
    await gateway.greeted(20, 1);
    assert.equal(own(), 1, 'for who comes after the loss, before it is its turn');
    gateway.hub.deliver({ type: 'resync', topics });
    gateway.clock.advance(spreadMs);
    await gateway.settle();
    assert.equal(own(), 1, 'once for all of its sockets');
  }
  gateway.send(first.socket, { type: 'sync', ref: 'a' });
  await gateway.settle();
  assert.equal(own(), 1, 'when it asks what changed');
});

test('[HEL94] rooms that could not be read, or were read before a loss, are read again', async () => {
  const answers: PromiseWithResolvers<readonly Seat[]>[] = [];
  const { gateway } = gatewayThatCounts({
    handlers: {
      roomsOf() {
        const answer = Promise.withResolvers<readonly Seat[]>();
        answers.push(answer);
        return answer.promise;
      },
    },
  });
  await gateway.greeted(1);
  answers[0]?.reject(new Unavailable('the store is away'));
  await gateway.settle();
  await gateway.greeted(1);
  assert.equal(answers.length, 2, 'it could not be read');
  gateway.hub.deliver({ type: 'resync', topics: null });
  await gateway.greeted(2, 1);
  assert.equal(answers.length, 2, 'a read is under way');
  answers[1]?.resolve([]);
  await gateway.settle();
  assert.equal(answers.length, 3, 'it had begun before the loss');
});

test('[HEL91] one that waits for its turn is not told twice, and one that is gone not at all', async () => {
  const { gateway, moves } = gatewayThatCounts();
  const [stays, goes] = [await gateway.greeted(1), await gateway.greeted(2)];
  gateway.hub.deliver({ type: 'resync', topics: null });
  gateway.hub.deliver({ type: 'resync', topics: null });
  goes.socket.close(1000, '');
  gateway.clock.advance(2 * spreadMs);
  await gateway.settle();
  assert.equal(moves.length, 2);
  assert.deepEqual(
    [stays, goes].map(({ wire }) => wire.frames('heartbeat').length),
    [1, 0],
  );
});

test('[HEL91] a full gateway is told evenly over the ten seconds', () => {
  const clock = new ManualClock();
  const told: number[] = [];
  const resync = new Resync<number>(clock, () => told.push(clock.now()));
  const begun = clock.now();
  const count = 20_000;
  resync.add(Array.from({ length: count }, (_, n) => n));
  clock.advance(spreadMs / 2);
  assert.equal(told.length, count / 2);
  // Half of them again: they come after those that wait already.
  resync.add(Array.from({ length: count / 2 }, (_, n) => n));
  clock.advance(spreadMs);
  assert.equal(told.length, count + count / 2);
  assert.ok(told.every((at) => at > begun && at <= begun + spreadMs + spreadMs / 2));
  for (let n = 0; n <= resyncSlices; n++)
    assert.ok(told.filter((at) => at === begun + n * resyncSliceMs).length <= count / resyncSlices);
  clock.advance(10 * spreadMs);
  assert.equal(told.length, count + count / 2);
});

test('[HEL92] when hints of some topics may be lost only whom they are about is told', async () => {
  const shown: AccountId[][] = [];
  const { gateway, moves } = gatewayThatCounts({
    handlers: {
      roomsOf: async (account) => (account === accountId(2) ? [seat] : []),
      async presenceOf(_, accounts) {
        shown.push([...accounts]);
        return [];
      },
    },
  });
  const people = await Promise.all([1, 2, 3].map((n) => gateway.greeted(n)));
  const watcher = people[2];
  assert.ok(watcher);
  gateway.send(watcher.socket, { type: 'watch', accounts: [accountId(5), accountId(6)] });
  await gateway.settle();
  gateway.hub.deliver({
    type: 'resync',
    topics: [`account:${accountId(1)}`, `room:${room}`, `presence:${accountId(5)}`, `account:${accountId(8)}`],
  });
  assert.deepEqual(moves, [[accountId(1)], [accountId(2)], [accountId(8)]]);
  gateway.clock.advance(spreadMs);
  await gateway.settle();
  assert.deepEqual(
    people.map(({ wire }) => wire.frames('heartbeat').length),
    [1, 1, 0],
  );
  assert.deepEqual(shown, [[accountId(5), accountId(6)], [accountId(5)]]);
});

test('[HEL96] when rows stand that were told of before, who looked since then is told its counter once more', async () => {
  const { gateway, moves } = gatewayThatCounts({
    handlers: { roomsOf: async (account) => (account === accountId(3) ? [seat] : []) },
  });
  const early = await gateway.greeted(1);
  gateway.clock.advance(2_000);
  const [late, sitter, other] = [await gateway.greeted(2, 1), await gateway.greeted(3), await gateway.greeted(4)];
  const beats = async () => {
    await gateway.settle();
    return [early, late, sitter, other].map(({ wire }) => wire.frames('heartbeat').length);
  };
  gateway.clock.advance(500);
  assert.deepEqual(await beats(), [0, 0, 0, 0]);
  const stored = { type: 'stored', accounts: [accountId(1), accountId(9)], room: null, stands: [] } as const;
  gateway.hub.deliver({ ...stored, withinMs: 499 });
  assert.deepEqual([await beats(), moves], [[0, 0, 0, 0], []]);
  gateway.hub.deliver({ ...stored, withinMs: 500 });
  assert.deepEqual([await beats(), moves.splice(0)], [[0, 1, 0, 0], [[accountId(1)]]]);
  gateway.hub.deliver({ ...stored, accounts: [], room, withinMs: 500 });
  assert.deepEqual([await beats(), moves.splice(0)], [[0, 1, 1, 0], [[accountId(3)]]]);
  // A heartbeat makes somebody look, too.
  gateway.hub.deliver({ type: 'changed', accounts: [accountId(1)] });
  gateway.hub.deliver({ ...stored, withinMs: 0 });
  assert.deepEqual([await beats(), moves.splice(0)], [[2, 3, 1, 0], [[accountId(1)]]]);
  // What it says itself does not.
  gateway.clock.advance(600);
  for (let times = 0; times < 3; times++) gateway.hub.deliver({ ...stored, withinMs: 599 });
  assert.deepEqual([await beats(), moves.splice(0)], [[2, 3, 1, 0], []]);
  gateway.hub.deliver({ ...stored, withinMs: 600 });
  gateway.clock.advance(1);
  gateway.hub.deliver({ ...stored, withinMs: 600 });
  assert.deepEqual([await beats(), moves.splice(0)], [[3, 4, 1, 0], [[accountId(1)]]]);
  // Nor does a heartbeat that comes because it is time.
  await gateway.pass(limits.heartbeatMs);
  const timely = await beats();
  gateway.hub.deliver({ ...stored, withinMs: 600 });
  assert.deepEqual([await beats(), moves.splice(0)], [timely, []]);
  assert.deepEqual(timely, [4, 5, 2, 1]);
});

test('[HEL96] of too many to be named everybody who looked is told, in turn', async () => {
  const { gateway, moves } = gatewayThatCounts();
  const early = await gateway.greeted(1);
  gateway.clock.advance(2_000);
  const late = await Promise.all([2, 3, 4].map((n) => gateway.greeted(n)));
  gateway.hub.deliver({ type: 'stored', accounts: null, room: null, withinMs: 1_000, stands: [] });
  assert.deepEqual(moves, [null]);
  gateway.clock.advance(spreadMs);
  await gateway.settle();
  assert.deepEqual(
    [early, ...late].map(({ wire }) => wire.frames('heartbeat').length),
    [0, 1, 1, 1],
  );
});
