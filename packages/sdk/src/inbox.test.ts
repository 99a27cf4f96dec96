// What comes in, seen through a whole client: kept, shown once, in order, acknowledged after.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '@parley/protocol';
import fc from 'fast-check';
import { ana, body, changes, chat, cleo, group, messages, quiet, record, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';
import type { MessageRow } from './rows.ts';

test('[R2] [INB1] [INB3] any order and any repetition of pushes shows each record once, in order', async () => {
  const anyPushes = fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.tuple(
      fc.constant(count),
      fc.shuffledSubarray(
        [...Array(count * 2).keys()].map((at) => (at % count) + 1),
        { minLength: count * 2 },
      ),
    ),
  );
  await fc.assert(
    fc.asyncProperty(anyPushes, async ([count, seqs]) => {
      const stage = await Stage.open();
      await stage.up([wire(chat)]);
      const told: number[] = [];
      stage.client.onMessage((message) => told.push(message.seq ?? 0));
      // Some in one turn, some in turns of their own.
      for (const seq of seqs) {
        stage.say(record(chat, seq));
        if (seq % 3 === 0) await settle();
      }
      await settle();
      const expected = Array.from({ length: count }, (_, at) => `text ${at + 1}:received`);
      assert.deepEqual(await stage.shown(), expected);
      assert.deepEqual(
        told,
        [...Array(count).keys()].map((at) => at + 1),
      );
      await stage.close();
    }),
    { numRuns: 25 },
  );
});

test('[INB2] received goes out after the record is kept, for the newest without a hole', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const hold = stage.holdWrites();
  await stage.push(record(chat, 1), record(chat, 2));
  assert.deepEqual(stage.receipts('received'), []);
  assert.deepEqual(
    stage.client.conversations.snapshot.map((one) => one.unread),
    [0],
  );
  hold.release();
  await settle();
  assert.deepEqual(stage.receipts('received'), [[chat, 2]]);
  assert.deepEqual(
    stage.client.conversations.snapshot.map((one) => one.unread),
    [2],
  );
  await stage.push(record(chat, 4));
  await stage.clock.advance(limits.receiptEveryMs);
  assert.deepEqual(stage.receipts('received'), [[chat, 2]]);
  await stage.close();
});

test('[INB3] a hole is asked for after 0.3 s and what waited comes with it', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1), record(chat, 4), record(chat, 5));
  assert.deepEqual(await stage.shown(), ['text 1:received']);
  await stage.clock.advance(limits.holdMs - 1);
  assert.equal(stage.socket.of('sync').length, 0);
  await stage.clock.advance(1);
  const question = stage.question();
  assert.deepEqual([question.conversation_id, question.after], [chat, 1]);
  await stage.answer(question, messages(chat, 2, 3, [record(chat, 2), record(chat, 3)]));
  assert.deepEqual(
    await stage.shown(),
    [1, 2, 3, 4, 5].map((seq) => `text ${seq}:received`),
  );
  await stage.close();
});

test('[INB3] no more than a thousand records of a conversation wait; the rest is asked for', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1));
  const count = limits.maxHeldPerConversation + 50;
  for (let seq = 3; seq < 3 + count; seq++) stage.say(record(chat, seq));
  await settle();
  await stage.clock.advance(limits.holdMs);
  await stage.answer(stage.question(), messages(chat, 2, 2, [record(chat, 2)], { head: 2 + count, has_more: true }));
  // Two that waited, and a page for what did not.
  const question = stage.question();
  assert.equal(question.after, limits.maxHeldPerConversation + 2);
  await stage.close();
});

test('[INB4] what a page covers without a record is gone and is not waited for', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(record(chat, 1), record(chat, 5));
  await stage.clock.advance(limits.holdMs);
  await stage.answer(stage.question(), messages(chat, 2, 4, [record(chat, 3)]));
  assert.deepEqual(await stage.shown(), ['text 1:received', 'text 3:received', 'text 5:received']);
  const asked = stage.socket.of('sync').length;
  await stage.clock.advance(10_000);
  assert.equal(stage.socket.of('sync').length, asked);
  await stage.close();
});

test('[INB5] what cannot be opened is kept and shown as a placeholder', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(
    record(chat, 1, { content: '{"type":', format: 'body' }),
    record(chat, 2, body({ type: 'text', text: '', reply_to: -1 })),
    record(chat, 3, { content: '{"type":"unheard_of"}', format: 'body' }),
    record(chat, 4),
  );
  const timeline = stage.conversation().timeline();
  await settle();
  const types = timeline.snapshot.items.map((item) => item.type);
  assert.deepEqual(types, ['undecryptable', 'undecryptable', 'undecryptable', 'text']);
  const rows = stage.disk.tables.get('messages') ?? [];
  assert.equal((JSON.parse(rows[0]?.value ?? '') as MessageRow).sealed?.content, '{"type":');
  await stage.close();
});

test('[INB6] [TLN10] a delete takes the text, edits and reactions out of list and store', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.push(
    record(chat, 1, { content: 'a secret', mentions: [ana] }),
    record(chat, 2, quiet({ type: 'edit', target: 1, text: 'a secret edit' })),
    record(chat, 3, { ...quiet({ type: 'reaction', target: 1, emoji: '👍' }), sender: cleo }),
  );
  assert.deepEqual(await stage.shown(), ['a secret edit:received']);
  assert.equal(stage.conversation().snapshot.last?.text, 'a secret edit');
  await stage.push(record(chat, 4, { kind: 'delete', targets: [1, 2], content: undefined as never }));
  const timeline = stage.conversation().timeline();
  await settle();
  const [item] = timeline.snapshot.items;
  assert.deepEqual(
    [timeline.snapshot.items.length, item?.type, item?.text, item?.reactions, item?.mentions],
    [1, 'deleted', '', [], []],
  );
  assert.deepEqual(
    [stage.conversation().snapshot.last?.type, stage.conversation().snapshot.last?.text],
    ['deleted', ''],
  );
  assert.equal(stage.conversation().snapshot.unreadMentions, 0);
  for (const rows of stage.disk.tables.values()) for (const row of rows) assert.ok(!row.value.includes('secret'));
  await stage.close();
});

