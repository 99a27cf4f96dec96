// Order of what is said in a conversation, whatever happens on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FramesUp } from '@parley/protocol';
import fc from 'fast-check';
import { chat, group, Stage, wire } from './client-fixture.ts';
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
  /** What was refused and may come again: nothing else is taken before it. */
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

test('[R4] [OUT6] a conversation goes out in its order across refusals, breaks, restarts and clients of one store', async () => {
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
      // No two clients draw the same ids.
      let seed = 2;
      let follower = await Stage.open(stage, seed);
      const shelf = new Shelf();
      const order: string[] = [];
      const say = async (by: Stage) => {
        order.push(`said ${order.length}`);
        await by.conversation().send(order.at(-1) ?? '');
        await settle();
      };
      let waiting: Sent[] = [];
      let socket = stage.socket;
      // The client may have begun anew: it was refused a message that is there already.
      const greet = async () => {
        if (stage.socket === socket) return;
        waiting = [];
        shelf.dropped();
        await stage.up([wire(chat, { head: shelf.accepted.length, ord: shelf.accepted.length })]);
        socket = stage.socket;
      };
      for (const move of moves) {
        await greet();
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
          socket = stage.socket;
        } else if (move === 'restart') {
          waiting = [];
          await stage.close();
          [stage, follower] = [follower, await Stage.open(follower, ++seed)];
          await stage.up([wire(chat, { head: shelf.accepted.length, ord: shelf.accepted.length })]);
          shelf.dropped();
          socket = stage.socket;
        }
      }
      for (let round = 0; round < 100 && shelf.accepted.length < order.length; round++) {
        await greet();
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

test('[OUT6] a message that is refused and may come again holds back those after it, and no other conversation', async () => {
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

test('[OUT14] what another client of the store said earlier goes before what the server awaits, over a new socket', async () => {
  const stage = await Stage.open();
  await stage.up([wire(chat)]);
  const follower = await Stage.open(stage, 2);
  const sockets = stage.sockets.all.length;
  const writes = follower.holdWrites();
  const slow = follower.conversation().send('earlier');
  await stage.pass(1);
  await stage.conversation().send('later');
  await settle();
  await stage.refuse({ id: stage.outgoing[0]?.id as string }, 'unavailable');
  writes.release();
  await slow;
  await settle();
  assert.equal(stage.sockets.all.length, sockets + 1);
  await stage.up([wire(chat)]);
  assert.deepEqual(texts(stage), ['earlier']);
  await stage.pass(limits.retryMinMs * 2);
  assert.deepEqual(texts(stage), ['earlier', 'later']);
  await stage.close();
  await follower.close();
});

test('[R5] [OUT11] what is not answered is written again, the older one before the newer', async () => {
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
