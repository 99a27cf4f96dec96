import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, blockKey, Conversation, type ConversationId, readReceiptsKey } from '@parley/protocol';
import { Compile } from 'typebox/compile';
import { maxCountedIntervals } from '../kernel/limits.ts';
import { accountLog, directConversation } from '../sequencer/conversation-ids.ts';
import { accountOf } from '../sequencer/stage.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { ana, ben, cem, dia, Exchange } from './fixture.ts';

test('[HIS6] a direct conversation has its peer, and says whether it is a request and whose', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben, false);
  const createdAt = new Date(exchange.clock.now()).toISOString();
  assert.deepEqual(await seen(exchange, ben, conversation), {
    conversation_id: conversation,
    kind: 'direct',
    peer: ana,
    accepted: false,
    requested_by: ana,
    contact: false,
    timer_seconds: 0,
    created_at: createdAt,
    role: 'member',
    joined_seq: 1,
    head: 1,
    ord: 0,
    member_n: 1,
    member_count: 2,
    read: 1,
    read_ord: 0,
    marks: [],
  });
  await exchange.say(ana, conversation);
  await exchange.say(ben, conversation);
  const { accepted, contact, peer } = await seen(exchange, ana, conversation);
  assert.deepEqual({ accepted, contact, peer }, { accepted: true, contact: true, peer: ben });
  const notes = await seen(exchange, ana, await exchange.direct(ana, ana));
  assert.deepEqual([notes.peer, notes.contact, notes.member_count], [undefined, false, 1]);
});

test('[HIS6] rooms have title, topic and access; groups have none; an account log is there for its account', async () => {
  await using exchange = await Exchange.open();
  const room = await exchange.make('room', [ana, ben]);
  await exchange.change(room, ana, { action: 'settings', title: 'Tea', topic: 'Leaves' });
  const { title, topic, access, role, member_count } = await seen(exchange, ben, room);
  assert.deepEqual(
    { title, topic, access, role, member_count },
    { title: 'Tea', topic: 'Leaves', access: 'open', role: 'member', member_count: 2 },
  );
  const group = await seen(exchange, ana, await exchange.make('group', [ana, ben]));
  assert.deepEqual([group.title, group.access, group.role], [undefined, undefined, 'owner']);
  await exchange.set(ana, 'own/a', '1');
  assert.equal((await seen(exchange, ana, accountLog(ana))).kind, 'account');
  assert.equal(await exchange.messages.views.of(ben, accountLog(ana)), null);
  assert.equal(await exchange.messages.views.of(dia, room), null);
  assert.equal(await exchange.messages.views.of(dia, directConversation(cem, dia)), null);
});

test('[HIS6] a change of role is no break; leaving and coming back is', async () => {
  await using exchange = await Exchange.open();
  for (const kind of ['group', 'room'] as const) {
    const conversation = await exchange.make(kind, [ana, ben]);
    if (kind === 'group') await exchange.change(conversation, ana, { action: 'add', subject: cem, role: 'member' });
    else await exchange.change(conversation, cem, { action: 'join', inviteHash: '' });
    const { joined_seq: joined } = await seen(exchange, cem, conversation);
    await exchange.change(conversation, ana, { action: 'role', subject: cem, role: 'admin' });
    await exchange.change(conversation, ana, { action: 'role', subject: cem, role: 'member' });
    assert.equal((await seen(exchange, cem, conversation)).joined_seq, joined);
    await exchange.change(conversation, cem, { action: 'leave' });
    assert.equal((await seen(exchange, cem, conversation)).joined_seq, joined);
    const again = await exchange.change(conversation, ana, { action: 'add', subject: cem, role: 'member' });
    const back = await seen(exchange, cem, conversation);
    assert.deepEqual([back.joined_seq, back.left_seq], [again, undefined]);
  }
});

test('[HIS6] of a conversation of very many comings and goings who has left is told no number', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.make('room', [ana, ben]);
  await exchange.change(conversation, ben, { action: 'leave' });
  await exchange.commit();
  const { joinedSeq, role } = { joinedSeq: 1, role: 'member' } as const;
  const others = Array.from({ length: maxCountedIntervals - 3 }, (_, n) => accountOf(100 + n));
  const rows = others.map((account) => ({ conversation, account, joinedSeq, leftSeq: null, role }));
  await exchange.store.commit(
    rows.map((row) => ({ table: 'members', row })),
    null,
  );
  assert.equal((await seen(exchange, ben, conversation)).member_count, maxCountedIntervals - 2);
  const last = { conversation, account: accountOf(1_000_000), joinedSeq, leftSeq: null, role } as const;
  await exchange.store.commit([{ table: 'members', row: last }], null);
  assert.equal((await seen(exchange, ben, conversation)).member_count, 0);
});

test('[HIS6] who has left sees it as it was then', async () => {
  await using exchange = await Exchange.open();
  for (const kind of ['group', 'room'] as const) {
    const conversation = await exchange.make(kind, [ana, ben]);
    await exchange.say(ana, conversation);
    await exchange.change(conversation, ana, { action: 'role', subject: ben, role: 'admin' });
    await exchange.change(conversation, ana, { action: 'role', subject: ben, role: 'member' });
    const then = await seen(exchange, ben, conversation);
    const left = await exchange.change(conversation, ben, { action: 'leave' });
    await exchange.say(ana, conversation);
    await exchange.read(ana, conversation, left + 1);
    await exchange.change(conversation, ana, { action: 'add', subject: cem, role: 'member' });
    const { role, left_seq, head, ord, member_n, member_count, marks } = await seen(exchange, ben, conversation);
    assert.deepEqual(
      { role, left_seq, head, ord, member_n, member_count, marks },
      {
        role: undefined,
        left_seq: left,
        head: left,
        ord: then.ord,
        member_n: then.member_n + 1,
        member_count: 1,
        marks: [],
      },
    );
  }
});

