import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, type ConversationId, limits as wire } from '@parley/protocol';
import { accountLog, madeConversation } from '../sequencer/conversation-ids.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';
import { wordsIn } from './sealed-fixture.ts';

const at = (conversation: ConversationId) => ({ params: { conversation_id: conversation } });
const direct = (account: AccountId) => ({ body: { kind: 'direct', account } }) as const;

test('[CNV28] own conversations come by newest activity, in pages that end; left ones and the log are not among them', async () => {
  await using desk = await Desk.open();
  await desk.set(ana, 'privacy/add', 'everyone');
  const groups: ConversationId[] = [];
  for (let n = 0; n < 7; n++) {
    desk.clock.advance(1_000);
    groups.push(await desk.make('group', [ana]));
  }
  const [oldest, left] = groups as [ConversationId, ConversationId];
  await desk.in('removeMember', ana, left, { account: ana });
  desk.clock.advance(1_000);
  await desk.say(ana, oldest, 'The newest is here.');
  const seen: ConversationId[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 2, ...(cursor === undefined ? {} : { cursor }) };
    const page = await desk.get('listConversations', ana, { query });
    seen.push(...page.items.map((item) => item.conversation_id));
    assert.equal(page.has_more, page.next_cursor !== undefined);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  assert.deepEqual(seen, [oldest, ...groups.slice(2).reverse()]);
  assert.deepEqual((await desk.get('listConversations', dia)).items, []);
  assert.equal(await desk.code('listConversations', ana, { query: { cursor: 'x' } }), 'frame.invalid');
});

test('[CNV28] conversations of the same moment are told apart', async () => {
  await using desk = await Desk.open();
  const groups = [await desk.make('group', [ana]), await desk.make('group', [ana]), await desk.make('group', [ana])];
  const first = await desk.get('listConversations', ana, { query: { limit: 1 } });
  const rest = await desk.get('listConversations', ana, { query: { cursor: first.next_cursor ?? '' } });
  const seen = [...first.items, ...rest.items].map((item) => item.conversation_id);
  assert.deepEqual([...seen].sort(), groups.sort());
});

test('[CNV12] the one who was asked accepts, once and again; the one who asked cannot', async () => {
  await using desk = await Desk.open();
  const { conversation_id: chat } = await desk.get('createConversation', ana, direct(ben));
  await desk.say(ana, chat, 'Hello');
  const records = desk.length;
  assert.equal(await desk.in('acceptConversation', ana, chat), 'conversation.denied');
  assert.equal(desk.length, records);
  const accepted = await desk.get('acceptConversation', ben, at(chat));
  assert.deepEqual([accepted.accepted, accepted.contact, accepted.head], [true, true, 3]);
  assert.deepEqual(await desk.get('acceptConversation', ben, at(chat)), accepted);
  assert.equal(
    (await desk.get('getConversation', ana, at(chat))).contact,
    true,
    'one has written, the other has accepted',
  );
});

test('[CNV18] settings are changed together, and a change that changes nothing is no record', async () => {
  await using desk = await Desk.open();
  const room = await desk.make('room', [ana, ben], { access: 'open' });
  const body = { title: 'Coffee', topic: 'Beans', access: 'invite', history: 'none' } as const;
  const view = await desk.get('updateConversation', ana, { ...at(room), body });
  assert.deepEqual([view.title, view.topic, view.access, view.head], ['Coffee', 'Beans', 'invite', 3]);
  assert.equal(desk.sequencer.rows.conversation(room)?.history, 'none');
  const records = desk.length;
  for (const nothing of [body, {}, { topic: 'Beans' }])
    assert.deepEqual(await desk.get('updateConversation', ana, { ...at(room), body: nothing }), view);
  assert.equal(desk.length, records);
  assert.equal(await desk.in('updateConversation', ben, room, { body: {} }), 'conversation.role');
});

