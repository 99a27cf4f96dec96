import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockKey, presenceKey, limits as wire } from '@parley/protocol';
import { accountOf } from '../sequencer/stage.ts';
import { ana, ben, cem, dia, Exchange, sessionOf } from './fixture.ts';

test('[PRS6] contacts see who is online and when they were last, strangers do not, everybody sees oneself', async () => {
  await using exchange = await Exchange.open();
  await exchange.direct(ana, ben);
  await exchange.direct(ana, cem, false);
  await exchange.messages.frames.connected(sessionOf(ben));
  const shown = await exchange.messages.frames.presenceOf(ana, [ben, cem, dia, ana]);
  assert.deepEqual(
    shown.map(({ account, state }) => [account, state]),
    [
      [ben, 'online'],
      [cem, 'hidden'],
      [dia, 'hidden'],
      [ana, 'offline'],
    ],
  );
  await exchange.messages.frames.disconnected(sessionOf(ben), 0);
  const left = new Date(exchange.clock.now()).toISOString();
  exchange.clock.advance(wire.offlineGraceMs);
  assert.deepEqual(await exchange.messages.frames.presenceOf(ana, [ben]), [
    { type: 'presence', account: ben, state: 'offline', last_seen_at: left },
  ]);
});

test('[PRS6] what this process has not seen is asked of the directory, of whom one may know only', async () => {
  await using exchange = await Exchange.open();
  await exchange.direct(ana, ben);
  exchange.lastSeen.set(ben, Date.UTC(2026, 10, 1));
  const asked: string[] = [];
  const get = exchange.lastSeen.get.bind(exchange.lastSeen);
  exchange.lastSeen.get = (account) => {
    asked.push(account);
    return get(account);
  };
  const shown = await exchange.messages.frames.presenceOf(ana, [ben, cem]);
  assert.equal(shown[0]?.last_seen_at, '2026-11-01T00:00:00.000Z');
  assert.deepEqual(asked, [ben]);
});

test('[PRS7] strangers who both say everyone see a coarse word', async () => {
  await using exchange = await Exchange.open();
  await exchange.set(ana, presenceKey, 'everyone');
  await exchange.messages.frames.connected(sessionOf(ben));
  assert.equal((await exchange.messages.frames.presenceOf(ana, [ben]))[0]?.state, 'hidden');
  await exchange.set(ben, presenceKey, 'everyone');
  assert.deepEqual(await exchange.messages.frames.presenceOf(ana, [ben]), [
    { type: 'presence', account: ben, state: 'recently' },
  ]);
});

test('[PRS12] a stranger who keeps asking sees neither the moment of coming nor that of going', async () => {
  await using exchange = await Exchange.open();
  for (const account of [ana, ben, cem]) await exchange.set(account, presenceKey, 'everyone');
  const dayMs = 24 * 3_600_000;
  exchange.lastSeen.set(ben, exchange.clock.now() - 5 * dayMs);
  const word = async (viewer = ana) => (await exchange.messages.frames.presenceOf(viewer, [ben]))[0]?.state;
  const day = async (coming: number, going: number) => {
    const words = new Set<string | undefined>();
    for (let hour = 0; hour < 24; hour++) {
      if (hour === coming) await exchange.messages.frames.connected(sessionOf(ben));
      if (hour === going) await exchange.messages.frames.disconnected(sessionOf(ben), 0);
      words.add(await word(hour % 2 === 0 ? ana : cem));
      exchange.clock.advance(dayMs / 24);
    }
    return [...words];
  };
  exchange.clock.advance(dayMs - (exchange.clock.now() % dayMs));
  assert.deepEqual(await day(7, 9), ['this_week'], 'the day of coming');
  const later: string[] = [];
  for (let n = 0; n < 5; n++) later.push((await day(-1, -1)).join(' or '));
  assert.deepEqual(later, ['recently', 'recently', 'recently', 'this_week', 'this_week']);
});

test('[PRS8] who hides sees nobody, from the setting on', async () => {
  await using exchange = await Exchange.open();
  await exchange.direct(ana, ben);
  await exchange.messages.frames.connected(sessionOf(ben));
  await exchange.set(ana, presenceKey, 'nobody');
  assert.equal((await exchange.messages.frames.presenceOf(ana, [ben]))[0]?.state, 'hidden');
  assert.equal((await exchange.messages.frames.presenceOf(ben, [ana]))[0]?.state, 'hidden');
});

test('[PRS9] blocked, hidden and not there look the same', async () => {
  await using exchange = await Exchange.open();
  await exchange.direct(ana, ben);
  await exchange.direct(ana, cem);
  await exchange.set(ben, blockKey(ana), '1');
  await exchange.set(cem, presenceKey, 'nobody');
  await exchange.direct(ana, dia);
  exchange.missing.add(dia);
  const unknown = accountOf(99);
  for (const account of [ben, cem, dia]) await exchange.messages.frames.connected(sessionOf(account));
  const shown = await exchange.messages.frames.presenceOf(ana, [ben, cem, dia, unknown]);
  for (const each of shown)
    assert.deepEqual({ ...each, account: ana }, { type: 'presence', account: ana, state: 'hidden' });
});

test('[PRS5] every coming and going becomes one hint without a state, until the end', async () => {
  const exchange = await Exchange.open();
  const hints = () => exchange.bus.hints.splice(0).filter((hint) => hint.type === 'presence');
  await exchange.messages.frames.connected(sessionOf(ana));
  await exchange.messages.frames.connected(sessionOf(ana, 2));
  assert.deepEqual(hints(), [{ type: 'presence', account: ana }]);
  for (const device of [1, 2]) await exchange.messages.frames.disconnected(sessionOf(ana, device), 0);
  assert.deepEqual(hints(), []);
  exchange.clock.advance(wire.offlineGraceMs);
  assert.deepEqual(hints(), [{ type: 'presence', account: ana }]);
  await exchange.close();
  await exchange.presence.connected(ben, sessionOf(ben).device);
  assert.deepEqual(hints(), []);
});
