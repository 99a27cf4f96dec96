import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, limits as wire } from '@parley/protocol';
import { maxUnansweredHints, maxUnansweredSyncs } from '../kernel/limits.ts';
import { ok, type Result, refuse, Unavailable } from '../kernel/result.ts';
import { accountId, conversationId, message, messageId, TestGateway } from './fixture.ts';

type Answer = Result<{ readonly id: string }, ErrorCode>;

test('[HEL1] hello is answered by welcome, then changes', async () => {
  const gateway = new TestGateway();
  const { socket, wire } = gateway.open();
  gateway.hub.deliver({ type: 'accounts', accounts: [accountId(1)], frame: Buffer.from('{}'), droppable: false });
  gateway.send(socket, { type: 'hello', protocol: 1, token: '1' });
  await gateway.settle();
  const [welcome, changes] = wire.frames();
  assert.equal(welcome?.type, 'welcome');
  assert.equal(welcome.account, accountId(1));
  assert.equal(welcome.handle, 'person1');
  assert.equal(welcome.log_id, 'log');
  assert.equal(welcome.heartbeat_ms, 25_000);
  assert.equal(changes?.type, 'changes');
  assert.equal(wire.frames().length, 2);
});

test('[HEL1] frames sent behind hello are served after welcome', async () => {
  const gateway = new TestGateway();
  const { socket, wire } = gateway.open();
  gateway.send(socket, { type: 'hello', protocol: 1, token: '1' });
  gateway.send(socket, message(1));
  await gateway.settle();
  assert.equal(wire.frames()[0]?.type, 'welcome');
  assert.equal(wire.frames('sent')[0]?.id, messageId(1));
});

test('[HEL2] a frame before hello closes with 4401, silence with 4408', async () => {
  const gateway = new TestGateway();
  const early = gateway.open();
  gateway.send(early.socket, message(1));
  assert.deepEqual(early.wire.closedWith, { code: 4401, reason: 'auth.required' });
  assert.equal(early.wire.frames('error')[0]?.code, 'auth.required');
  const silent = gateway.open();
  await gateway.pass(wire.helloTimeoutMs - 1_000);
  assert.equal(silent.wire.closedWith, null);
  await gateway.pass(1_000);
  assert.deepEqual(silent.wire.closedWith, { code: 4408, reason: 'hello.missing' });
});

test('[HEL3] with a token from the upgrade hello is optional', async () => {
  const gateway = new TestGateway();
  const talking = gateway.open('1');
  gateway.send(talking.socket, message(1));
  await gateway.settle();
  assert.deepEqual(
    talking.wire.frames().map((frame) => frame.type),
    ['welcome', 'sent', 'changes'],
  );
  const listening = gateway.open('2');
  await gateway.pass(1_000);
  assert.deepEqual(
    listening.wire.frames().map((frame) => frame.type),
    ['welcome', 'changes'],
  );
});

test('[HEL4] a wrong token closes with 4401, an unserved version with 1008, a second hello is only refused', async () => {
  const gateway = new TestGateway();
  const wrong = gateway.open();
  gateway.send(wrong.socket, { type: 'hello', protocol: 1, token: 'wrong' });
  const missing = gateway.open();
  gateway.send(missing.socket, { type: 'hello', protocol: 1 });
  await gateway.settle();
  assert.deepEqual(wrong.wire.closedWith, { code: 4401, reason: 'auth.required' });
  assert.deepEqual(missing.wire.closedWith, { code: 4401, reason: 'auth.required' });
  const { socket, wire } = await gateway.greeted(1);
  gateway.send(socket, { type: 'hello', protocol: 1, token: '1' });
  gateway.endTurn();
  assert.equal(wire.frames('error')[0]?.code, 'hello.repeated');
  assert.equal(wire.closedWith, null);
});

test('[HEL4] a newer client is spoken to in the version of the server', async () => {
  const gateway = new TestGateway();
  const { socket, wire } = gateway.open();
  gateway.send(socket, { type: 'hello', protocol: 7, token: '1' });
  await gateway.settle();
  assert.equal(wire.frames('welcome')[0]?.protocol, 1);
});

