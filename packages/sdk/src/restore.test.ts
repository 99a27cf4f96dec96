// A server that was restored from a backup.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, chat, group, leading, quiet, record, Stage } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

const texts = (count: number, from = 1) => Array.from({ length: count }, (_, at) => `text ${from + at}:received`);

test('[SYN6] after a restore each conversation is cut to what both have; messages above stay, marked', async () => {
  const desk = new Desk();
  desk.open(chat);
  desk.open(group, { kind: 'group' });
  const stage = await Stage.open();
  await stage.up(desk.list());
  for (let n = 1; n <= 6; n++) await stage.push(desk.say(chat));
  const second = desk.say(chat, quiet({ type: 'reaction', target: 2, emoji: '👍' }));
  await stage.push(second, desk.say(group));
  await stage.push({ type: 'receipt', conversation_id: chat, account: ben, delivered: 6, read: 6 });
  await stage.conversation().markRead(6);
  desk.cut(chat, 3);
  desk.forget(group);
  // Somebody has said something else in the old places since.
  desk.say(chat, { id: record(group, 77).id, content: 'new at 4' });
  await stage.reconnect(desk.list(), { epoch: 2 });
  await stage.push(record(chat, 5, { content: 'pushed too early' }));
  await desk.serve(stage);
  const timeline = stage.conversation().timeline();
  await settle();
  assert.deepEqual(
    timeline.snapshot.items.map((item) => [item.text, item.seq, item.onlyHere]),
    [
      ['text 1', 1, false],
      ['text 2', 2, false],
      ['text 3', 3, false],
      ['text 4', null, true],
      ['text 5', null, true],
      ['text 6', null, true],
      ['new at 4', 4, false],
    ],
  );
  assert.deepEqual(timeline.snapshot.items[1]?.reactions, []);
  assert.equal(stage.conversation(group).snapshot.head, 0);
  assert.equal(stage.conversation(group).snapshot.role, null);
  assert.equal(stage.conversation(group).snapshot.membership, 'left');
  assert.ok(stage.client.conversations.snapshot.some(({ id }) => id === group));
  assert.deepEqual(await stage.shown(group), ['text 1:received']);
  // What both have stays read; above it nothing of the first epoch is taken for read in the second.
  assert.deepEqual([stage.conversation().snapshot.readSeq, stage.conversation().snapshot.unread], [3, 1]);
  await stage.push(desk.say(chat, { id: record(chat, 5).id, content: 'text 5' }));
  assert.deepEqual(
    timeline.snapshot.items.map((item) => item.text),
    ['text 1', 'text 2', 'text 3', 'text 4', 'text 6', 'new at 4', 'text 5'],
  );
  await stage.close();
});

test('[SYN6] [TLN7] who looks at messages that are all cut away goes on seeing them, marked, also of a chat that is gone', async () => {
  for (const left of [3, 0]) {
    const desk = new Desk();
    desk.open(chat);
    const stage = await Stage.open();
    await stage.up(desk.list());
    for (let n = 1; n <= 2 * limits.windowRows; n++) await stage.push(desk.say(chat));
    const timeline = stage.conversation().timeline();
    await settle();
    const before = timeline.snapshot.items.map(({ text }) => text);
    assert.equal(before[0], `text ${limits.windowRows + 1}`);
    if (left === 0) desk.forget(chat);
    else desk.cut(chat, left);
    await stage.reconnect(desk.list(), { epoch: 2 });
    await desk.serve(stage);
    await settle();
    for (let n = 0; n < 3 && timeline.snapshot.older === 'more'; n++) await timeline.loadOlder();
    const shown = timeline.snapshot.items;
    assert.deepEqual(
      shown.slice(-limits.windowRows).map(({ text, onlyHere }) => [text, onlyHere]),
      before.map((text) => [text, true]),
    );
    assert.equal(timeline.snapshot.older, 'end');
    assert.equal(shown.length, 2 * limits.windowRows);
    await stage.close();
  }
});

