import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { Unavailable } from '../kernel/result.ts';
import { accountId, message, messageId, TestGateway } from './fixture.ts';

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

test('[HEL2] a frame before hello closes with 1008, which costs no token, a wrong hello with its fault and 1008, silence with 4408', async () => {
  const gateway = new TestGateway();
  const early = gateway.open();
  gateway.send(early.socket, message(1));
  assert.deepEqual(early.wire.closedWith, { code: 1008, reason: 'hello.first' });
  assert.equal(early.wire.frames('error')[0]?.advice, 'fix');
  const wrong = gateway.open();
  wrong.socket.receive('{"type":"hello","protocol":1,"token":1}');
  assert.deepEqual(wrong.wire.closedWith, { code: 1008, reason: 'frame.invalid' });
  const [refused, ...more] = wrong.wire.frames('error');
  assert.deepEqual([refused?.code, refused?.path, more], ['frame.invalid', '/token', []]);
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

test('[HEL4] when who it is cannot be found out, the client is told to come later', async () => {
  for (const [fault, code, reason] of [
    [new Unavailable('the disk is away'), 1013, 'server.overloaded'],
    [new TypeError('a bug'), 1011, 'internal'],
  ] as const) {
    const gateway = new TestGateway({
      handlers: {
        changesSince: async () => {
          throw fault;
        },
      },
    });
    const { wire } = await gateway.greeted(1);
    assert.deepEqual(wire.closedWith, { code, reason });
    assert.equal(wire.frames('changes').length, 0);
  }
});

test('[HEL15] who has not said hello is limited by its address', async () => {
  const gateway = new TestGateway();
  const codes = new Set<number>();
  for (let n = 0; n < wire.framesBurst + 400; n++) {
    const { socket, wire: line } = gateway.open();
    socket.receive('{');
    if (typeof line.closedWith === 'object' && line.closedWith !== null) codes.add(line.closedWith.code);
    assert.ok(line.closedWith !== null, 'each is closed');
  }
  assert.deepEqual([...codes], [1008]);
  const { socket, wire: line } = gateway.open();
  gateway.send(socket, { type: 'hello', protocol: 1, token: '1' });
  gateway.endTurn();
  assert.equal(line.frames('error')[0]?.code, 'rate.limited');
  assert.ok((line.frames('error')[0]?.retry_after_ms ?? 0) > 0);
  const elsewhere = gateway.open(null, '198.51.100.7');
  gateway.send(elsewhere.socket, { type: 'hello', protocol: 1, token: '1' });
  await gateway.settle();
  assert.equal(elsewhere.wire.frames('welcome').length, 1);
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

test('[HEL95] heartbeats go on, and silent sockets are let go in their time, whatever the wall clock does', async () => {
  for (const days of [8, -8]) {
    const gateway = new TestGateway();
    const alive = await gateway.greeted(1);
    const silent = await gateway.greeted(2);
    gateway.clock.jump(days * 86_400_000);
    await gateway.pass(wire.heartbeatMs);
    assert.equal(alive.wire.closedWith, null, 'a clock that ran ahead makes nobody silent');
    const [beat] = alive.wire.frames('heartbeat');
    assert.equal(beat?.server_time, new Date(gateway.clock.now()).toISOString(), 'it is told as it is');
    gateway.send(alive.socket, { type: 'heartbeat' });
    await gateway.pass(wire.heartbeatGraceMs);
    assert.ok(gateway.sockets.has(alive.socket));
    assert.ok(!gateway.sockets.has(silent.socket), 'nor does one that was set back keep anybody');
  }
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

test('[HEL18] of a socket that goes without a word it is told how long nothing was heard', async () => {
  const silences: number[] = [];
  const disconnected = async (_session: unknown, silentMs: number) => void silences.push(silentMs);
  const gateway = new TestGateway({ handlers: { disconnected } });
  const silent = await gateway.greeted(1);
  const leaving = await gateway.greeted(2);
  const broken = await gateway.greeted(3);
  await gateway.pass(20_000);
  leaving.socket.closed(1001);
  broken.socket.closed(1006);
  assert.deepEqual(silences, [0, 20_000]);
  await gateway.pass(wire.heartbeatMs + wire.heartbeatGraceMs - 20_000);
  assert.equal(silent.wire.closedWith, 'terminated');
  assert.deepEqual(silences, [0, 20_000, 35_000]);
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
