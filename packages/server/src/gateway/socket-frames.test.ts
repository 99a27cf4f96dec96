import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { maxUnansweredHints, maxUnansweredSyncs, maxWaitingFrames } from '../kernel/limits.ts';
import { ok, refuse, Unavailable } from '../kernel/result.ts';
import { accountId, conversationId, message, messageId, TestGateway } from './fixture.ts';

test('[HEL11] malformed text is refused; five in a minute close with 4000', async () => {
  const gateway = new TestGateway();
  const { socket, wire: line } = await gateway.greeted(1);
  for (let n = 1; n < wire.malformedFramesPerMinute; n++) socket.receive('{');
  gateway.endTurn();
  assert.equal(line.frames('error').length, wire.malformedFramesPerMinute - 1);
  assert.equal(line.closedWith, null);
  gateway.clock.advance(60_000);
  for (let n = 1; n < wire.malformedFramesPerMinute; n++) socket.receive('[]');
  assert.equal(line.closedWith, null);
  socket.receive('nothing');
  assert.deepEqual(line.closedWith, { code: 4000, reason: 'frame.too_many_malformed' });
});

test('[HEL11] five within any minute count, however they are spread', async () => {
  const gateway = new TestGateway();
  const quick = await gateway.greeted(1);
  const slow = await gateway.greeted(2);
  for (let n = 0; n < wire.malformedFramesPerMinute; n++) {
    quick.socket.receive('{');
    gateway.clock.advance(14_000);
  }
  assert.deepEqual(quick.wire.closedWith, { code: 4000, reason: 'frame.too_many_malformed' });
  for (let n = 0; n < 2 * wire.malformedFramesPerMinute; n++) {
    slow.socket.receive('{');
    gateway.clock.advance(15_000);
  }
  assert.equal(slow.wire.closedWith, null);
});

test('[HEL11] unknown types and wrong fields are refused with what they refer to; the next frame is served', async () => {
  const gateway = new TestGateway();
  const { socket, wire } = await gateway.greeted(1);
  socket.receive('{"type":"dance","ref":"a"}');
  socket.receive(JSON.stringify({ ...message(1), content: 5 }));
  gateway.send(socket, message(2));
  await gateway.settle();
  const [unknown, invalid] = wire.frames('error');
  assert.deepEqual([unknown?.code, unknown?.ref], ['frame.unknown', 'a']);
  assert.deepEqual(
    [invalid?.code, invalid?.ref, invalid?.id, invalid?.path],
    ['frame.invalid', 'r1', messageId(1), '/content'],
  );
  assert.equal(wire.frames('sent')[0]?.id, messageId(2));
});

test('[HEL12] a message that is being checked holds up the ones behind it, and nothing else', async () => {
  const order: string[] = [];
  const checks: (() => void)[] = [];
  const gateway = new TestGateway({
    handlers: {
      async message(_session, frame, ordered) {
        if (frame.content === 'text 1') await new Promise<void>((resolve) => checks.push(resolve));
        order.push(String(frame.content));
        ordered();
        return ok({ id: String(frame.id) });
      },
    },
  });
  const slow = await gateway.greeted(1);
  const other = await gateway.greeted(2);
  gateway.send(slow.socket, message(1));
  gateway.send(slow.socket, message(2));
  gateway.send(slow.socket, message(3));
  gateway.send(other.socket, message(4));
  await gateway.settle();
  assert.deepEqual(order, ['text 4']);
  checks[0]?.();
  await gateway.settle();
  assert.deepEqual(order, ['text 4', 'text 1', 'text 2', 'text 3']);
  assert.deepEqual(
    slow.wire
      .frames('sent')
      .map((frame) => frame.id)
      .sort(),
    [1, 2, 3].map(messageId),
  );
});

test('[HEL12] many frames behind a message stop the reading until they have been served', async () => {
  const checks: (() => void)[] = [];
  const gateway = new TestGateway({
    rateFactor: 10,
    handlers: {
      async message(_session, frame, ordered) {
        if (checks.length === 0) await new Promise<void>((resolve) => checks.push(resolve));
        ordered();
        return ok({ id: String(frame.id) });
      },
    },
  });
  const { socket, wire } = await gateway.greeted(1);
  for (let n = 0; n < 60; n++) gateway.send(socket, message(n));
  for (let n = 0; n < 10; n++) gateway.send(socket, { type: 'heartbeat' });
  assert.equal(wire.paused, true);
  checks[0]?.();
  await gateway.settle();
  assert.equal(wire.paused, false);
  assert.equal(wire.frames('sent').length, 60);
});

test('[HEL12] what waits behind a message is bounded: who goes on is closed with 4429', async () => {
  const gateway = new TestGateway({ rateFactor: 1_000, handlers: { message: () => new Promise(() => {}) } });
  const { socket, wire } = await gateway.greeted(1);
  gateway.send(socket, message(0));
  for (let n = 0; n < maxWaitingFrames; n++) gateway.send(socket, { type: 'heartbeat' });
  assert.deepEqual([wire.paused, wire.closedWith], [true, null]);
  gateway.send(socket, { type: 'heartbeat' });
  assert.deepEqual(wire.closedWith, { code: 4429, reason: 'frame.abuse' });
});

