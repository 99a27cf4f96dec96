// Ticks, unread counts and what is said about them, seen through a whole client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ana, ben, changes, chat, cleo, quiet, record, room, Stage, wire } from './client-fixture.ts';
import { Desk } from './desk-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

test('[INB7] [TLN5] receipts raise ticks and never lower them', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { head: 0 })]);
  await stage.push(record(chat, 1, { sender: ana }), record(chat, 2, { sender: ana }));
  const receipt = (delivered: number, read: number) =>
    stage.push({ type: 'receipt', conversation_id: chat, account: ben, delivered, read });
  const states = async () => (await stage.shown()).map((text) => text.split(':')[1]);
  assert.deepEqual(await states(), ['sent', 'sent']);
  await receipt(2, 1);
  assert.deepEqual(await states(), ['read', 'delivered']);
  await receipt(1, 0);
  assert.deepEqual(await states(), ['read', 'delivered']);
  await receipt(0, 2);
  assert.deepEqual(await states(), ['read', 'read']);
  assert.equal(stage.conversation().snapshot.last?.state, 'read');
  assert.deepEqual(await stage.conversation().info(2), { read: [ben], delivered: [], waiting: [] });
  await stage.close();
});

test('[INB7] [INB9] what was read on another device is read here', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1), record(chat, 2), record(chat, 3));
  assert.equal(stage.conversation().snapshot.unread, 3);
  const read = (seq: number) =>
    stage.push({ type: 'receipt', conversation_id: chat, account: ana, delivered: 0, read: seq });
  await read(2);
  assert.equal(stage.conversation().snapshot.unread, 1);
  await read(1);
  assert.equal(stage.conversation().snapshot.unread, 1);
  // How many messages there are up to one that is not here yet, only the server knows.
  await stage.push(record(chat, 9, { ord: 7 }));
  await read(8);
  await stage.clock.advance(limits.changesDebounceMs);
  await stage.answer(stage.question(), changes([wire(chat, { head: 9, ord: 7, read: 8, read_ord: 6 })]));
  assert.equal(stage.conversation().snapshot.unread, 1);
  await stage.close();
});

test('[INB9] own messages are not unread, mentions of oneself are counted, reading counts down', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(
    record(chat, 1),
    record(chat, 2, { sender: ana }),
    record(chat, 3, { mentions: [ana] }),
    record(chat, 4, { ...quiet({ type: 'reaction', target: 1, emoji: '👍' }), ord: 3 }),
    record(chat, 5, { ord: 4, mentions: [cleo] }),
  );
  const counts = () => [stage.conversation().snapshot.unread, stage.conversation().snapshot.unreadMentions];
  assert.deepEqual(counts(), [3, 1]);
  await stage.conversation().markRead(3);
  assert.deepEqual(counts(), [1, 0]);
  await stage.conversation().markRead(99);
  assert.deepEqual(counts(), [0, 0]);
  await stage.conversation().markRead(1);
  assert.equal(stage.conversation().snapshot.readSeq, 5);
  await stage.close();
});

test('[INB9] an own message with nothing of others below it moves the read mark, for every device', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1, { sender: ana }), record(chat, 2, { sender: ana }));
  assert.deepEqual([stage.conversation().snapshot.unread, stage.conversation().snapshot.readSeq], [0, 2]);
  assert.deepEqual(stage.receipts('read'), [[chat, 2]]);
  await stage.push(record(chat, 3), record(chat, 4, { sender: ana }));
  assert.deepEqual([stage.conversation().snapshot.unread, stage.conversation().snapshot.readSeq], [1, 2]);
  await stage.clock.advance(limits.receiptEveryMs);
  assert.deepEqual(stage.receipts('read'), [[chat, 2]]);
  await stage.close();
});

