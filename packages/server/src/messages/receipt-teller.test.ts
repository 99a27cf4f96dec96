import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, blockKey, readReceiptsKey } from '@parley/protocol';
import { maxReceiptsPaced, maxToldGroup, maxToldRows } from '../kernel/limits.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { accountOf, HandClock } from '../sequencer/stage.ts';
import type { ConversationRow } from '../store/store.ts';
import { ChangeCounters } from './change-counters.ts';
import { ana, ben, cem, dia, Exchange, frameOf, settle } from './fixture.ts';
import { HeardBus } from './heard-bus-fixture.ts';
import { movedHere } from './marks-between.ts';
import type { LiveRows } from './parts.ts';
import { ReceiptTeller } from './receipt-teller.ts';
import { Settings } from './settings.ts';

test('[RCP4] a rise is told at once, then at most twice a second, the newest always within half a second', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  for (const account of [ana, ben]) await exchange.messages.settings.of(account);
  const seqs: number[] = [];
  for (let i = 0; i < 30; i++) seqs.push(await exchange.say(ana, conversation));
  const start = exchange.clock.now();
  const told: { readonly at: number; readonly delivered: number }[] = [];
  exchange.bus.subscribe((hint) => {
    if (hint.type !== 'accounts') return;
    told.push({ at: exchange.clock.now() - start, delivered: frameOf('receipt', hint.frame).delivered });
  });
  for (const seq of seqs) {
    await exchange.received(ben, conversation, seq);
    await exchange.pass(70);
  }
  await exchange.pass(500);
  assert.equal(told[0]?.at, 0);
  assert.equal(told.at(-1)?.delivered, seqs.at(-1));
  for (const [i, { at: time }] of told.entries()) {
    const within = told.slice(i).filter((other) => other.at - time < 1_000);
    assert.ok(within.length <= 2, `at ${time} more than two a second`);
  }
  for (const [i, seq] of seqs.entries()) {
    const heard = told.find(({ delivered }) => delivered >= seq);
    assert.ok(heard !== undefined && heard.at - i * 70 <= 500, `seq ${seq} was told late`);
  }
});

test('[RCP4] a clock that is set back delays nothing', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const [first, second] = [await exchange.say(ana, conversation), await exchange.say(ana, conversation)];
  for (const account of [ana, ben]) await exchange.messages.settings.of(account);
  await exchange.received(ben, conversation, first);
  const now = exchange.clock.now.bind(exchange.clock);
  exchange.clock.now = () => now() - 20_000;
  await exchange.received(ben, conversation, second);
  exchange.receipts();
  await exchange.pass(500);
  assert.deepEqual(exchange.receipts(), [{ to: [ana], account: ben, delivered: second, read: 0 }]);
});

test('[RCP6] in a group everybody is told of everybody, whatever they have set', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben, cem]);
  const seq = await exchange.say(ana, group);
  await exchange.set(ben, readReceiptsKey, 'off');
  await exchange.set(ben, blockKey(ana), '1');
  exchange.receipts();
  await exchange.read(ben, group, seq);
  assert.deepEqual(exchange.receipts(), [{ to: [ana, ben, cem].sort(), account: ben, delivered: seq, read: seq }]);
});

test('[RCP6] in a large group the senders of what is covered are told, the others find it in changes', async () => {
  await using exchange = await Exchange.open();
  const many = Array.from({ length: maxToldGroup + 1 }, (_, n) => accountOf(n + 1));
  const group = await exchange.make('group', many);
  await exchange.say(ana, group);
  const seq = await exchange.say(ben, group);
  for (const account of [ana, cem, dia]) await exchange.messages.frames.connected({ ...device, account });
  const { since } = await exchange.changed(dia);
  const counter = await counterOf(exchange, dia);
  exchange.receipts();
  await exchange.received(cem, group, seq);
  assert.deepEqual(exchange.receipts(), [{ to: [ana, ben].sort(), account: cem, delivered: seq, read: 0 }]);
  await exchange.pass(500);
  assert.notEqual(await counterOf(exchange, dia), counter);
  const [item] = (await exchange.changes(dia, since)).items;
  assert.deepEqual(item?.marks, [{ account: cem, delivered: seq, read: 0 }]);
  let last = seq;
  for (let i = 0; i <= maxToldRows; i++) last = await exchange.say(ana, group);
  await exchange.pass(500);
  exchange.receipts();
  await exchange.received(cem, group, last);
  assert.deepEqual(exchange.receipts(), [], 'too much at once is not pushed');
});

test('[RCP10] marks that are paced are bounded: beyond it counters move and nothing is pushed, until there is room', async () => {
  const clock = new HandClock();
  const bus = new HeardBus(() => {});
  const counters = new ChangeCounters();
  const room = { kind: 'room', members: null } as ConversationRow;
  const rows = { conversation: () => room } as unknown as LiveRows;
  const settings = new Settings(rows, bus, clock);
  const teller = new ReceiptTeller({
    rows,
    settings,
    moved: movedHere(counters),
    bus,
    clock,
    fault: (_where, error) => assert.fail(error as Error),
  });
  const risen = (account: AccountId) => ({ account, delivered: 2, read: 2, deliveredChange: 1, readChange: 1 });
  counters.connected(dia);
  const tell = (account: AccountId) =>
    teller.tell(directConversation(ana, ben), risen(account), { delivered: 1, read: 1 });
  for (let n = 0; n < maxReceiptsPaced; n++) tell(ana);
  const before = counters.of(dia);
  tell(dia);
  assert.equal(bus.hints.length, maxReceiptsPaced);
  assert.equal(teller.size, maxReceiptsPaced);
  assert.notEqual(counters.of(dia), before);
  clock.advance(500);
  assert.equal(teller.size, 0);
  tell(dia);
  assert.equal(bus.hints.length, maxReceiptsPaced + 1);
  teller.close();
  assert.equal(clock.pending, 0);
});

test('[RCP12] with everything at hand a receipt is told in the very turn in which it was said', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  const seq = await exchange.say(ana, conversation);
  for (const account of [ana, ben]) await exchange.messages.settings.of(account);
  await exchange.received(ben, conversation, seq);
  await exchange.pass(500);
  const next = await exchange.say(ana, conversation);
  exchange.receipts();
  const saying = exchange.read(ben, conversation, next);
  assert.equal(exchange.receipts().length, 1);
  await saying;
});

const device = { account: ana, device: 'd_1' as never, admin: false, address: '192.0.2.1' };

async function counterOf(exchange: Exchange, account: AccountId): Promise<string> {
  await exchange.messages.frames.connected({ ...device, account });
  await settle();
  return exchange.messages.frames.changeCounter(account);
}