test('[ENC197] a chat that lost something in a restore says up to when the server has everything, until it has it again', async () => {
  const desk = new Desk();
  for (const id of [chat, group]) desk.open(id, id === group ? { kind: 'group' } : {});
  const stage = await Stage.open();
  await stage.up(desk.list());
  for (let n = 1; n <= 3; n++) await stage.push(desk.say(chat));
  const newest = desk.say(group, { stored_at: '2026-11-25T10:00:00.000Z' });
  await stage.push(newest);
  desk.cut(chat, 2);
  const seen = (from: Stage) => [chat, group].map((id) => from.conversation(id).snapshot.restoredFrom);
  assert.deepEqual(seen(stage), [null, null]);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  const from = Date.parse(newest.stored_at);
  assert.deepEqual(seen(stage), [from, null], 'the group has lost nothing');
  await stage.close();
  const next = await Stage.open(stage);
  assert.deepEqual(seen(next), [from, null]);
  await next.up(desk.list(), { epoch: 2 });
  await next.push(desk.say(chat, { id: record(chat, 3).id, content: 'text 3' }));
  assert.deepEqual(seen(next), [null, null], 'it was sent again');
  await next.close();
});

test('[SYN6] a message that is sent once more and gets its old seq does not vouch for what is below it', async () => {
  const desk = new Desk();
  desk.open(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  for (let n = 1; n <= 3; n++) await stage.push(desk.say(chat));
  desk.cut(chat, 1);
  desk.say(chat, { id: record(group, 77).id, content: 'new at 2' });
  desk.say(chat, { stored_at: '2026-06-01T10:00:00.000Z' });
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  const timeline = stage.conversation().timeline();
  await settle();
  assert.deepEqual(
    timeline.snapshot.items.map((item) => [item.text, item.seq]),
    [
      ['text 1', 1],
      ['text 2', null],
      ['new at 2', 2],
      ['text 3', 3],
    ],
  );
  await stage.close();
});

test('[SYN6] a restore that breaks off begins again, and a device that was closed meanwhile notices it, too', async () => {
  const desk = new Desk();
  desk.open(chat);
  let stage = await Stage.open();
  await stage.up(desk.list());
  for (let n = 1; n <= 4; n++) await stage.push(desk.say(chat));
  desk.cut(chat, 2);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await stage.refuse({ ref: stage.question().ref }, 'unavailable');
  assert.deepEqual(await stage.shown(), texts(4));
  await stage.close();
  stage = await Stage.open(stage, 2);
  await stage.up(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  const timeline = stage.conversation().timeline();
  await settle();
  assert.deepEqual(
    timeline.snapshot.items.map((item) => item.onlyHere),
    [false, false, true, true],
  );
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.equal(timeline.snapshot.items.length, 4);
  await stage.close();
});

test('[SYN6] what the restored server has without its content loses it here', async () => {
  const desk = new Desk();
  desk.open(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await stage.push(desk.say(chat, { content: 'a secret' }));
  await stage.push(desk.say(chat, quiet({ type: 'edit', target: 1, text: 'a secret, edited' })), desk.say(chat));
  desk.replace(chat, 1, { content: undefined as never, deleted_by: 9 });
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.deepEqual(await stage.shown(), [':received', 'text 3:received']);
  for (const rows of stage.disk.tables.values()) for (const row of rows) assert.ok(!row.value.includes('secret'));
  await stage.close();
});

test('[SYN6] a direct chat that the restored server does not have is opened again in the same place', async () => {
  const desk = new Desk();
  desk.open(chat);
  const stage = await Stage.open();
  await stage.up(desk.list());
  await stage.push(desk.say(chat));
  desk.forget(chat);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.deepEqual(await stage.shown(), ['text 1:received']);
  desk.open(chat);
  desk.say(chat, { kind: 'members', content: undefined as never, change: { action: 'create', members: [ana, ben] } });
  stage.http.on('POST /v1/conversations', desk.list()[0], 201);
  const opened = await stage.client.createDirect(ben);
  await desk.serve(stage);
  assert.deepEqual([opened.id, opened.snapshot.head], [chat, 1]);
  assert.deepEqual(await stage.shown(), ['text 1:received']);
  await stage.close();
});

test('[SYN6] a group whose new title a restore has lost has the one from before', async () => {
  const desk = new Desk();
  desk.open(group, { kind: 'group', peer: undefined as never });
  const stage = await Stage.open();
  leading(stage, ben);
  await stage.up(desk.list());
  for (const title of ['Tea', 'Coffee', 'Cocoa']) await stage.push(desk.say(group, quiet({ type: 'state', title })));
  assert.equal(stage.conversation(group).snapshot.title, 'Cocoa');
  desk.cut(group, 2);
  await stage.reconnect(desk.list(), { epoch: 2 });
  await desk.serve(stage);
  assert.equal(stage.conversation(group).snapshot.title, 'Coffee');
  await stage.close();
});
