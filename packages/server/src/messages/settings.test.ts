import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AccountId,
  blockKey,
  type ConversationId,
  clearKey,
  presenceKey,
  readReceiptsKey,
  limits as wire,
} from '@parley/protocol';
import { maxCachedSettings, maxRenewals, settingsTrustMs } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import { accountOf, HandClock } from '../sequencer/stage.ts';
import type { Rows } from '../store/store.ts';
import { ana, ben, cem, Exchange, settle } from './fixture.ts';
import { HeardBus } from './heard-bus-fixture.ts';
import { Settings } from './settings.ts';

test('[SND10] a setting counts from its record on, whatever the bus loses', async () => {
  await using exchange = await Exchange.open();
  const { settings } = exchange.messages;
  assert.deepEqual(await settings.of(ana), {
    presence: 'contacts',
    readReceipts: true,
    add: 'contacts',
    blocked: new Set(),
  });
  exchange.bus.losesAll = true;
  await exchange.set(ana, presenceKey, 'nobody');
  await exchange.set(ana, readReceiptsKey, 'off');
  await exchange.set(ana, blockKey(ben), '1');
  await exchange.set(ana, blockKey(cem), '1');
  await exchange.set(ana, blockKey(cem), '');
  const { presence, readReceipts, blocked } = await settings.of(ana);
  assert.deepEqual(
    { presence, readReceipts, blocked },
    { presence: 'nobody', readReceipts: false, blocked: new Set([ben]) },
  );
});

test('[SND10] a cleared conversation is cleared from the record on', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  assert.equal(await exchange.messages.settings.clearedUpTo(ana, conversation), 0);
  await exchange.set(ana, clearKey(conversation), '7');
  assert.equal(await exchange.messages.settings.clearedUpTo(ana, conversation), 7);
  assert.equal(await exchange.messages.settings.clearedUpTo(ben, conversation), 0);
});

test('[SND10] what was read is trusted for a while only, and what is at hand is bounded', async () => {
  const clock = new HandClock();
  const nothing: Rows = { get: async () => undefined, list: async () => [] };
  const settings = new Settings(nothing, new HeardBus(() => {}), clock);
  const many: AccountId[] = Array.from({ length: maxCachedSettings + 1 }, (_, n) => accountOf(n));
  for (const account of many) await settings.of(account);
  assert.equal(settings.peek(accountOf(0)), undefined);
  assert.notEqual(settings.peek(accountOf(1)), undefined);
  clock.advance(settingsTrustMs);
  assert.equal(settings.peek(accountOf(1)), undefined);
  settings.close();
});

test('[CNV31] on a socket, too, what is cleared stays cleared, and nothing beyond the head is', async () => {
  await using exchange = await Exchange.open();
  await exchange.set(ana, 'own/0', '1');
  const conversation = await exchange.direct(ana, ben);
  for (let n = 0; n < 9; n++) await exchange.say(ben, conversation);
  const clear = (value: string) =>
    exchange.codeOf(ana, { kind: 'setting', conversation_id: accountLog(ana), key: clearKey(conversation), value });
  const upTo = () => exchange.messages.settings.clearedUpTo(ana, conversation);
  assert.deepEqual(await Promise.all(['7', '3', ''].map(clear)), ['ok', 'ok', 'ok']);
  await settle();
  assert.equal(await upTo(), 7);
  for (const [value, floor] of [
    ['5', 7],
    ['', 7],
    ['9', 9],
    ['4000', 10],
  ] as const) {
    assert.equal(await clear(value), 'ok');
    await settle();
    assert.equal(await upTo(), floor, `after "${value}"`);
  }
  const nowhere = clearKey(`c_${'A'.repeat(22)}` as ConversationId);
  assert.equal(
    await exchange.codeOf(ana, { kind: 'setting', conversation_id: accountLog(ana), key: nowhere, value: '7' }),
    'ok',
  );
  await settle();
  assert.equal((await exchange.sequencer.rows.get('settings', [ana, nowhere]))?.value, '');
});

