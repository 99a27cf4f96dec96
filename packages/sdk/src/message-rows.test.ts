// How rows look in a timeline: which get a new view, what replies show, which records have none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope, MemberChange } from '@parley/protocol';
import {
  ana,
  ben,
  body,
  chat,
  cleo,
  group,
  quiet,
  record,
  room,
  Stage,
  type WireChanges,
  wire,
} from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';

/** A client in a chat of so many messages, of which it has the newest page. */
async function inChat(count: number, more: WireChanges = {}) {
  const desk = new Desk();
  desk.open(chat, more);
  for (let n = 1; n <= count; n++) desk.say(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await desk.serve(stage);
  return { desk, stage };
}

test('[TLN9] only what changed gets a new view', async () => {
  const { stage } = await inChat(0);
  await stage.push(record(chat, 1), record(chat, 2, { sender: ana }), record(chat, 3, { sender: ana }));
  await stage.conversation().send('on its way');
  await stage.conversation().send('too');
  const timeline = stage.conversation().timeline();
  await settle();
  let before = timeline.snapshot.items;
  const changed = () => {
    const now = timeline.snapshot.items;
    const texts = now.filter((item, at) => item !== before[at]).map((item) => item.text);
    before = now;
    return texts;
  };
  await stage.push(record(chat, 4, quiet({ type: 'reaction', target: 1, emoji: '👍' })));
  assert.deepEqual(changed(), ['text 1']);
  await stage.push({ type: 'receipt', conversation_id: chat, account: ben, delivered: 2, read: 0 });
  assert.deepEqual(changed(), ['text 2']);
  await stage.push({ type: 'receipt', conversation_id: chat, account: ben, delivered: 3, read: 0 });
  assert.deepEqual(changed(), ['text 3']);
  const [first] = stage.outgoing;
  await stage.push({ type: 'sent', id: first?.id as never, conversation_id: chat });
  assert.deepEqual(changed(), ['on its way']);
  await stage.conversation().star(1, true);
  assert.deepEqual(changed(), ['text 1']);
  await stage.conversation().pin(2, true);
  assert.deepEqual(changed(), ['text 2']);
  await stage.push(record(chat, 5, { ...quiet({ type: 'pin', target: 3, pinned: true }), ord: 3 }));
  assert.deepEqual(changed(), ['text 3']);
  await stage.close();
});

test('[TLN11] a reply shows what it answers as it is now, or that it is deleted or not on this device', async () => {
  const { stage } = await inChat(0);
  const answer = (to: number): Partial<Envelope> => body({ type: 'text', text: 'yes', reply_to: to });
  await stage.push(
    record(chat, 1),
    record(chat, 2),
    record(chat, 3, answer(1)),
    record(chat, 4, answer(2)),
    record(chat, 5, answer(99)),
    record(chat, 6, { ...quiet({ type: 'edit', target: 1, text: 'better' }), ord: 5 }),
    record(chat, 7, { kind: 'delete', targets: [2], ord: 5, content: undefined as never }),
  );
  const timeline = stage.conversation().timeline();
  await settle();
  assert.ok(timeline.snapshot.items.length > 0);
  await settle();
  const quotes = timeline.snapshot.items.flatMap(({ replyTo }) =>
    replyTo === null ? [] : [[replyTo.text, replyTo.state]],
  );
  assert.deepEqual(quotes, [
    ['better', 'here'],
    ['', 'deleted'],
    ['', 'missing'],
  ]);
  const told = await stage.conversation().message(3);
  assert.equal(told?.replyTo?.text, 'better');
  await stage.close();
});

test('[TLN12] rooms have no rows for coming and going, direct chats none for members, links have none anywhere', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(group, { kind: 'group' }), wire(room, { kind: 'room', title: 'Tea' })]);
  const all: readonly MemberChange[] = [
    { action: 'create', members: [ana] },
    { action: 'add', subject: cleo },
    { action: 'join', subject: cleo },
    { action: 'leave', subject: cleo },
    { action: 'remove', subject: cleo },
    { action: 'role', subject: cleo, role: 'admin' },
    { action: 'accept' },
    { action: 'settings', title: 'Coffee' },
    { action: 'invite' },
    { action: 'revoke_invite' },
  ];
  const actions = async (id: typeof chat) => {
    for (const [at, change] of all.entries())
      await stage.push(
        record(id, at + 1, { kind: 'members', ord: 0, member_n: at + 2, change, content: undefined as never }),
      );
    const timeline = stage.conversation(id).timeline();
    await settle();
    return timeline.snapshot.items.map((item) => item.change?.action);
  };
  assert.deepEqual(await actions(room), ['create', 'role', 'settings']);
  assert.deepEqual(await actions(group), ['create', 'add', 'join', 'leave', 'remove', 'role', 'settings']);
  assert.deepEqual(await actions(chat), []);
  await stage.close();
});
