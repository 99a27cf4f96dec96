import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, blockKey, limits as wire } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import { maxTypingPaced, typingPaceMs } from '../kernel/limits.ts';
import { accountLog, directConversation } from '../sequencer/conversation-ids.ts';
import { accountOf, HandClock } from '../sequencer/stage.ts';
import { ana, ben, cem, Exchange, frameOf, sessionOf } from './fixture.ts';
import { HeardBus } from './heard-bus-fixture.ts';
import { Settings } from './settings.ts';
import { createTyping } from './typing.ts';

type Told = Extract<Hint, { readonly type: 'typing' }>;

test('[TYP1] typing is told to the members of a group or a small room, and nothing of it is kept', async () => {
  await using exchange = await Exchange.open();
  const [group, room] = [await exchange.make('group', [ana, ben, cem]), await exchange.make('room', [ana, ben])];
  const end = exchange.log.end(0);
  told(exchange);
  assert.equal(await exchange.typing(ana, group), 'ok');
  assert.equal(await exchange.typing(ana, room), 'ok');
  const [inGroup, inRoom] = told(exchange);
  assert.deepEqual([...(inGroup?.recipients ?? [])].sort(), [ana, ben, cem].sort());
  assert.equal(inRoom?.recipients, null, 'whoever is in the room');
  assert.deepEqual(frameOf('typing', inGroup?.frame ?? new Uint8Array()), {
    type: 'typing',
    conversation_id: group,
    sender: ana,
  });
  assert.equal(exchange.log.end(0), end);
});

test('[TYP2] between two it is told to a contact only, and not when either has blocked the other', async () => {
  for (const [blocker, blocked] of [
    [null, null],
    [ana, ben],
    [ben, ana],
  ] as const) {
    await using exchange = await Exchange.open();
    const conversation = await exchange.direct(ana, ben);
    if (blocker !== null) await exchange.set(blocker, blockKey(blocked), '1');
    told(exchange);
    assert.equal(await exchange.typing(ana, conversation), 'ok');
    assert.deepEqual(
      told(exchange).map(({ recipients }) => recipients),
      blocker === null ? [[ben]] : [],
    );
  }
  await using exchange = await Exchange.open();
  const request = await exchange.direct(ana, ben, false);
  for (const account of [ana, ben]) assert.equal(await exchange.typing(account, request), 'ok');
  await exchange.change(request, ben, { action: 'accept' });
  await exchange.pass(typingPaceMs);
  assert.equal(await exchange.typing(ana, request), 'ok');
  assert.deepEqual(told(exchange), []);
});

test('[TYP3] where more than 256 are members, in notes and in an account log nobody is told', async () => {
  await using exchange = await Exchange.open();
  const many: readonly AccountId[] = Array.from({ length: wire.maxTypingAudience + 1 }, (_, n) => accountOf(n + 1));
  const group = await exchange.make('group', many);
  const room = await exchange.make('room', many);
  const notes = await exchange.direct(ana, ana);
  await exchange.set(ana, 'own/a', '1');
  told(exchange);
  for (const conversation of [group, room, notes, accountLog(ana)])
    assert.equal(await exchange.typing(ana, conversation), 'ok');
  assert.deepEqual(told(exchange), []);
  for (const conversation of [group, room]) await exchange.change(conversation, ben, { action: 'leave' });
  for (const conversation of [group, room]) await exchange.typing(ana, conversation);
  assert.equal(told(exchange).length, 2);
});

test('[TYP4] the same typing goes out at most every 1.5 s, whatever the clock does', async () => {
  await using exchange = await Exchange.open();
  const [group, other] = [await exchange.make('group', [ana, ben]), await exchange.make('group', [ana, ben])];
  told(exchange);
  const types = async () => {
    await exchange.typing(ana, group);
    return told(exchange).length;
  };
  assert.equal(await types(), 1);
  assert.equal(await types(), 0);
  await exchange.typing(ben, group);
  await exchange.typing(ana, other);
  assert.equal(told(exchange).length, 2, 'another account, another conversation');
  await exchange.pass(typingPaceMs - 1);
  assert.equal(await types(), 0);
  await exchange.pass(1);
  assert.equal(await types(), 1);
  const now = exchange.clock.now.bind(exchange.clock);
  exchange.clock.now = () => now() - 3_600_000;
  assert.equal(await types(), 1, 'a clock that was set back holds nobody up');
});

test('[TYP4] those that are paced are bounded', async () => {
  const clock = new HandClock();
  const bus = new HeardBus(() => {});
  const state = { kind: 'group', memberCount: 2, members: { has: () => true, keys: () => [ana, ben] } };
  const rows = { conversation: () => state } as never;
  const { typing } = createTyping({ rows, bus, clock, settings: new Settings(rows, bus, clock) });
  for (let n = 0; n <= maxTypingPaced; n++) await typing(accountOf(n), directConversation(ana, ben));
  assert.equal(bus.hints.length, maxTypingPaced);
  clock.advance(typingPaceMs);
  await typing(ana, directConversation(ana, ben));
  assert.equal(bus.hints.length, maxTypingPaced + 1);
});

test('[TYP5] who is not in a conversation is refused as if there were none', async () => {
  await using exchange = await Exchange.open();
  const [group, room] = [await exchange.make('group', [ana, ben]), await exchange.make('room', [ana, ben])];
  for (const conversation of [group, room]) await exchange.change(conversation, ben, { action: 'leave' });
  told(exchange);
  for (const conversation of [group, room, accountLog(cem), directConversation(ana, cem)]) {
    assert.equal(await exchange.typing(cem, conversation), 'conversation.denied');
    assert.equal(await exchange.typing(ben, conversation), 'conversation.denied');
  }
  assert.deepEqual(told(exchange), []);
});

test('[TYP6] only conversations that one is in, and where typing is told, can be watched', async () => {
  await using exchange = await Exchange.open();
  const [group, room, request, theirs] = [
    await exchange.make('group', [ana, ben]),
    await exchange.make('room', [ana, ben]),
    await exchange.direct(cem, ben, false),
    await exchange.make('group', [ana, cem]),
  ];
  const asked = [theirs, room, request, accountLog(ben), group];
  assert.deepEqual(await exchange.messages.frames.watchable(sessionOf(ben).account, asked), [room, group]);
});

function told(exchange: Exchange): readonly Told[] {
  return exchange.bus.hints.splice(0).filter((hint) => hint.type === 'typing');
}