test('[SND12] the setting beyond 10,000 is refused, also when many come at once; what is removed makes room', async () => {
  await using exchange = await Exchange.open();
  await exchange.set(ana, 'own/0', '1');
  const conversation_id = accountLog(ana);
  const codeOf = (key: string, value: string) => exchange.codeOf(ana, { kind: 'setting', conversation_id, key, value });
  for (let n = 1; n < wire.maxSettings - 5; n += 50) {
    const some = Array.from({ length: Math.min(50, wire.maxSettings - 5 - n) }, (_, i) => codeOf(`own/${n + i}`, '1'));
    assert.deepEqual([...new Set(await Promise.all(some))], ['ok']);
  }
  await settle();
  const last = await Promise.all(Array.from({ length: 20 }, (_, n) => codeOf(`own/last-${n}`, '1')));
  assert.deepEqual(
    last,
    last.map((_, n) => (n < 5 ? 'ok' : 'setting.too_many')),
  );
  await settle();
  assert.equal(await codeOf('own/one-more', '1'), 'setting.too_many');
  assert.equal(await codeOf('own/0', '2'), 'ok', 'one that is there may change');
  assert.equal(await codeOf('own/one-more', ''), 'ok', 'removing needs no room');
  assert.equal(await codeOf('own/7', ''), 'ok');
  await settle();
  assert.deepEqual([await codeOf('own/8', '2'), await codeOf('own/one-more', '1')], ['ok', 'ok']);
  await settle();
  assert.equal(await codeOf('own/two-more', '1'), 'setting.too_many');
});

test('[CLU20] while the store does not answer, settings that no hint has ended go on counting', async () => {
  const clock = new HandClock();
  const down = { isDown: false };
  const list = async () => {
    if (down.isDown) throw new Unavailable('down');
    return [];
  };
  const settings = new Settings({ get: async () => undefined, list }, new HeardBus(() => {}), clock);
  await settings.of(ana);
  down.isDown = true;
  clock.advance(settingsTrustMs);
  assert.equal(settings.peek(ana), undefined, 'the store is asked first');
  assert.equal((await settings.of(ana)).presence, 'contacts');
  assert.notEqual(settings.peek(ana), undefined, 'and not for every message');
  settings.changed(ana);
  await assert.rejects(settings.of(ana), Unavailable, 'what was changed since is not known');
  await assert.rejects(settings.of(ben), Unavailable);
  settings.close();
});

test('[CLU34] settings that are used are read again beside it before their time is over, once, and those of many bounded', async () => {
  const clock = new HandClock();
  const store = { reads: 0, gate: Promise.resolve() };
  const list = async () => {
    store.reads++;
    await store.gate;
    return [];
  };
  const settings = new Settings({ get: async () => undefined, list }, new HeardBus(() => {}), clock);
  const many = Array.from({ length: maxRenewals + 1 }, (_, n) => accountOf(n));
  for (const account of many) await settings.of(account);
  const each = store.reads / many.length;
  clock.advance(settingsTrustMs * 0.7);
  settings.peek(accountOf(0));
  assert.equal(store.reads, many.length * each, 'it is early');
  const { promise, resolve } = Promise.withResolvers<void>();
  store.gate = promise;
  store.reads = 0;
  clock.advance(settingsTrustMs * 0.2);
  for (const account of [...many, ...many]) assert.notEqual(settings.peek(account), undefined);
  assert.equal(store.reads, maxRenewals * each);
  resolve();
  await settle();
  clock.advance(settingsTrustMs * 0.2);
  assert.notEqual(settings.peek(accountOf(0)), undefined, 'nobody waits for what was read meanwhile');
  assert.equal(settings.peek(accountOf(maxRenewals)), undefined);
  settings.close();
});

test('[CLU34] a store that is down is not asked ahead for every message', async () => {
  const clock = new HandClock();
  const store = { reads: 0, isDown: false };
  const list = async () => {
    store.reads++;
    if (store.isDown) throw new Unavailable('down');
    return [];
  };
  const settings = new Settings({ get: async () => undefined, list }, new HeardBus(() => {}), clock);
  await settings.of(ana);
  store.isDown = true;
  clock.advance(settingsTrustMs * 0.9);
  const before = store.reads;
  settings.peek(ana);
  await settle();
  assert.ok(store.reads > before);
  const asked = store.reads;
  settings.peek(ana);
  await settle();
  assert.equal(store.reads, asked);
  settings.close();
});
