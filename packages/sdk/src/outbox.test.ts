// What was said and is not confirmed, seen through a whole client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FramesUp } from '@parley/protocol';
import { ben, chat, group, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

type Sent = FramesUp['message'];

function texts(stage: Stage): readonly (string | undefined)[] {
  return stage.outgoing.map((frame) => frame.content);
}

/** Ten thousand messages in one conversation, said without a connection. */
async function sayMany(stage: Stage, count: number): Promise<void> {
  const conversation = stage.conversation();
  const said: Promise<unknown>[] = [];
  for (let n = 1; n <= count; n++) said.push(conversation.send(`number ${n}`));
  await Promise.all(said);
}

test('[OUT7] first stands only in the first attempt of a message that the leader made itself', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const follower = await Stage.open(stage, 2);
  await stage.conversation().send('by the leader');
  await follower.conversation().send('by the follower');
  await settle();
  const firsts = () => stage.outgoing.map((frame) => [frame.content, frame.first === true]);
  assert.deepEqual(firsts(), [
    ['by the leader', true],
    ['by the follower', false],
  ]);
  stage.socket.dropped();
  await stage.conversation().send('without a connection');
  await stage.clock.advance(2_000);
  await stage.up([wire(chat)]);
  assert.deepEqual(firsts(), [
    ['by the leader', false],
    ['by the follower', false],
    ['without a connection', true],
  ]);
  await stage.conversation().send('kept and not written');
  await stage.close();
  await follower.clock.advance(1_000);
  await follower.up([wire(chat)]);
  assert.deepEqual(
    follower.outgoing.map((frame) => frame.first === true),
    [false, false, false, false],
  );
  await follower.close();
});

test('[OUT8] a message is on the wire only after it is kept', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const hold = stage.holdWrites();
  const sending = stage.conversation().send('kept first');
  await settle();
  assert.deepEqual(texts(stage), []);
  hold.release();
  await sending;
  await settle();
  assert.equal(stage.outgoing.length, 1);
  await stage.close();
});

test('[OUT8] ten thousand messages wait, survive a restart, and go out once each, 32 at a time', async () => {
  const count = 10_000;
  const before = await Stage.open();
  await before.up([wire(chat)]);
  before.socket.dropped();
  await sayMany(before, count);
  await before.close();
  const stage = await Stage.open(before, 2);
  await stage.up([wire(chat)]);
  const seen = new Set<string>();
  let seq = 0;
  while (seq < count) {
    const frames = stage.socket.take().filter((frame): frame is Sent => frame.type === 'message');
    assert.ok(frames.length > 0 && frames.length <= limits.maxFlying, `${frames.length} at once after ${seq}`);
    for (const frame of frames) {
      assert.equal(frame.content, `number ${seq + 1}`);
      assert.ok(!seen.has(frame.id as string));
      seen.add(frame.id as string);
      stage.say({ type: 'sent', id: frame.id as never, conversation_id: chat });
      stage.say(stage.confirm(frame, ++seq));
    }
    await settle();
  }
  await stage.client.flushed();
  assert.deepEqual(stage.disk.tables.get('outbox'), []);
  assert.equal(stage.disk.tables.get('messages')?.length, count);
  await stage.close();
});

test('[OUT8] beyond twenty thousand a new message is refused', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  stage.socket.dropped();
  await sayMany(stage, limits.maxOutboxRows);
  await assert.rejects(stage.conversation().send('one too many'), { code: 'client.queue_full' });
  await stage.close();
});

test('[OUT9] a connection that closes with 1009 rejects the largest message on the wire and never writes it again', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(group, { kind: 'group' })]);
  const small = await stage.conversation().send('x'.repeat(9_000));
  // Fewer characters, and more bytes.
  const large = await stage.conversation(group).send('水'.repeat(8_000));
  await settle();
  const rejected = assert.rejects(large.reached('sent'), { code: 'message.too_large' });
  stage.socket.dropped(1009);
  await rejected;
  await stage.clock.advance(2_000);
  await stage.up([wire(chat), wire(group, { kind: 'group' })]);
  assert.deepEqual(
    stage.outgoing.map((frame) => frame.id),
    [small.id],
  );
  await stage.clock.advance(60_000);
  assert.ok(!stage.outgoing.some((frame) => frame.id === large.id));
  assert.equal(large.state, 'rejected');
  await stage.close();
});

test('[OUT13] a clock that was set back an hour holds nothing up for longer than it was told to wait', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  await stage.conversation().send('hello');
  await settle();
  await stage.refuse({ id: stage.outgoing[0]?.id as string }, 'rate.limited', { retry_after_ms: 5_000 });
  stage.clock.jump(-3_600_000);
  await stage.clock.advance(10_100);
  assert.equal(stage.outgoing.length, 2);
  await stage.close();
});

test('[OUT5] what cannot be sealed now is tried again and stops nothing else', async () => {
  let isBroken = true;
  const stage = await Stage.open(undefined, 1, {
    seal: async () => {
      if (isBroken) throw new Error('no keys yet');
    },
  });
  await stage.up([wire(chat)]);
  await stage.conversation().send('hello');
  await settle();
  assert.deepEqual(texts(stage), []);
  isBroken = false;
  await stage.clock.advance(limits.retryMinMs * 2);
  assert.deepEqual(texts(stage), ['hello']);
  await stage.close();
});

test('[OUT13] a device whose clock is decades behind sends ids and times by the clock of the server', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)], { serverTime: stage.clock.now() + 50 * 365 * 86_400_000 });
  await stage.conversation().send('from the past');
  await settle();
  const [frame] = stage.outgoing;
  assert.ok(frame);
  const made = Number.parseInt((frame.id as string).replaceAll('-', '').slice(0, 12), 16);
  assert.equal(made, stage.clock.now() + 50 * 365 * 86_400_000);
  assert.equal(frame.timestamp, new Date(made).toISOString());
  await stage.close();
});

test('[OUT10] what no server takes is refused before it is kept', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const conversation = stage.conversation();
  const refused: readonly (readonly [() => Promise<unknown>, string])[] = [
    [() => conversation.send('x'.repeat(16_385)), 'message.too_large'],
    [() => conversation.send('水'.repeat(11_000)), 'message.too_large'],
    [() => conversation.send(' \n'), 'frame.invalid'],
    [() => conversation.send('hello', { mentions: Array.from({ length: 51 }, () => ben) }), 'frame.invalid'],
    // A text that fits, but not once it stands as JSON inside JSON.
    [() => conversation.send('\u0001'.repeat(10_000), { replyTo: 1 }), 'message.too_large'],
    [() => conversation.sendPoll('Which?', ['one']), 'frame.invalid'],
    [() => conversation.react(1, 'x'.repeat(33)), 'frame.invalid'],
    [() => conversation.edit(1, ''), 'frame.invalid'],
    [() => stage.client.createGroup('', [ben]), 'frame.invalid'],
  ];
  for (const [say, code] of refused) await assert.rejects(say(), { code });
  assert.deepEqual(stage.disk.tables.get('outbox'), []);
  await conversation.send('x'.repeat(16_384));
  await conversation.send('水'.repeat(10_922));
  assert.equal(stage.disk.tables.get('outbox')?.length, 2);
  await stage.close();
});