test('[HEL14] messages, hints and syncs that are not answered are bounded', async () => {
  const never = new Promise<never>(() => {});
  const gateway = new TestGateway({
    rateFactor: 100,
    handlers: {
      message: (_session, _frame, ordered) => {
        ordered();
        return never;
      },
      sync: () => never,
      received: () => never,
    },
  });
  const { socket, wire: line } = await gateway.greeted(1);
  for (let n = 0; n <= wire.maxUnansweredMessages; n++) gateway.send(socket, message(n, n));
  for (let n = 0; n <= maxUnansweredSyncs; n++)
    gateway.send(socket, { type: 'sync', ref: `s${n}`, conversation_id: conversationId(1) });
  for (let n = 0; n <= maxUnansweredHints; n++)
    gateway.send(socket, { type: 'received', conversation_id: conversationId(1), seq: 1 });
  for (let n = 0; n < 10; n++) gateway.send(socket, { type: 'typing', conversation_id: conversationId(1) });
  await gateway.settle();
  assert.deepEqual(
    line.frames('error').map((frame) => [frame.code, frame.ref]),
    [
      ['queue.full', `r${wire.maxUnansweredMessages}`],
      ['queue.full', `s${maxUnansweredSyncs}`],
      ['queue.full', undefined],
    ],
  );
});

test('[HEL19] a fault of the world refuses the request and keeps the socket; a bug closes it and no other', async () => {
  const gateway = new TestGateway({
    handlers: {
      async message(_session, frame) {
        if (frame.content === 'text 1') throw new Unavailable('disk full');
        if (frame.content === 'text 3') throw new TypeError('a bug');
        return ok({ id: String(frame.id) });
      },
    },
  });
  const { socket, wire } = await gateway.greeted(1);
  const other = await gateway.greeted(2);
  gateway.send(socket, message(1));
  await gateway.settle();
  assert.deepEqual([wire.frames('error')[0]?.code, wire.frames('error')[0]?.advice], ['unavailable', 'retry']);
  assert.equal(wire.closedWith, null);
  gateway.send(socket, message(3, 2));
  gateway.send(other.socket, message(4));
  await gateway.settle();
  assert.deepEqual(wire.closedWith, { code: 1011, reason: 'internal' });
  assert.equal(other.wire.frames('sent').length, 1);
  assert.deepEqual(gateway.faults, ['message', 'message']);
});

test('[HEL19] a failing hint, watch or sync is refused, says no more than its code, and the socket stays', async () => {
  const away = async () => {
    throw new Unavailable('the disk at /dev/sda is away');
  };
  const gateway = new TestGateway({
    handlers: { received: away, read: async () => refuse('conversation.denied'), presenceOf: away, sync: away },
  });
  const { socket, wire } = await gateway.greeted(1);
  const conversation_id = conversationId(1);
  gateway.send(socket, { type: 'received', conversation_id, seq: 1 });
  gateway.send(socket, { type: 'read', conversation_id, seq: 1 });
  gateway.send(socket, { type: 'watch', accounts: [accountId(2)] });
  gateway.send(socket, { type: 'sync', ref: 's', conversation_id });
  await gateway.settle();
  assert.deepEqual(
    wire
      .frames('error')
      .map(({ code, ref }) => `${code} ${ref ?? ''}`)
      .toSorted(),
    ['conversation.denied ', 'unavailable ', 'unavailable ', 'unavailable s'],
  );
  assert.ok(!JSON.stringify(wire.frames()).includes('disk'));
  assert.equal(wire.closedWith, null);
});

test('[HEL19] a refused sync is told with its ref', async () => {
  const gateway = new TestGateway({ handlers: { sync: async () => refuse('conversation.denied') } });
  const { socket, wire } = await gateway.greeted(1);
  gateway.send(socket, { type: 'sync', ref: 's', conversation_id: conversationId(1) });
  await gateway.settle();
  const [error] = wire.frames('error');
  assert.deepEqual([error?.code, error?.ref], ['conversation.denied', 's']);
});

test('[HEL19] a use case that throws at once ends its socket only', async () => {
  const gateway = new TestGateway({
    handlers: {
      typing() {
        throw new TypeError('a bug');
      },
    },
  });
  const { socket, wire } = await gateway.greeted(1);
  gateway.send(socket, { type: 'typing', conversation_id: conversationId(1) });
  assert.deepEqual(wire.closedWith, { code: 1011, reason: 'internal' });
});

test('[HEL20] a ref with any characters comes back as it was', async () => {
  const gateway = new TestGateway();
  const { socket, wire } = await gateway.greeted(1);
  for (const ref of ['"quoted"', 'back\\slash', 'Zürich', '\u0001', '']) {
    if (ref === '') continue;
    gateway.send(socket, { ...message(1), ref });
    await gateway.settle();
    assert.equal(wire.frames('sent').at(-1)?.ref, ref);
  }
  gateway.send(socket, { type: 'sync', ref: 'q', conversation_id: conversationId(1) });
  await gateway.settle();
  assert.equal(wire.frames('messages')[0]?.ref, 'q');
});