test('[HIS6] who has left a room sees its title and topic of then, until it is back', async () => {
  await using exchange = await Exchange.open();
  const room = await exchange.make('room', [ana, ben]);
  const called = async () => {
    const { title, topic } = await seen(exchange, ben, room);
    return [title, topic];
  };
  await exchange.change(room, ana, { action: 'settings', title: 'Tea', topic: 'green' });
  await exchange.change(room, ben, { action: 'leave' });
  await exchange.change(room, ana, { action: 'settings', title: 'Coffee', topic: 'black' });
  assert.deepEqual(await called(), ['Tea', 'green']);
  assert.equal((await seen(exchange, ana, room)).title, 'Coffee');
  await exchange.change(room, ana, { action: 'add', subject: ben, role: 'member' });
  assert.deepEqual(await called(), ['Coffee', 'black']);
  await exchange.change(room, ana, { action: 'remove', subject: ben });
  assert.deepEqual(await called(), ['Coffee', 'black']);
});

test('[HIS7] unread counts from the join on, and goes down with the own read', async () => {
  await using exchange = await Exchange.open();
  const unread = async (account: AccountId, conversation: ConversationId) => {
    const { ord, read_ord } = await seen(exchange, account, conversation);
    return ord - read_ord;
  };
  const group = await exchange.make('group', [ana, ben]);
  for (let i = 0; i < 5; i++) await exchange.say(ana, group);
  assert.equal(await unread(ben, group), 5);
  await exchange.change(group, ana, { action: 'add', subject: cem, role: 'member' });
  assert.equal(await unread(cem, group), 0);
  const seq = await exchange.say(ana, group);
  await exchange.say(ana, group);
  await exchange.say(ana, group, { kind: 'quiet' });
  assert.equal(await unread(cem, group), 2);
  await exchange.read(cem, group, seq);
  assert.equal(await unread(cem, group), 1);
  await exchange.read(cem, group, 1_000);
  assert.equal(await unread(cem, group), 0);
  await exchange.say(ana, group, { kind: 'quiet' });
  assert.equal(await unread(cem, group), 0);
  assert.equal(await unread(ben, group), 7);
  await exchange.received(ben, group, 1_000);
  assert.equal(await unread(ben, group), 7, 'what was delivered is not read');
});

test('[HIS7] nothing is unread of somebody who is blocked', async () => {
  await using exchange = await Exchange.open();
  const conversation = await exchange.direct(ana, ben);
  await exchange.set(ben, blockKey(ana), '1');
  const seq = await exchange.say(ana, conversation);
  const { head, ord, read, read_ord } = await seen(exchange, ben, conversation);
  assert.deepEqual([head, ord, read, read_ord], [seq, 1, seq, 1]);
});

test('[HIS8] marks are those of present others, as far as they may be seen, above a moment where there is one', async () => {
  await using exchange = await Exchange.open();
  const group = await exchange.make('group', [ana, ben, cem, dia]);
  const seq = await exchange.say(ana, group);
  await exchange.received(ben, group, seq);
  await exchange.read(cem, group, seq);
  await exchange.read(dia, group, seq);
  await exchange.read(ana, group, seq);
  await exchange.change(group, dia, { action: 'leave' });
  assert.deepEqual((await seen(exchange, ana, group)).marks, [
    { account: ben, delivered: seq, read: 0 },
    { account: cem, delivered: seq, read: seq },
  ]);
  const moment = exchange.clock.now();
  exchange.clock.advance(1);
  await exchange.read(ben, group, seq);
  assert.deepEqual((await exchange.messages.views.of(ana, group, moment))?.marks, [
    { account: ben, delivered: seq, read: seq },
  ]);
  const direct = await exchange.direct(ana, ben);
  const said = await exchange.say(ana, direct);
  await exchange.read(ben, direct, said);
  await exchange.set(ben, readReceiptsKey, 'off');
  assert.deepEqual((await seen(exchange, ana, direct)).marks, [{ account: ben, delivered: said, read: 0 }]);
});

test('[HIS8] the own mark is not read by itself where those of everybody are', async () => {
  const store = new MemoryStore();
  const asked: string[] = [];
  const get = store.get.bind(store);
  store.get = (table, key) => {
    asked.push(table);
    return get(table, key);
  };
  const exchange = await Exchange.open({ store });
  const group = await exchange.make('group', [ana, ben]);
  const seq = await exchange.say(ana, group);
  await exchange.read(ana, group, seq);
  await exchange.read(ben, group, seq);
  await exchange.commit();
  await using next = await exchange.restart();
  asked.length = 0;
  const { read, marks } = await seen(next, ana, group);
  assert.deepEqual([read, marks], [seq, [{ account: ben, delivered: seq, read: seq }]]);
  assert.ok(!asked.includes('marks'), asked.join(' '));
});

const schema = Compile(Conversation);

async function seen(exchange: Exchange, account: AccountId, conversation: ConversationId): Promise<Conversation> {
  const view = await exchange.messages.views.of(account, conversation);
  assert.ok(schema.Check(view), JSON.stringify(view));
  return view;
}