test('[HEL8] a device that connects again replaces its older socket', async () => {
  const gateway = new TestGateway();
  const older = await gateway.greeted(1);
  const newer = await gateway.greeted(1);
  const other = await gateway.greeted(2, 1);
  assert.deepEqual(older.wire.closedWith, { code: 4409, reason: 'device.replaced' });
  assert.equal(newer.wire.closedWith, null);
  assert.equal(other.wire.closedWith, null);
  assert.equal(gateway.hub.devices, 2);
});

test('[HEL9] a device that may not begin is not welcomed', async () => {
  const gateway = new TestGateway({ refuses: () => 'device.revoked' });
  const { wire } = await gateway.greeted(1);
  assert.deepEqual(wire.closedWith, { code: 4401, reason: 'device.revoked' });
  assert.equal(wire.frames('welcome').length, 0);
});

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

test('[HEL13] later messages of a conversation wait for the one that was refused for now', async () => {
  let failing = true;
  const gateway = new TestGateway({
    handlers: {
      async message(_session, frame, ordered): Promise<Answer> {
        if (failing && frame.id === messageId(1)) return refuse('members.stale');
        ordered();
        return ok({ id: String(frame.id) });
      },
    },
  });
  const { socket, wire } = await gateway.greeted(1);
  for (const n of [1, 2]) gateway.send(socket, message(n));
  gateway.send(socket, message(3, 2));
  await gateway.settle();
  assert.deepEqual(
    wire.frames('error').map((frame) => [frame.id, frame.code]),
    [
      [messageId(1), 'members.stale'],
      [messageId(2), 'message.out_of_order'],
    ],
  );
  assert.deepEqual(
    wire.frames('sent').map((frame) => frame.id),
    [messageId(3)],
  );
  failing = false;
  for (const n of [2, 1, 2]) gateway.send(socket, message(n));
  await gateway.settle();
  assert.equal(wire.frames('error').length, 3);
  assert.deepEqual(
    wire.frames('sent').map((frame) => frame.id),
    [3, 1, 2].map(messageId),
  );
});

