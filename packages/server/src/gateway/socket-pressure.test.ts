import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { sweepMs } from '../kernel/limits.ts';
import { accountId, message, TestGateway } from './fixture.ts';

test('[R10] [HEL15] too many messages are refused with a time to wait, and it helps to wait', async () => {
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

test('[R10] [HEL17] a slow reader loses pushes, is not read from, and is told to sync when it has caught up', async () => {
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

test('[HEL18] one that is behind lives as long as it takes something, and not beyond 44 s of nothing', async () => {
  const silences: number[] = [];
  const disconnected = async (_session: unknown, silentMs: number) => void silences.push(silentMs);
  const gateway = new TestGateway({ handlers: { disconnected } });
  const slow = await gateway.greeted(1);
  const dead = await gateway.greeted(2);
  slow.wire.bufferedBytes = 1_100 * 1024;
  gateway.hub.deliver({ type: 'accounts', accounts: [accountId(1)], frame: Buffer.from('{}'), droppable: false });
  for (let second = 0; second < 60; second++) {
    slow.wire.bufferedBytes -= 1_000;
    // What is written to the other from now on is not taken: it is found to be behind before it is found to be silent.
    if (second === 19) Object.assign(dead.wire, { stuck: true, bufferedBytes: 1_000 });
    if (second < 44) assert.equal(dead.wire.closedWith, null, `${second} s`);
    await gateway.pass(1_000);
  }
  assert.deepEqual([slow.wire.paused, slow.wire.closedWith], [true, null]);
  assert.equal(dead.wire.closedWith, 'terminated');
  assert.deepEqual(silences, [wire.offlineSilenceMs - sweepMs]);
});
