// What was said and is not confirmed, seen through a whole client whose server is the test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FramesUp } from '@parley/protocol';
import fc from 'fast-check';
import { ana, chat, group, messages, Stage, wire } from './client-fixture.ts';
import { settle } from './fixture.ts';
import * as limits from './limits.ts';

type Sent = FramesUp['message'];

/** One tick, and the record with its seq. */
async function accept(stage: Stage, frame: Sent, seq: number): Promise<void> {
  await stage.push({ type: 'sent', id: frame.id as never, conversation_id: frame.conversation_id });
  await stage.push(stage.confirm(frame, seq));
}

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

/** A server that takes messages in their order, and remembers what it took. */
class Shelf {
  readonly accepted: string[] = [];
  /** What was refused for now: nothing else is taken before it. */
  #held: string | null = null;

  async take(stage: Stage, frame: Sent): Promise<void> {
    if (this.#held !== null && this.#held !== frame.id) return this.#refuse(stage, frame, 'message.out_of_order');
    this.#held = null;
    await accept(stage, frame, this.#keep(frame));
  }

  async refuse(stage: Stage, frame: Sent): Promise<void> {
    if (this.#held !== null && this.#held !== frame.id) return this.#refuse(stage, frame, 'message.out_of_order');
    this.#held = frame.id as string;
    await this.#refuse(stage, frame, 'unavailable');
  }

  /** Takes it, if it may, and the answer gets lost. */
  lose(frame: Sent): void {
    if (this.#held === null || this.#held === frame.id) this.#keep(frame);
  }

  #keep(frame: Sent): number {
    const known = this.accepted.indexOf(frame.content ?? '');
    return known < 0 ? this.accepted.push(frame.content ?? '') : known + 1;
  }

  /** The socket is gone, and with it what was held. */
  async back(stage: Stage): Promise<void> {
    this.#held = null;
    await stage.upAgain([wire(chat, { head: this.accepted.length, ord: this.accepted.length })]);
  }

  dropped(): void {
    this.#held = null;
  }

  #refuse(stage: Stage, frame: Sent, code: string): Promise<void> {
    return stage.refuse({ id: frame.id as string }, code);
  }
}

test('[OUT6] a conversation goes out in its order across refusals, breaks, restarts and clients of one store', async () => {
  const anyMove = fc.constantFrom(
    'accept',
    'lose',
    'refuse',
    'restart',
    'follower says',
    'leader says',
    'time' as const,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyMove, { minLength: 5, maxLength: 30 }), async (moves) => {
      let stage = await Stage.open();
      await stage.up([wire(chat)]);
      let follower = await Stage.open(stage, 2);
      const shelf = new Shelf();
      const order: string[] = [];
      const say = async (by: Stage) => {
        order.push(`said ${order.length}`);
        await by.conversation().send(order.at(-1) ?? '');
        await settle();
      };
      let waiting: Sent[] = [];
      for (const move of moves) {
        waiting.push(...stage.socket.take().filter((each): each is Sent => each.type === 'message'));
        const frame = move === 'accept' || move === 'refuse' ? waiting.shift() : undefined;
        if (move === 'leader says') await say(stage);
        else if (move === 'follower says') await say(follower);
        else if (move === 'time') await stage.pass(1_000);
        else if (frame !== undefined && move === 'accept') await shelf.take(stage, frame);
        else if (frame !== undefined && move === 'refuse') await shelf.refuse(stage, frame);
        else if (move === 'lose') {
          // The first of what was written is taken, and nobody hears of it.
          for (const lost of waiting.slice(0, 1)) shelf.lose(lost);
          waiting = [];
          stage.socket.dropped();
          await shelf.back(stage);
        } else if (move === 'restart') {
          waiting = [];
          await stage.close();
          [stage, follower] = [follower, await Stage.open(follower, order.length + 3)];
          await stage.up([wire(chat, { head: shelf.accepted.length, ord: shelf.accepted.length })]);
          shelf.dropped();
        }
      }
      for (let round = 0; round < 100 && shelf.accepted.length < order.length; round++) {
        waiting.push(...stage.socket.take().filter((each): each is Sent => each.type === 'message'));
        for (const frame of waiting.splice(0)) await shelf.take(stage, frame);
        await stage.pass(500);
      }
      assert.deepEqual(shelf.accepted, order);
      await stage.close();
      await follower.close();
    }),
    { numRuns: 30 },
  );
});

test('[OUT6] a message that is refused for now holds back those after it, and no other conversation', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(group, { kind: 'group' })]);
  await stage.conversation().send('first');
  await settle();
  const [first] = stage.outgoing;
  await stage.refuse({ id: first?.id as string }, 'unavailable');
  await stage.conversation().send('second');
  await stage.conversation(group).send('elsewhere');
  await settle();
  assert.deepEqual(texts(stage), ['first', 'elsewhere']);
  await stage.clock.advance(limits.retryMinMs * 2);
  assert.deepEqual(texts(stage), ['first', 'elsewhere', 'first', 'second']);
  await stage.close();
});

test('[OUT12] a long queue does not keep another conversation waiting', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat), wire(group, { kind: 'group' })]);
  await sayMany(stage, 200);
  await stage.conversation(group).send('urgent');
  await settle();
  assert.equal(stage.outgoing.length, limits.maxFlying);
  for (const frame of stage.outgoing.slice(0, 2))
    await stage.push({ type: 'sent', id: frame.id as never, conversation_id: frame.conversation_id });
  assert.ok(stage.outgoing.some((frame) => frame.content === 'urgent'));
  await stage.close();
});

test('[OUT6] taking back what the server holds the others for lets them go', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const stuck = await stage.conversation().send('stuck');
  await stage.conversation().send('free');
  await settle();
  for (const frame of stage.outgoing.slice())
    await stage.refuse({ id: frame.id as string }, frame.content === 'stuck' ? 'unavailable' : 'message.out_of_order');
  await stage.conversation().discard(stuck.id);
  await settle();
  // A new socket has nothing to wait for.
  await stage.up([wire(chat)]);
  assert.deepEqual(texts(stage), ['free']);
  await assert.rejects(stuck.reached('sent'), { code: 'client.aborted' });
  await stage.close();
});

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

test('[OUT11] what is not answered is written again, the older one before the newer', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  for (const text of ['one', 'two', 'three']) await stage.conversation().send(text);
  await settle();
  const [one] = stage.outgoing;
  await stage.refuse({ id: one?.id as string }, 'unavailable');
  // It may go again, but two and three are still on the wire.
  await stage.pass(9_000);
  assert.deepEqual(texts(stage), ['one', 'two', 'three']);
  await stage.pass(1_100);
  assert.deepEqual(texts(stage), ['one', 'two', 'three', 'one', 'two', 'three']);
  assert.deepEqual(
    stage.outgoing.map((frame) => frame.first === true),
    [true, true, true, false, false, false],
  );
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
