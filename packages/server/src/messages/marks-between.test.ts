import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import { LocalBus } from '../bus/local-bus.ts';
import { clockBehindMs, marksTrustMs, storedLeewayMs } from '../kernel/limits.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { HandClock } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { ChangeCounters } from './change-counters.ts';
import { ana, ben, cem } from './fixture.ts';
import { Marks, sharedMarks } from './marks.ts';
import { hearMarks, MarksEverywhere } from './marks-between.ts';
import type { Here } from './parts.ts';

const chat = directConversation(ana, ben);

/** Two gateways over one store and one bus. */
function town() {
  const store = new MemoryStore();
  const clock = new HandClock();
  const bus = new LocalBus((error) => assert.fail(error as Error));
  const gateways = [0, 1].map(() => {
    const came = new Map<AccountId, number>([[ana, 0]]);
    const here = {
      comings: 0,
      hears: ([account]: readonly AccountId[], since: number) => (came.get(account as AccountId) ?? Infinity) <= since,
    };
    const come = (account: AccountId) => came.set(account, ++here.comings);
    const marks = new Marks(store, clock, sharedMarks(here as Here));
    const counters = new ChangeCounters();
    const stop = hearMarks(bus, marks, counters);
    const flush = async () => {
      const batch = marks.take(100);
      await store.commit(
        batch.rows.map((row) => ({ table: 'marks', row, stamp: row.change })),
        null,
      );
      batch.stored();
    };
    return { marks, counters, stop, flush, come };
  });
  const everywhere = new MarksEverywhere(bus, clock);
  const [here, there] = gateways as [(typeof gateways)[0], (typeof gateways)[0]];
  const raise = async (delivered: number, read: number, told = true) => {
    await here.marks.of(chat, ben);
    const mark = here.marks.raise(chat, ben, delivered, read);
    if (told && mark !== null) everywhere.moved(chat, [ana, ben], mark);
    await here.flush();
  };
  return { bus, clock, everywhere, here, there, raise };
}

test('[CLU8] what one gateway raises, another one serves at once, and its counters move', async () => {
  const { here, there, raise } = town();
  await there.marks.all(chat, ana);
  there.counters.connected(ana);
  const before = there.counters.of(ana);
  await raise(3, 2);
  assert.notEqual(there.counters.of(ana), before);
  const { delivered, read } = await there.marks.of(chat, ben);
  assert.deepEqual([delivered, read], [3, 2]);
  there.stop();
  here.stop();
});

test('[CLU8] what was not heard of is trusted for a while only, and after a resync or a word on the group not at all', async () => {
  const { bus, clock, there, raise } = town();
  const seen = async () => (await there.marks.of(chat, ben)).delivered;
  assert.equal(await seen(), 0);
  await raise(1, 0, false);
  assert.equal(await seen(), 0);
  clock.advance(marksTrustMs);
  assert.equal(await seen(), 1);
  await raise(2, 0, false);
  bus.publish({ type: 'resync', topics: null });
  assert.equal(await seen(), 2);
  await raise(3, 0, false);
  bus.publish({ type: 'marks', conversation: chat, accounts: [ana], mark: null });
  assert.equal(await seen(), 3);
});

test('[CLU8] a moment that one gateway told stands for the same at another, with leeway for clocks and for what is being written', () => {
  const { clock, here, there } = town();
  const moment = here.marks.now();
  clock.advance(500);
  assert.equal(there.marks.after(moment), moment.change - clockBehindMs);
  assert.equal(there.marks.isUnmoved(chat, moment), false);
  assert.equal(there.marks.now().run, moment.run);
});

test('[CLU8] an older word never lowers a mark', async () => {
  const { bus, there, raise } = town();
  await there.marks.all(chat, ana);
  await raise(5, 5);
  const old = { conversation: chat, account: ben, delivered: 2, read: 2, change: 1 };
  bus.publish({ type: 'marks', conversation: chat, accounts: [], mark: old });
  const { delivered, read } = await there.marks.of(chat, ben);
  assert.deepEqual([delivered, read], [5, 5]);
});

