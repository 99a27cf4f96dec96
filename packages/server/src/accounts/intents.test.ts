import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import { LocalBus } from '../bus/local-bus.ts';
import type { IntentRow } from '../directory/directory.ts';
import { memoryDirectory } from '../directory/memory-directory.ts';
import { accountId, all, inviteRow, signUp } from '../directory/sample-rows.ts';
import { intentRetryMs, intentsPage, maxIntentRetryMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { directConversation } from '../sequencer/conversation-ids.ts';
import { TestConversations } from './fixture.ts';
import { contactIntent, deleteIntent, openIntent } from './intent-rows.ts';
import { Intents } from './intents.ts';

const ana = accountId('ana');
const ben = accountId('ben');
const settle = () => new Promise((resolve) => setImmediate(resolve));

function open() {
  const clock = new ManualClock();
  const directory = memoryDirectory();
  const conversations = new TestConversations();
  const hints: Hint[] = [];
  const bus = new LocalBus((error) => assert.fail(String(error)));
  bus.subscribe((hint) => hints.push(hint));
  const events = silentEvents();
  const intents = new Intents({ directory, conversations, bus, clock, events });
  const add = async (handle: string, inviter: AccountId | null = null, createdAt = 1_000): Promise<IntentRow> => {
    const intent = openIntent(accountId(handle), inviter, createdAt);
    await directory.accounts.signUp(signUp(handle, {}, { intent }));
    return intent;
  };
  const left = async () => (await directory.intents.open(10_000)).length;
  return { clock, directory, conversations, hints, events, intents, add, left };
}

test('[ACC25] an intent is closed when it is done, and tells both that they are contacts', async () => {
  const { conversations, hints, intents, add, left } = open();
  const done = await intents.perform(await add('ana', ben));
  assert.deepEqual(done, { ok: true, value: directConversation(ana, ben) });
  assert.ok(conversations.opened.has(ana));
  assert.equal(await left(), 0);
  assert.deepEqual(
    hints.map((hint) => hint.type === 'accounts' && hint.accounts),
    [[ana, ben]],
  );
});

test('[ACC25] the same purpose has the same id, another one another', () => {
  const ids = [
    openIntent(ana, null, 1),
    openIntent(ana, ben, 2),
    contactIntent(ana, ben, 3),
    contactIntent(ana, ben, 4),
  ];
  const [open1, open2, contact1, contact2] = ids.map((row) => row.intent);
  assert.deepEqual([open1, contact1], [open2, contact2]);
  const others = [open1, contact1, contactIntent(ben, ana, 1).intent, deleteIntent(ana, 1).intent];
  assert.equal(new Set(others).size, 4);
  for (const id of others) assert.match(id ?? '', /^[A-Za-z0-9_-]{22}$/);
});

test('[ACC25] what the process before has begun is finished, oldest first', async () => {
  const { conversations, intents, add } = open();
  const second = await add('ana', null, 2_000);
  const first = await add('ben', null, 1_000);
  assert.equal(await intents.finish(), 0);
  assert.deepEqual(conversations.intents, [first.intent, second.intent]);
});

test('[ACC25] more than a page of them is finished too', async () => {
  const { conversations, intents, add, left } = open();
  for (let n = 0; n <= intentsPage; n++) await add(`p${n}`, null, n);
  assert.equal(await intents.finish(), 0);
  assert.deepEqual([await left(), conversations.opened.size], [0, intentsPage + 1]);
});

test('[ACC25] one that cannot be done holds up no other, and is an alarm until it is done', async () => {
  const { clock, conversations, directory, events, intents, add, left } = open();
  await add('ana', null, 1_000);
  await add('ben', null, 2_000);
  const openConversations = conversations.openConversations.bind(conversations);
  conversations.openConversations = async (account, inviter, intent) => {
    conversations.failing = account === ana;
    return openConversations(account, inviter, intent);
  };
  assert.equal(await intents.finish(), 1);
  assert.ok(conversations.opened.has(ben));
  assert.deepEqual(
    (await directory.intents.open(9)).map((row) => row.account),
    [ana],
  );
  assert.equal(events.alarms().length, 1);
  conversations.openConversations = openConversations;
  conversations.failing = false;
  clock.advance(intentRetryMs);
  await settle();
  assert.equal(await left(), 0);
  assert.equal(events.alarms().length, 0);
});

test('[ACC25] however many cannot be done, those behind them are', async () => {
  const { conversations, intents, add, left } = open();
  for (let n = 0; n < 2 * intentsPage; n++) await add(`p${n}`, null, n);
  await add('ana', null, 5_000);
  const openConversations = conversations.openConversations.bind(conversations);
  conversations.openConversations = async (account, inviter, intent) => {
    conversations.failing = account !== ana;
    return openConversations(account, inviter, intent);
  };
  assert.equal(await intents.finish(), 2 * intentsPage);
  assert.deepEqual([await left(), conversations.opened.has(ana)], [2 * intentsPage, true]);
});

test('[ACC25] it is tried again with growing pauses, up to a bound', async () => {
  const { clock, conversations, intents, add } = open();
  conversations.failing = true;
  assert.deepEqual(await intents.perform(await add('ana')), { ok: false, code: 'unavailable' });
  for (let pause = intentRetryMs, tries = 2; pause < 4 * maxIntentRetryMs; pause *= 2, tries++) {
    const bounded = Math.min(pause, maxIntentRetryMs);
    clock.advance(bounded - 1);
    await settle();
    assert.equal(conversations.intents.length, tries - 1);
    clock.advance(1);
    await settle();
    assert.equal(conversations.intents.length, tries);
  }
  assert.equal(new Set(conversations.intents).size, 1, 'always with the same id');
});

test('[ACC25] a refusal keeps it open as a fault does', async () => {
  const { conversations, intents, add, left } = open();
  conversations.refusing = 'conversation.full';
  assert.deepEqual(await intents.perform(await add('ana')), { ok: false, code: 'conversation.full' });
  assert.equal(await left(), 1);
  conversations.refusing = null;
  assert.equal(await intents.finish(), 0);
});

test('[ACC25] after the stop nothing is begun', async () => {
  const { clock, conversations, intents, add } = open();
  conversations.failing = true;
  await intents.perform(await add('ana'));
  intents.stop();
  assert.equal(await intents.finish(), 1);
  clock.advance(10 * maxIntentRetryMs);
  await settle();
  assert.equal(conversations.intents.length, 1);
});

test('[ACC24] deletion leaves everything, then erases, then tells the contacts', async () => {
  const { conversations, directory, hints, intents, add } = open();
  await add('ben');
  await intents.perform(await add('ana', ben));
  await directory.invites.add(inviteRow('hers', ana), 50);
  const intent = deleteIntent(ana, 3_000);
  await directory.accounts.change(ana, { state: 'leaving' }, { end: all('revoked'), intent });
  hints.length = 0;
  conversations.failing = true;
  assert.equal((await intents.perform(intent)).ok, false);
  assert.equal((await directory.accounts.get([ana]))[0]?.handle, 'ana', 'not before it has left');
  conversations.failing = false;
  assert.deepEqual(await intents.perform(intent), { ok: true, value: null });
  assert.ok(conversations.left.has(ana));
  assert.deepEqual((await directory.accounts.get([ana]))[0]?.state, 'deleted');
  assert.equal(await directory.invites.bySecret('secret of hers'), undefined);
  assert.deepEqual(
    hints.map((hint) => hint.type === 'accounts' && hint.accounts),
    [[ben]],
  );
});
