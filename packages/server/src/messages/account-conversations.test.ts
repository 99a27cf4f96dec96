import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, ConversationId } from '@parley/protocol';
import type { IntentRow } from '../directory/directory.ts';
import { leavesAtOnce } from '../kernel/limits.ts';
import { accountLog, directConversation } from '../sequencer/conversation-ids.ts';
import { accountOf } from '../sequencer/stage.ts';
import { ana, ben, cem, Desk, dia } from './rest-fixture.ts';

const at = (conversation: ConversationId) => ({ params: { conversation_id: conversation } });

function intentOf(kind: IntentRow['kind'], account: AccountId, inviter: AccountId | null = null): IntentRow {
  return { intent: `${kind} ${account}`.slice(0, 22), kind, account, inviter, createdAt: 1_790_000_000_000 };
}

test('[CNV36] an account begins with its log and its notes', async () => {
  await using desk = await Desk.open();
  const opened = await desk.accounts.openConversations(ana, null, intentOf('open', ana));
  assert.deepEqual(opened, { ok: true, value: { conversation_id: null } });
  const own = desk.accounts.own(ana);
  assert.deepEqual(own, { account_log: accountLog(ana), notes: directConversation(ana, ana) });
  const [log, notes] = [
    await desk.get('getConversation', ana, at(own.account_log)),
    await desk.get('getConversation', ana, at(own.notes)),
  ];
  assert.deepEqual(
    [log.kind, log.head, notes.kind, notes.accepted, notes.contact],
    ['account', 1, 'direct', true, false],
  );
});

test('[CNV36] who was invited begins with a chat of contacts, also where one had asked before', async () => {
  await using desk = await Desk.open();
  const { conversation_id: asked } = await desk.get('createConversation', ben, {
    body: { kind: 'direct', account: ana },
  });
  const opened = await desk.accounts.openConversations(ana, ben, intentOf('open', ana, ben));
  assert.deepEqual(opened, { ok: true, value: { conversation_id: asked } });
  const view = await desk.get('getConversation', ben, at(asked));
  assert.deepEqual([view.accepted, view.contact, view.head], [true, true, 2]);
  const met = await desk.accounts.openContact(cem, ben, intentOf('contact', cem, ben));
  assert.ok(met.ok);
  assert.equal((await desk.get('getConversation', cem, at(met.value.conversation_id))).contact, true);
});

test('[CNV38] opening again, also by the next process, opens nothing again', async () => {
  await using desk = await Desk.open();
  const intent = intentOf('open', ana, ben);
  const twice = await Promise.all([0, 1].map(() => desk.accounts.openConversations(ana, ben, intent)));
  assert.deepEqual(twice[0], twice[1]);
  await using next = await Desk.open({ store: desk.store, log: desk.log });
  assert.deepEqual(await next.accounts.openConversations(ana, ben, intent), twice[0]);
  for (const conversation of [accountLog(ana), directConversation(ana, ana), directConversation(ana, ben)])
    assert.equal(next.sequencer.rows.conversation(conversation)?.seq, 1);
});

test('[CNV37] who goes leaves every group and room, ownership passes on, and direct chats stay', async () => {
  await using desk = await Desk.open();
  const chat = await desk.befriend(ana, ben);
  const owned = await desk.make('group', [ana, ben, cem]);
  const room = await desk.make('room', [ben, ana], { access: 'open' });
  const alone = await desk.make('group', [ana]);
  const many: ConversationId[] = [];
  for (let n = 0; n < leavesAtOnce + 5; n++) many.push(await desk.make('group', [ben, ana]));
  const intent = intentOf('delete', ana);
  assert.deepEqual(await desk.accounts.leaveEverything(ana, intent), { ok: true, value: null });
  const state = (conversation: ConversationId) => desk.sequencer.rows.conversation(conversation);
  assert.deepEqual(
    [...(state(owned)?.members ?? [])].map(([account, { role }]) => [account, role]),
    [
      [ben, 'owner'],
      [cem, 'member'],
    ],
  );
  assert.deepEqual([state(room)?.memberCount, state(alone)?.memberCount], [1, 0]);
  assert.ok(many.every((group) => state(group)?.memberCount === 1));
  assert.equal((await desk.get('getConversation', ben, at(chat))).peer, ana);
  const records = desk.length;
  assert.deepEqual(await desk.accounts.leaveEverything(ana, intent), { ok: true, value: null });
  assert.equal(desk.length, records, 'twice is once');
});

test('[CNV38] leaving that broke off is finished; who came in again meanwhile leaves again', async () => {
  await using desk = await Desk.open();
  const groups = [await desk.make('group', [ben, ana]), await desk.make('group', [ben, ana])];
  const room = await desk.make('room', [ben, ana], { access: 'open' });
  const intent = intentOf('delete', ana);
  await Promise.all([desk.accounts.leaveEverything(ana, intent), desk.accounts.leaveEverything(ana, intent)]);
  await desk.in('joinRoom', ana, room);
  assert.equal(desk.sequencer.rows.conversation(room)?.memberCount, 2);
  await using next = await Desk.open({ store: desk.store, log: desk.log });
  assert.deepEqual(await next.accounts.leaveEverything(ana, intent), { ok: true, value: null });
  for (const conversation of [...groups, room]) {
    const state = next.sequencer.rows.conversation(conversation);
    assert.equal(state?.memberCount, 1);
  }
});

test('[CNV39] contacts are those of direct chats of contacts: not requests, groups, the account itself', async () => {
  await using desk = await Desk.open();
  await desk.accounts.openConversations(ana, ben, intentOf('open', ana, ben));
  await desk.get('createConversation', ana, { body: { kind: 'direct', account: cem } });
  await desk.make('group', [ana, dia]);
  const contacts = async () => [...(await desk.accounts.contactsOf(ana))].sort();
  assert.deepEqual(await contacts(), [ben]);
  const { conversation_id: chat } = await desk.get('createConversation', ana, {
    body: { kind: 'direct', account: cem },
  });
  await desk.say(ana, chat, 'Hello');
  await desk.say(cem, chat, 'Hello');
  assert.deepEqual(await contacts(), [ben, cem]);
  assert.deepEqual(await desk.accounts.contactsOf(accountOf(9)), []);
});