test('[CNV18] a group has no title, topic or access here; a direct conversation has nothing to set', async () => {
  await using desk = await Desk.open();
  const group = await desk.make('group', [ana]);
  const chat = await desk.befriend(ana, ben);
  const set = (where: ConversationId, body: object) => desk.in('updateConversation', ana, where, { body });
  assert.equal(await set(group, { title: 'Tea' }), 'conversation.role');
  assert.equal(await set(group, { history: 'all' }), 'ok');
  for (const where of [chat, accountLog(ana)]) assert.notEqual(await set(where, { history: 'all' }), 'ok');
});

test('[CNV31] clearing hides everything up to a seq for this account alone, and never less again', async () => {
  await using desk = await Desk.open();
  for (const account of [ana, ben]) await desk.set(account, 'privacy/presence', 'contacts');
  const chat = await desk.befriend(ana, ben);
  for (const text of ['one', 'two', 'three']) await desk.say(ana, chat, text);
  const contents = async (account: AccountId) =>
    (await desk.get('listMessages', account, at(chat))).items.flatMap(({ content }) => wordsIn(content) ?? []);
  const clear = (seq: number) => desk.in('clearConversation', ben, chat, { body: { seq } });
  assert.equal(await clear(3), 'ok');
  assert.deepEqual([await contents(ana), await contents(ben)], [['one', 'two', 'three'], ['three']]);
  const records = desk.length;
  assert.equal(await clear(2), 'ok');
  assert.equal(desk.length, records, 'less is cleared already');
  assert.deepEqual(await contents(ben), ['three']);
  assert.equal(await clear(1_000), 'ok');
  assert.deepEqual(await contents(ben), []);
  await desk.say(ana, chat, 'four');
  assert.deepEqual(await contents(ben), ['four'], 'what comes later is not cleared');
});

test('[CNV31] of two devices that clear at once the one that clears more wins', async () => {
  await using desk = await Desk.open();
  await desk.set(ana, 'privacy/presence', 'contacts');
  const notes = (await desk.get('createConversation', ana, direct(ana))).conversation_id;
  for (const text of ['one', 'two', 'three']) await desk.say(ana, notes, text);
  await Promise.all([4, 2, 3].map((seq) => desk.in('clearConversation', ana, notes, { body: { seq } })));
  assert.equal(await desk.messages.settings.clearedUpTo(ana, notes), 4);
});

test('[SND12] clearing is refused when there is no place for one more setting', async () => {
  await using desk = await Desk.open();
  await desk.set(ana, 'own/0', '1');
  const [notes, other] = [await desk.get('createConversation', ana, direct(ana)), await desk.befriend(ana, ben)];
  for (const chat of [notes.conversation_id, other]) await desk.say(ana, chat, 'one');
  const clear = (chat: ConversationId, seq: number) => desk.in('clearConversation', ana, chat, { body: { seq } });
  assert.equal(await clear(notes.conversation_id, 1), 'ok');
  const act = { conversation: accountLog(ana), sender: ana, device: null };
  for (let n = 2; n < wire.maxSettings; n += 500) {
    const some = Array.from({ length: Math.min(500, wire.maxSettings - n) }, (_, i) => `own/${n + i}`);
    await Promise.all(some.map((key) => desk.messages.appender.setting(act, key, '1')));
  }
  assert.equal(await clear(other, 2), 'setting.too_many');
  assert.equal(await clear(notes.conversation_id, 2), 'ok', 'what is cleared already may be cleared further');
});

test('[CNV4] the log of another account, and one that was never in, cannot be looked at or cleared', async () => {
  await using desk = await Desk.open();
  await desk.set(ana, 'privacy/presence', 'contacts');
  const group = await desk.make('group', [ana]);
  const unknown = madeConversation('group', dia, desk.id());
  for (const where of [accountLog(ana), group, unknown])
    for (const name of ['getConversation', 'clearConversation', 'listMessages', 'listMembers'] as const)
      assert.equal(await desk.in(name, cem, where, { body: { seq: 1 } }), 'conversation.denied');
  assert.equal(await desk.in('clearConversation', ana, accountLog(ana), { body: { seq: 1 } }), 'conversation.denied');
});
