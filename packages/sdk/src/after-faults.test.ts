// What the simulation has found in the client, step by step.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope, MessageId } from '@parley/protocol';
import { sentTimeoutMs } from '@parley/protocol/limits';
import { clearKey } from '@parley/protocol/settings';
import { accountLog, ana, ben, chat, group, quiet, record, room, Stage, wire } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { accountId, settle } from './fixture.ts';
import * as limits from './limits.ts';

test('[SYN6] [INB9] own messages that survive a restore are not unread afterwards', async () => {
  const desk = new Desk();
  desk.open(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await stage.push(desk.say(chat), desk.say(chat, { sender: ana }), desk.say(chat, { sender: ana }));
  assert.equal(stage.conversation().snapshot.unread, 1);
  desk.cut(chat, 2);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.equal(stage.conversation().snapshot.unread, 1);
  await stage.close();
});

test('[SYN6] what waits to be sent never hits another message in the place of the one it names', async () => {
  const desk = new Desk();
  desk.open(chat);
  desk.open(accountLog, { kind: 'account' });
  const stage = await Stage.open();
  await stage.up(desk.list());
  for (let n = 1; n <= 3; n++) await stage.push(desk.say(chat, { sender: ana }));
  stage.socket.dropped();
  const conversation = stage.conversation();
  const edit = await conversation.edit(3, 'a better text');
  await conversation.deleteForEveryone(3);
  await conversation.react(1, '👍');
  await conversation.send('yes', { replyTo: 3 });
  await conversation.star(3, true);
  desk.cut(chat, 2);
  desk.say(chat, { id: record(chat, 77).id, content: 'something else' });
  await stage.upAgain(desk.list(), { epoch: 2 });
  assert.deepEqual(stage.outgoing, [], 'nothing goes out while seqs are compared');
  await desk.serve(stage);
  await settle();
  assert.deepEqual(
    stage.outgoing.map(({ content, targets, key }) => content ?? targets ?? key),
    ['{"type":"reaction","target":1,"emoji":"👍"}', 'yes'],
  );
  await assert.rejects(edit.reached('sent'), { code: 'message.unknown' });
  await stage.close();
});

test('[SYN6] what clears a conversation goes out, up to what the restored server has', async () => {
  const desk = new Desk();
  desk.open(chat);
  desk.open(accountLog, { kind: 'account' });
  const stage = await Stage.open();
  await stage.up(desk.list());
  for (let n = 1; n <= 3; n++) await stage.push(desk.say(chat));
  stage.socket.dropped();
  await stage.conversation().clear();
  desk.cut(chat, 2);
  await stage.upAgain(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  await settle();
  assert.deepEqual(
    stage.outgoing.map(({ key, value }) => [key, value]),
    [[clearKey(chat), '2']],
  );
  await stage.close();
});

test('[SYN6] [CNV31] what was cleared before a restore that lost it is cleared again, once, and only that', async () => {
  const desk = new Desk();
  for (const [id, kind] of [
    [chat, 'direct'],
    [group, 'group'],
    [accountLog, 'account'],
  ] as const)
    desk.open(id, { kind });
  const stage = await Stage.open();
  await stage.up(desk.list());
  const clears = (id: typeof chat, value: string, more: Partial<Envelope> = {}) =>
    desk.say(accountLog, { kind: 'setting', ord: 0, key: clearKey(id), value, sender: ana, ...more });
  for (let n = 1; n <= 3; n++) await stage.push(desk.say(chat), desk.say(group));
  await stage.push(clears(group, '1'), clears(chat, '2'));
  desk.cut(accountLog, 1);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  await settle();
  const said = () => stage.outgoing.map(({ key, value }) => [key, value]);
  assert.deepEqual(said(), [[clearKey(chat), '2']]);
  await stage.push(clears(chat, '2', { id: stage.outgoing[0]?.id as MessageId }));
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  await settle();
  assert.deepEqual(said(), []);
  await stage.close();
});

test('[SYN6] [OUT6] what had its tick and no seq goes again before what is newer', async () => {
  const desk = new Desk();
  desk.open(chat);
  desk.open(room, { kind: 'room' });
  const stage = await Stage.open();
  await stage.up(desk.list());
  await stage.conversation(room).send('elsewhere');
  await stage.conversation().send('one');
  await settle();
  for (const frame of stage.outgoing)
    await stage.push({ type: 'sent', id: frame.id as never, conversation_id: frame.conversation_id });
  stage.socket.dropped();
  await stage.conversation().send('two');
  await stage.upAgain(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  await settle();
  const texts = stage.outgoing.map(({ content }) => content);
  assert.deepEqual(
    texts.filter((text) => text !== 'elsewhere'),
    ['one', 'two'],
  );
  assert.equal(texts.length, 3);
  await stage.close();
});

test('[SYN6] [INB13] what is still here after a restore is said to be delivered again', async () => {
  const desk = new Desk();
  desk.open(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await stage.push(desk.say(chat), desk.say(chat));
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  await settle();
  assert.deepEqual(stage.receipts('received'), [[chat, 2]]);
  await stage.close();
});

test('[INB13] a client that begins says again how far it has got where everything was cleared, too', async () => {
  const before = await Stage.open();
  await before.up([wire(chat), wire(accountLog, { kind: 'account' })]);
  await before.push(record(chat, 1), record(chat, 2));
  await before.conversation().clear();
  const cleared = { kind: 'setting', ord: 0, key: clearKey(chat), value: '2', sender: ana } as const;
  await before.push(record(accountLog, 1, { ...cleared, content: undefined as never }));
  await before.push({ type: 'receipt', conversation_id: chat, account: ana, delivered: 2, read: 2 });
  await before.close();
  const stage = await Stage.open(before, 2);
  await stage.up([]);
  assert.deepEqual(stage.receipts('received'), [[chat, 2]]);
  assert.deepEqual(stage.receipts('read'), [[chat, 2]]);
  await stage.close();
});

test('[SYN6] [INB13] what was read stays read, and a restored server that has forgotten it is told', async () => {
  const desk = new Desk();
  desk.open(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await stage.push(desk.say(chat), desk.say(chat), desk.say(chat));
  await stage.conversation().markRead(3);
  desk.cut(chat, 2);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.deepEqual([stage.conversation().snapshot.unread, stage.conversation().snapshot.readSeq], [0, 2]);
  assert.deepEqual(stage.receipts('read'), [[chat, 2]]);
  await stage.push(desk.say(chat));
  assert.equal(stage.conversation().snapshot.unread, 1);
  await stage.close();
});

test('[SYN6] no watermark of the time before a restore is said before the conversation was cut', async () => {
  const desk = new Desk();
  desk.open(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  for (let n = 1; n <= 3; n++) await stage.push(desk.say(chat));
  await stage.conversation().markRead(3);
  desk.cut(chat, 1);
  for (let n = 2; n <= 4; n++) desk.say(chat, { id: record(chat, 70 + n).id });
  await stage.reconnect(desk.list(), { epoch: 2 });
  assert.deepEqual([...stage.receipts('received'), ...stage.receipts('read')], []);
  await desk.serve(stage);
  await stage.clock.advance(limits.receiptEveryMs);
  assert.deepEqual(stage.receipts('received'), [
    [chat, 1],
    [chat, 4],
  ]);
  assert.deepEqual(stage.receipts('read'), [[chat, 1]]);
  await stage.close();
});

test('[CNV15] what is no message is not deleted for everyone: a title, a timer, who came', async () => {
  const stage = await Stage.open();
  await stage.up([wire(group, { kind: 'group', role: 'owner' })]);
  await stage.push(
    record(group, 1, { ...quiet({ type: 'state', title: 'Tea' }), ord: 0, sender: ana }),
    record(group, 2, { kind: 'timer', seconds: 86_400, ord: 0, sender: ana, content: undefined as never }),
    record(group, 3, {
      ...{ kind: 'members', ord: 0, sender: ana, content: undefined as never },
      change: { action: 'add', subject: ben },
    }),
    record(group, 4, { ord: 1 }),
  );
  const conversation = stage.conversation(group);
  for (const seq of [1, 2, 3]) await assert.rejects(conversation.deleteForEveryone(seq), { code: 'message.unknown' });
  await conversation.deleteForEveryone(4);
  await settle();
  assert.deepEqual(
    stage.outgoing.map(({ targets }) => targets),
    [[4]],
  );
  await stage.close();
});

const members = {
  items: [
    { account: ana, role: 'owner', joined_seq: 1 },
    { account: ben, role: 'member', joined_seq: 1 },
  ],
  has_more: false,
};
const route = `GET /v1/conversations/${group}/members`;

test('[SYN8] a list that could not be read before the connection broke is read on the next one', async () => {
  const stage = await Stage.open();
  const items = [wire(group, { kind: 'group' })];
  await stage.up(items);
  stage.conversation(group).timeline();
  await settle();
  assert.equal(stage.conversation(group).members.snapshot.loaded, false);
  stage.http.on(route, members);
  await stage.reconnect(items);
  assert.equal(stage.conversation(group).members.snapshot.items.length, 2);
  await stage.close();
});

test('[SYN6] [SYN8] the members of a group are read again after a restore', async () => {
  const desk = new Desk();
  desk.open(group, { kind: 'group' });
  const stage = await Stage.open();
  stage.http.on(route, members);
  await stage.up(desk.list());
  await stage.conversation(group).members.load();
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.equal(stage.conversation(group).members.snapshot.items.length, 2);
  await stage.close();
});

test('[OUT2] [LOC4] a rejection that could not be kept is kept as soon as it can be', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const sent = await stage.conversation().send('one');
  await settle();
  stage.store.failure = new Error('the disk is full');
  await stage.refuse({ id: sent.id }, 'conversation.denied');
  assert.equal(sent.state, 'pending');
  stage.store.failure = null;
  await stage.clock.advance(limits.retryMinMs);
  await assert.rejects(sent.reached('sent'), { code: 'conversation.denied' });
  await stage.close();
});

test('[OUT2] [LOC4] what came back and could not be kept is sent again until it can be', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.conversation().send('one');
  await settle();
  const [frame] = stage.outgoing;
  assert.ok(frame);
  stage.store.failure = new Error('the disk is full');
  await stage.push({ type: 'sent', id: frame.id as never, conversation_id: chat }, stage.confirm(frame, 1));
  stage.store.failure = null;
  // It was cleared on another device meanwhile: what is read now does not have it.
  await stage.clock.advance(sentTimeoutMs);
  assert.equal(stage.outgoing.length, 2);
  await stage.push(stage.confirm(frame, 1));
  const timeline = stage.conversation().timeline();
  await settle();
  assert.deepEqual(
    timeline.snapshot.items.map(({ seq, state }) => [seq, state]),
    [[1, 'sent']],
  );
  await stage.clock.advance(sentTimeoutMs);
  assert.equal(stage.outgoing.length, 2);
  await stage.close();
});

test('[SYN13] a group without a title is called the same in whatever order its members came to be known', async () => {
  const others = Array.from({ length: limits.titleNames + 2 }, (_, n) => accountId(10 + n));
  const items = others.map((account) => ({ account, role: 'member', joined_seq: 1 }));
  const people = others.map((account, n) => ({ account, handle: `person${n}`, name: `Person ${n}`, kind: 'person' }));
  const titles: string[] = [];
  for (const list of [items, items.toReversed()]) {
    const stage = Stage.make();
    stage.http.on('GET /v1/accounts', { items: people, has_more: false });
    stage.http.on(`GET /v1/conversations/${group}/members`, { items: list, has_more: false });
    await stage.connect();
    await stage.up([wire(group, { kind: 'group', peer: undefined as never, member_count: items.length })]);
    await stage.conversation(group).members.load();
    await stage.client.people.load(others);
    titles.push(stage.conversation(group).snapshot.title);
    await stage.close();
  }
  assert.equal(titles[0], titles[1]);
  assert.equal(titles[0]?.split(', ').length, limits.titleNames);
});
