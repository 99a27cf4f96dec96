// What may or may not have been accepted, and how that is found out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FramesUp } from '@parley/protocol';
import { ana, chat, messages, room, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

type Sent = FramesUp['message'];

/** One tick, and the record with its seq. */
async function accept(stage: Stage, frame: Sent, seq: number): Promise<void> {
  await stage.push({ type: 'sent', id: frame.id as never, conversation_id: frame.conversation_id });
  await stage.push(stage.confirm(frame, seq));
}

test('[OUT4] after the tick a message is sent again until it comes back, and keeps its tick', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const message = await stage.conversation().send('hello');
  await settle();
  const [frame] = stage.outgoing;
  assert.ok(frame);
  await stage.push({ type: 'sent', id: frame.id as never, conversation_id: chat });
  assert.equal(message.state, 'sent');
  await stage.clock.advance(10_000);
  assert.deepEqual(
    stage.outgoing.map((each) => [each.id, each.first === true]),
    [
      [frame.id, true],
      [frame.id, false],
    ],
  );
  assert.equal(message.state, 'sent');
  await accept(stage, frame, 1);
  assert.equal(await message.placed(), 1);
  await stage.clock.advance(20_000);
  assert.equal(stage.outgoing.length, 2);
  await stage.close();
});

test('[OUT3] a refusal after an unanswered attempt is believed once every hole above it was read, half a minute later', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { head: 0 })]);
  const message = await stage.conversation().send('accepted, perhaps');
  await settle();
  const [frame] = stage.outgoing;
  assert.ok(frame);
  stage.socket.dropped();
  await stage.clock.advance(2_000);
  // So much was missed that only the newest page is fetched by itself.
  const head = limits.maxFill + 1_000;
  await stage.up([wire(chat, { head, ord: head })]);
  assert.equal(stage.question().after, undefined);
  await stage.answer(stage.question(), messages(chat, head - 49, head, [], { head, has_more: true }));
  await stage.refuse({ id: frame.id as string }, 'conversation.read_only');
  const question = stage.question();
  assert.equal(question.after, 0);
  assert.equal(message.state, 'pending');
  // There it is, in the hole.
  await stage.answer(question, messages(chat, 1, head, [stage.confirm(frame, 7)], { head }));
  assert.equal(await message.placed(), 7);
  await stage.close();
});

test('[OUT3] when the reading fails it is tried again, and the doubt ends with the refusal', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const message = await stage.conversation().send('refused');
  await settle();
  stage.socket.dropped();
  await stage.clock.advance(2_000);
  await stage.up([wire(chat)]);
  const [frame] = stage.outgoing;
  await stage.refuse({ id: frame?.id as string }, 'conversation.read_only');
  await stage.refuse({ ref: stage.question().ref }, 'unavailable');
  assert.equal(message.state, 'pending');
  await stage.clock.advance(limits.fillRetryMs);
  const again = stage.question();
  assert.equal(again.conversation_id, chat);
  await stage.answer(again, messages(chat, 1, 0, []));
  assert.equal(message.state, 'pending');
  await stage.clock.advance(limits.doubtMs);
  for (const question of stage.socket.of('sync'))
    if (question.conversation_id === chat) await stage.answer(question, messages(chat, 1, 0, []));
  await assert.rejects(message.reached('sent'), { code: 'conversation.read_only' });
  await stage.close();
});

test('[OUT4] the echo of an own message out of a hole confirms it', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat, { head: 0 })]);
  await stage.conversation().send('in a hole');
  await settle();
  const [frame] = stage.outgoing;
  assert.ok(frame);
  stage.socket.dropped();
  await stage.clock.advance(2_000);
  const head = limits.maxFill + 1_000;
  await stage.up([wire(chat, { head, ord: head })]);
  await stage.answer(stage.question(), messages(chat, head - 49, head, [], { head, has_more: true }));
  await stage.push({ type: 'sent', id: frame.id as never, conversation_id: chat });
  await stage.push(stage.confirm(frame, 300));
  assert.deepEqual(stage.disk.tables.get('outbox'), []);
  await stage.client.flushed();
  assert.equal((await stage.conversation().message(300))?.sender, ana);
  await stage.close();
});

test('[OUT6] what is in doubt holds back those behind it until it is decided, and no other conversation', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(room, { kind: 'room' })]);
  const refused = await stage.conversation().send('refused');
  await settle();
  stage.socket.dropped();
  await stage.clock.advance(2_000);
  await stage.up([wire(chat), wire(room, { kind: 'room' })]);
  await stage.refuse({ id: refused.id }, 'conversation.read_only');
  const written = () => stage.outgoing.map((frame) => frame.content);
  await stage.conversation().send('behind it');
  await stage.conversation(room).send('elsewhere');
  await settle();
  assert.deepEqual(written(), ['refused', 'elsewhere']);
  await stage.clock.advance(limits.doubtMs);
  for (const question of stage.socket.of('sync'))
    if (question.conversation_id === chat) await stage.answer(question, messages(chat, 1, 0, []));
  assert.equal(refused.state, 'rejected');
  assert.equal(written().at(-1), 'behind it');
  await stage.close();
});

test('[OUT2] what is waited for tells of a rejection, of the caller who gives up, and of the end of the client', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const message = await stage.conversation().send('hello');
  const patience = new AbortController();
  const given = assert.rejects(message.reached('sent', patience.signal), { code: 'client.aborted' });
  patience.abort();
  await given;
  const refused = assert.rejects(message.placed(), { code: 'conversation.read_only' });
  await settle();
  await stage.push({ type: 'rejected', id: message.id, conversation_id: chat, code: 'conversation.read_only' });
  await refused;
  const other = await stage.conversation().send('never answered');
  const ended = [
    assert.rejects(other.reached('delivered'), { code: 'client.closed' }),
    assert.rejects(stage.client.flushed(), { code: 'client.closed' }),
  ];
  await stage.close();
  await Promise.all(ended);
});