test('[INB9] reading up to a head below which something is missing counts all of it', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1), record(chat, 3));
  await stage.conversation().markRead(3);
  assert.equal(stage.conversation().snapshot.unread, 0);
  await stage.push(record(chat, 2), record(chat, 4));
  assert.equal(stage.conversation().snapshot.unread, 1);
  await stage.close();
});

test('[INB9] own messages of an older page are not unread either', async () => {
  const stage = await Stage.open();
  const desk = new Desk();
  desk.open(chat);
  for (let n = 1; n <= limits.windowRows + 2; n++) desk.say(chat, n === 2 ? { sender: ana } : {});
  await stage.up(desk.list());
  await desk.serve(stage);
  assert.equal(stage.conversation().snapshot.unread, limits.windowRows + 2);
  const timeline = stage.conversation().timeline();
  const older = timeline.loadOlder();
  await settle();
  await desk.serve(stage);
  await older;
  assert.equal(stage.conversation().snapshot.unread, limits.windowRows + 1);
  timeline.close();
  await stage.close();
});

test('[INB8] receipts are bundled, rise, and are said again on the next connection', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  for (let seq = 1; seq <= 20; seq++) await stage.push(record(chat, seq));
  assert.deepEqual(stage.receipts('received'), [[chat, 1]]);
  await stage.clock.advance(limits.receiptEveryMs);
  assert.deepEqual(stage.receipts('received'), [
    [chat, 1],
    [chat, 20],
  ]);
  await stage.conversation().markRead(20);
  stage.socket.dropped();
  await stage.clock.advance(2_000);
  await stage.up([wire(chat, { head: 20, ord: 20 })]);
  assert.deepEqual(stage.receipts('received'), [[chat, 20]]);
  assert.deepEqual(stage.receipts('read'), [[chat, 20]]);
  await stage.close();
});

test('[INB8] what was said shortly before the connection broke is said again, however long it was gone', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1));
  // A clock that is set says nothing about how long ago it was.
  stage.clock.jump(7_200_000);
  stage.socket.dropped();
  await stage.clock.advance(2 * limits.receiptTurns * limits.receiptTurnMs);
  await stage.up([wire(chat)]);
  assert.deepEqual(stage.receipts('received'), [[chat, 1]]);
  await stage.close();
});

test('[INB8] what may have been refused because it came too fast is said again', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1));
  // The line was slow: it was said long before it was refused.
  await stage.clock.advance(limits.receiptTurnMs / 2);
  const refusal = { type: 'error', code: 'rate.limited', advice: 'wait', retry_after_ms: 100 } as const;
  await stage.push(refusal);
  await stage.push(refusal);
  assert.deepEqual(stage.receipts('received'), [[chat, 1]]);
  await stage.clock.advance(limits.receiptPauseMs);
  assert.deepEqual(stage.receipts('received'), [
    [chat, 1],
    [chat, 1],
  ]);
  await stage.push({ type: 'error', code: 'conversation.denied', advice: 'give_up' });
  await stage.clock.advance(2 * limits.receiptPauseMs);
  assert.equal(stage.receipts('received').length, 2);
  await stage.close();
});

test('[INB8] what was refused because the server could not take it is said again, also when the clock was set meanwhile', async () => {
  for (const jumpMs of [7_200_000, -7_200_000]) {
    const stage = await Stage.open();
    await stage.up([wire(chat)]);
    await stage.push(record(chat, 1));
    stage.clock.jump(jumpMs);
    await stage.push({ type: 'error', code: 'unavailable', advice: 'retry' });
    await stage.clock.advance(limits.receiptPauseMs);
    assert.equal(stage.receipts('received').length, 2);
    await stage.close();
  }
});

test('[INB8] rooms and own messages have no received', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(room, { kind: 'room', title: 'Tea' })]);
  await stage.push(record(chat, 1, { sender: ana }), record(room, 1));
  assert.deepEqual(stage.receipts('received'), []);
  await stage.conversation(room).markRead(1);
  assert.deepEqual(stage.receipts('read').at(-1), [room, 1]);
  await stage.close();
});
