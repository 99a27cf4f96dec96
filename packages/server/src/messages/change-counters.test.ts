import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { maxRecentChanges } from '../kernel/limits.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { accountOf } from '../sequencer/stage.ts';
import { RecentChanges } from '../sequencing/recent-changes.ts';
import { ChangeCounters } from './change-counters.ts';
import { ana, ben, cem, dia, Exchange, sessionOf } from './fixture.ts';

test('[HIS13] the counter moves with every record of the account’s conversations, though the bus loses everything', async () => {
  await using exchange = await Exchange.open();
  const [direct, group, room] = [
    await exchange.direct(ana, ben),
    await exchange.make('group', [ana, ben]),
    await exchange.make('room', [ana, ben]),
  ];
  exchange.bus.losesAll = true;
  for (const account of [ana, ben, cem]) await exchange.messages.frames.connected(sessionOf(account));
  const steps: readonly (readonly [() => Promise<unknown>, readonly AccountId[]])[] = [
    [() => exchange.say(ana, direct), [ana, ben]],
    [() => exchange.say(ana, group), [ana, ben]],
    [() => exchange.say(ben, room), [ana, ben]],
    [() => exchange.set(ben, 'own/a', '1'), [ben]],
    [() => exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' }), [ana, ben, cem]],
    [() => exchange.change(group, ben, { action: 'leave' }), [ana, ben, cem]],
    [() => exchange.say(ana, group), [ana, cem]],
    [() => exchange.change(room, cem, { action: 'join', inviteHash: '' }), [ana, ben, cem]],
    [() => exchange.say(ben, room), [ana, ben, cem]],
    [() => exchange.change(room, ben, { action: 'leave' }), [ana, ben, cem]],
    [() => exchange.say(ana, room), [ana, cem]],
    [() => exchange.say(ben, direct), [ana, ben]],
    [() => exchange.read(ben, direct, 2), [ana, ben]],
    [() => exchange.received(ana, direct, 3), [ben]],
    [() => exchange.read(cem, room, 3), [cem]],
    [() => exchange.pass(1_000), []],
  ];
  for (const [step, moved] of steps) {
    const before = await countersOf(exchange, [ana, ben, cem]);
    await step();
    await exchange.pass(600);
    const after = await countersOf(exchange, [ana, ben, cem]);
    const changed = [ana, ben, cem].filter((account) => before.get(account) !== after.get(account));
    assert.deepEqual(changed, moved, String(step));
    assert.deepEqual(await countersOf(exchange, [ana, ben, cem]), after, 'asking moves nothing');
  }
});

test('[HIS13] rooms are known to a counter also when nobody has asked for them', async () => {
  await using exchange = await Exchange.open();
  const room = await exchange.make('room', [ana, ben]);
  await exchange.messages.frames.connected(sessionOf(ben));
  const before = await exchange.messages.frames.changeCounter(ben);
  await exchange.say(ana, room);
  assert.notEqual(await exchange.messages.frames.changeCounter(ben), before);
});

test('[HIS13] counters are kept for who is connected, and nothing stays of who is gone', () => {
  const counters = new ChangeCounters();
  const seat = { conversation: directConversation(ana, ben), joinedSeq: 1, memberN: 1 };
  counters.connected(ana);
  counters.connected(ana);
  counters.connected(ben);
  for (const account of [ana, ben, cem]) counters.seated(account, [seat, seat]);
  counters.seated(ana, [seat]);
  assert.deepEqual([counters.size, counters.rooms], [2, 1]);
  counters.disconnected(ana);
  counters.disconnected(ben);
  counters.disconnected(cem);
  assert.deepEqual([counters.size, counters.rooms], [1, 1]);
  counters.disconnected(ana);
  assert.deepEqual([counters.size, counters.rooms], [0, 0]);
});

test('[HIS13] a presence that cannot be told leaves no counter behind', async () => {
  await using exchange = await Exchange.open();
  exchange.presence.connected = () => Promise.reject(new Error('the engine is away'));
  await assert.rejects(exchange.messages.frames.connected(sessionOf(ana)));
  const before = await exchange.messages.frames.changeCounter(ana);
  await exchange.direct(ana, ben);
  assert.equal(await exchange.messages.frames.changeCounter(ana), before);
});

test('[HIS14] what changed lately is remembered in two generations, and what was forgotten is never called unchanged', () => {
  const recent = new RecentChanges(() => 41);
  const [first, second, other] = [
    directConversation(ana, ben),
    directConversation(ana, cem),
    directConversation(ana, dia),
  ];
  assert.equal(recent.isUnchanged(first, 40), false, 'from before anything was heard');
  assert.equal(recent.isUnchanged(first, 41), true);
  recent.note(first, 42);
  recent.note(second, 43);
  assert.deepEqual(
    [41, 42].map((offset) => recent.isUnchanged(first, offset)),
    [false, true],
  );
  assert.equal(recent.isUnchanged(other, 41), true);
  const many = Array.from({ length: 64 }, (_, n) => directConversation(ana, accountOf(n + 10)));
  const conversationOf = (n: number) => (many[n % 64] + String(n)) as typeof first;
  let offset = 44;
  for (; offset < 44 + 2 * maxRecentChanges; offset++) recent.note(conversationOf(offset), offset);
  assert.equal(recent.isUnchanged(first, 42), false, 'it was forgotten');
  assert.equal(recent.isUnchanged(other, 43), false);
  assert.equal(recent.isUnchanged(other, offset - 1), true);
  assert.equal(recent.isUnchanged(conversationOf(offset - 1), offset - 2), false);
});

test('[HIS14] whether records or questions come first, nothing from before them is called unchanged', () => {
  const recent = new RecentChanges(() => 1_000);
  recent.note(directConversation(ana, ben), 7);
  assert.equal(recent.isUnchanged(directConversation(ana, cem), 5), false);
  assert.equal(recent.isUnchanged(directConversation(ana, cem), 6), true);
});

test('[HIS15] rooms are told with the seq of the seat and a version that is no newer', async () => {
  await using exchange = await Exchange.open();
  await exchange.make('group', [ana, ben]);
  const [room, left] = [await exchange.make('room', [ana, ben]), await exchange.make('room', [ana, ben])];
  await exchange.change(left, ben, { action: 'leave' });
  await exchange.say(ana, room);
  assert.deepEqual(await exchange.messages.frames.roomsOf(ben), [{ conversation: room, joinedSeq: 2, memberN: 2 }]);
  assert.deepEqual(await exchange.messages.frames.roomsOf(cem), []);
});

async function countersOf(exchange: Exchange, accounts: readonly AccountId[]): Promise<Map<AccountId, string>> {
  const counters = new Map<AccountId, string>();
  for (const account of accounts) counters.set(account, await exchange.messages.frames.changeCounter(account));
  return counters;
}