test('[CLU32] what was told before it was stored is told again once it is, to who has looked too early too', async () => {
  const { bus, clock, everywhere, here, there } = town();
  const said: Hint[] = [];
  bus.subscribe((hint) => said.push(hint));
  await here.marks.of(chat, ben);
  const rise = (delivered: number) => {
    const mark = here.marks.raise(chat, ben, delivered, 0);
    assert.ok(mark !== null);
    everywhere.moved(chat, [ana], mark);
  };
  rise(3);
  clock.advance(100);
  const batch = here.marks.take(10);
  const told = everywhere.take();
  // Both are as yet nowhere but here.
  there.marks.distrust(null);
  assert.equal((await there.marks.of(chat, ben)).delivered, 0, 'who comes there now reads too early');
  rise(4);
  clock.advance(400);
  told.failed();
  batch.failed();
  said.length = 0;
  const next = everywhere.take();
  await here.flush();
  next.stored();
  assert.equal((await there.marks.of(chat, ben)).delivered, 4);
  const stored = { type: 'stored', accounts: [ana], room: null, withinMs: 500 + storedLeewayMs, stands: [] };
  assert.deepEqual(
    said.map(({ type }) => type),
    ['marks', 'stored'],
  );
  assert.deepEqual(said.at(-1), stored);
  said.length = 0;
  everywhere.take().stored();
  assert.deepEqual(said, [], 'once');
});

test('[CLU32] of a mark that was told while it was on its way to the store it is said, too', async () => {
  const { bus, everywhere, here } = town();
  const said: Hint[] = [];
  await here.marks.of(chat, ben);
  const mark = here.marks.raise(chat, ben, 1, 0);
  const told = everywhere.take();
  everywhere.moved(chat, [ana], mark);
  bus.subscribe((hint) => said.push(hint));
  await here.flush();
  told.stored();
  assert.deepEqual(
    said.map((hint) => hint.type === 'stored' && hint.accounts),
    [false, [ana]],
  );
});

test('[CLU32] what was only heard of is stored by whom it is said to again', async () => {
  const { bus, here, there } = town();
  await there.marks.all(chat, ana);
  const lost = { conversation: chat, account: ben, delivered: 4, read: 4, change: 1 };
  bus.publish({ type: 'marks', conversation: chat, accounts: [ana], mark: lost });
  assert.equal(there.marks.keep(chat, ben), true);
  assert.equal(there.marks.keep(chat, ben), false, 'once');
  await there.flush();
  assert.equal((await here.marks.of(chat, ben)).read, 4);
});

test('[CLU32] who comes sees marks as they are, though others here, or marks that wait, keep older ones at hand', async () => {
  const { clock, here, there } = town();
  const seen = async (viewer: AccountId) => {
    const marks = [...(await there.marks.all(chat, viewer))];
    const shown = marks.find(({ account }) => account === ben)?.delivered ?? 0;
    return [shown, (await there.marks.own(chat, ben)).delivered];
  };
  const rise = async (delivered: number) => {
    await here.marks.of(chat, ben);
    here.marks.raise(chat, ben, delivered, 0);
    await here.flush();
  };
  assert.deepEqual(await seen(ana), [0, 0]);
  await rise(1);
  assert.deepEqual(await seen(ana), [0, 1], 'nobody told who is here all the time');
  there.come(ben);
  there.come(ana);
  assert.deepEqual(await seen(ana), [1, 1]);
  await there.marks.of(chat, ana);
  there.marks.raise(chat, ana, 7, 7);
  await rise(2);
  there.come(ana);
  assert.deepEqual(await seen(ana), [2, 2]);
  assert.equal((await there.marks.of(chat, ana)).read, 7, 'what is not stored yet stays');
  await rise(3);
  clock.advance(marksTrustMs);
  assert.deepEqual(await seen(ana), [3, 3]);
  await rise(4);
  assert.deepEqual(await seen(cem), [4, 4], 'who only calls is not here');
  await there.flush();
  await rise(5);
  assert.deepEqual(await seen(cem), [5, 5]);
  await there.flush();
});