test('[HEL13] a message refused for good holds up nothing', async () => {
  const gateway = new TestGateway({
    handlers: {
      async message(_session, frame, ordered): Promise<Answer> {
        if (frame.id === messageId(1)) return refuse('message.too_large');
        ordered();
        return ok({ id: String(frame.id) });
      },
    },
  });
  const { socket, wire } = await gateway.greeted(1);
  for (const n of [1, 2]) gateway.send(socket, message(n));
  await gateway.settle();
  assert.equal(wire.frames('sent').length, 1);
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

test('[HEL15] too many messages are refused with a time to wait, and it helps to wait', async () => {
  const gateway = new TestGateway();
  const { socket, wire: line } = await gateway.greeted(1);
  for (let n = 0; n < 200; n++) gateway.send(socket, message(n));
  await gateway.settle();
  assert.equal(line.frames('sent').length, wire.messagesBurst);
  const [first, ...later] = line.frames('error');
  assert.equal(later.length, 200 - wire.messagesBurst - 1);
  assert.deepEqual([first?.code, first?.advice], ['rate.limited', 'wait']);
  assert.ok(later.every((frame) => frame.code === 'message.out_of_order'));
  const waitMs = first?.retry_after_ms ?? 0;
  assert.ok(waitMs > 0 && waitMs <= 1_000);
  assert.equal(line.closedWith, null);
  gateway.clock.advance(waitMs);
  gateway.send(socket, message(wire.messagesBurst));
  await gateway.settle();
  assert.equal(line.frames('sent').length, wire.messagesBurst + 1);
});

test('[HEL15] a conversation has a rate, too, whoever writes in it', async () => {
  const gateway = new TestGateway();
  const devices = await Promise.all([1, 2, 3].map((n) => gateway.greeted(n)));
  for (let n = 0; n < 50; n++) for (const { socket } of devices) gateway.send(socket, message(n));
  await gateway.settle();
  const sent = devices.flatMap(({ wire: line }) => line.frames('sent')).length;
  assert.equal(sent, 2 * wire.conversationMessagesPerSecond);
});

test('[HEL15] whoever goes on is closed with 4429, and connecting again does not help', async () => {
  const gateway = new TestGateway();
  const { socket, wire } = await gateway.greeted(1);
  for (let n = 0; n < 1_000; n++) gateway.send(socket, message(1));
  assert.deepEqual(wire.closedWith, { code: 4429, reason: 'frame.abuse' });
  const again = await gateway.greeted(1);
  gateway.send(again.socket, message(2));
  await gateway.settle();
  assert.deepEqual(again.wire.closedWith, { code: 4429, reason: 'frame.abuse' });
});

test('[HEL15] a flood of pings is abuse', async () => {
  const gateway = new TestGateway();
  const { socket, wire } = await gateway.greeted(1);
  for (let n = 0; n < 1_000; n++) socket.heard();
  assert.deepEqual(wire.closedWith, { code: 4429, reason: 'frame.abuse' });
});

test('[HEL16] all frames of a turn leave in one write', async () => {
  const gateway = new TestGateway();
  const { socket, wire } = await gateway.greeted(1);
  const writes = wire.writes.length;
  for (let n = 1; n <= 5; n++) gateway.send(socket, message(n));
  gateway.hub.deliver({
    type: 'accounts',
    accounts: [accountId(1)],
    frame: Buffer.from('{"type":"notice"}'),
    droppable: false,
  });
  await gateway.settle();
  assert.equal(wire.writes.length, writes + 1);
  assert.equal(wire.frames('sent').length, 5);
});

test('[HEL17] a slow reader loses pushes, is not read from, and is told to sync when it has caught up', async () => {
  const gateway = new TestGateway();
  const { wire } = await gateway.greeted(1);
  const push = (droppable: boolean) =>
    gateway.hub.deliver({
      type: 'accounts',
      accounts: [accountId(1)],
      frame: Buffer.from('{"type":"notice"}'),
      droppable,
    });
  wire.bufferedBytes = 300 * 1024;
  push(true);
  push(false);
  gateway.endTurn();
  assert.equal(wire.frames('notice').length, 1);
  wire.bufferedBytes = 1_100 * 1024;
  push(false);
  gateway.endTurn();
  assert.equal(wire.frames('notice').length, 1);
  await gateway.pass(1_000);
  assert.equal(wire.paused, true);
  wire.bufferedBytes = 100 * 1024;
  await gateway.pass(2_000);
  assert.equal(wire.paused, false);
  assert.equal(wire.frames('heartbeat').length, 1);
  push(false);
  gateway.endTurn();
  assert.equal(wire.frames('notice').length, 2);
});

test('[HEL17] a reader that takes nothing for 30 s, or leaves 4 MB, is closed with 1013', async () => {
  const gateway = new TestGateway();
  const stalled = await gateway.greeted(1);
  const far = await gateway.greeted(2);
  stalled.wire.stuck = true;
  gateway.send(stalled.socket, message(1));
  await gateway.settle();
  far.wire.bufferedBytes = 4 * 1024 * 1024 + 1;
  await gateway.pass(1_000);
  assert.deepEqual(far.wire.closedWith, { code: 1013, reason: 'server.overloaded' });
  await gateway.pass(27_000);
  assert.equal(stalled.wire.closedWith, null);
  await gateway.pass(4_000);
  assert.deepEqual(stalled.wire.closedWith, { code: 1013, reason: 'server.overloaded' });
});

test('[HEL18] heartbeats carry the change counter; a silent socket is let go', async () => {
  const gateway = new TestGateway();
  const alive = await gateway.greeted(1);
  const dead = await gateway.greeted(2);
  await gateway.pass(wire.heartbeatMs);
  assert.equal(alive.wire.frames('heartbeat')[0]?.change, '1');
  assert.ok(alive.wire.writes.some((bytes) => Buffer.from(bytes).includes(Buffer.from([0x89, 0]))));
  alive.socket.heard();
  await gateway.pass(wire.heartbeatGraceMs);
  assert.equal(alive.wire.closedWith, null);
  assert.equal(dead.wire.closedWith, 'terminated');
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

test('[HEL28] connected and disconnected are told once each, also when the socket ends in between', async () => {
  const told: string[] = [];
  let finish = () => {};
  const gateway = new TestGateway({
    handlers: {
      connected: () => {
        told.push('connected');
        return new Promise((resolve) => {
          finish = resolve;
        });
      },
      disconnected: async () => {
        told.push('disconnected');
      },
    },
  });
  const { socket } = await gateway.greeted(1);
  socket.closed(1006);
  socket.closed(1006);
  await gateway.settle();
  assert.deepEqual(told, ['connected']);
  finish();
  await gateway.settle();
  assert.deepEqual(told, ['connected', 'disconnected']);
  assert.equal(gateway.hub.devices, 0);
});