test('[INB6] a delete that comes with or before its target in one batch leaves nothing', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  stage.say(record(chat, 1, { content: 'a secret' }));
  stage.say(record(chat, 2, quiet({ type: 'edit', target: 1, text: 'a secret edit' })));
  stage.say(record(chat, 3, { kind: 'delete', targets: [1, 2], content: undefined as never }));
  await settle();
  assert.deepEqual(await stage.shown(), [':received']);
  for (const rows of stage.disk.tables.values()) for (const row of rows) assert.ok(!row.value.includes('secret'));
  await stage.close();
});

test('[INB6] a deleted message looks the same to a device that saw it and to one that did not', async () => {
  const timestamp = '2026-11-25T08:00:00.000Z';
  const remove = record(chat, 2, { kind: 'delete', targets: [1], content: undefined as never });
  const saw = await Stage.open();
  await saw.up([wire(chat)]);
  await saw.push(record(chat, 1, { timestamp }), remove);
  const late = await Stage.open();
  await late.up([wire(chat)]);
  const { stored_at } = record(chat, 1);
  await late.push(record(chat, 1, { timestamp: stored_at, content: undefined as never, deleted_by: 2 }), remove);
  assert.deepEqual(await saw.conversation().message(1), await late.conversation().message(1));
  await saw.close();
  await late.close();
});

test('[INB10] what was there before a new device is not told as new', async () => {
  const stage = await Stage.open();
  const told: string[] = [];
  stage.client.onMessage((message) => told.push(message.text));
  await stage.up([wire(chat, { head: 2, ord: 2 })]);
  await stage.answer(stage.question(), messages(chat, 1, 2, [record(chat, 1), record(chat, 2)]));
  assert.equal((await stage.shown()).length, 2);
  await stage.push(record(chat, 3));
  assert.deepEqual(told, ['text 3']);
  await stage.close();
});

test('[INB11] a record of an unknown conversation makes the client ask what changed', async () => {
  const stage = await Stage.open();
  await stage.up([]);
  await stage.push(record(group, 1));
  assert.equal(stage.client.conversation(group), null);
  await stage.clock.advance(limits.changesDebounceMs);
  const question = stage.question();
  assert.deepEqual([question.conversation_id, question.since], [undefined, 's1']);
  const told: string[] = [];
  stage.client.onMessage((message) => told.push(message.text));
  await stage.answer(question, changes([wire(group, { kind: 'group', head: 1, ord: 1 })], { since: 's2' }));
  await stage.answer(stage.question(), messages(group, 1, 1, [record(group, 1)]));
  assert.deepEqual(await stage.shown(group), ['text 1:received']);
  assert.deepEqual(told, ['text 1']);
  await stage.close();
});

test('[INB12] a message whose time has come is gone without a connection', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const expires_at = new Date(stage.clock.now() + 60_000).toISOString();
  await stage.push(record(chat, 1, { content: 'a secret', expires_at }), record(chat, 2));
  stage.socket.dropped();
  await stage.clock.advance(59_000);
  assert.equal((await stage.shown()).length, 2);
  await stage.clock.advance(1_001);
  assert.deepEqual(await stage.shown(), ['text 2:received']);
  for (const rows of stage.disk.tables.values()) for (const row of rows) assert.ok(!row.value.includes('secret'));
  await stage.close();
});

test('[LOC4] what could not be kept is not shown and is fetched again', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  stage.store.failure = new Error('the disk is full');
  await stage.push(record(chat, 1));
  assert.deepEqual(await stage.shown(), []);
  await assert.rejects(stage.conversation().send('lost'), { code: 'client.storage' });
  stage.store.failure = null;
  assert.deepEqual(stage.receipts('received'), []);
  await stage.clock.advance(limits.fillRetryMs + limits.changesDebounceMs);
  await stage.answer(stage.question(), changes([wire(chat, { head: 1, ord: 1 })]));
  await stage.answer(stage.question(), messages(chat, 1, 1, [record(chat, 1)]));
  assert.deepEqual(await stage.shown(), ['text 1:received']);
  await stage.close();
});

test('[INB1] a page and a push of the same records show them once', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { head: 3, ord: 3 })], { since: 's1' });
  const question = stage.question();
  const pushed: Envelope[] = [record(chat, 4)];
  await stage.push(...pushed);
  await stage.answer(
    question,
    messages(
      chat,
      1,
      4,
      [1, 2, 3, 4].map((seq) => record(chat, seq)),
    ),
  );
  assert.deepEqual(
    await stage.shown(),
    [1, 2, 3, 4].map((seq) => `text ${seq}:received`),
  );
  assert.equal(stage.conversation().snapshot.unread, 4);
  await stage.close();
});

test('[INB13] a client that begins says again how far it has got', async () => {
  const before = await Stage.open();
  await before.up([wire(chat)]);
  await before.push(record(chat, 1), record(chat, 2));
  await before.conversation().markRead(1);
  await before.push({ type: 'receipt', conversation_id: chat, account: ana, delivered: 2, read: 1 });
  await before.close();
  const stage = await Stage.open(before, 2);
  await stage.up([]);
  assert.deepEqual(stage.receipts('received'), [[chat, 2]]);
  assert.deepEqual(stage.receipts('read'), [[chat, 1]]);
  await stage.close();
});
