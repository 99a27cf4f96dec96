// A connection over sockets that the test holds the other end of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameDown } from '@parley/protocol';
import { ChatError } from './error.ts';
import { accountId, conversationId, HandClock, HandSockets, seededRandom, seenByHost, settle } from './fixture.ts';
import * as limits from './limits.ts';
import { Link } from './link.ts';

const welcome = {
  type: 'welcome',
  protocol: 1,
  account: accountId(1),
  heartbeat_ms: 25_000,
  log_id: 'l',
  epoch: 1,
} as unknown as FrameDown;

function setUp() {
  const sockets = new HandSockets();
  const clock = new HandClock();
  const frames: string[] = [];
  const downs: number[] = [];
  const owner = {
    onFrame: (frame: FrameDown) => void frames.push(frame.type),
  };
  const link = new Link(sockets, clock, seededRandom(1), {
    hello: () => ({ token: 'secret', since: 's1', client: 'test' }),
    onWelcome: () => frames.push('welcome'),
    onFrame: (frame) => owner.onFrame(frame),
    onDown: (code) => downs.push(code),
    onState: () => {},
  });
  const up = () => {
    link.start();
    sockets.last.opened();
    sockets.last.say(welcome);
    return sockets.last;
  };
  return { sockets, clock, frames, downs, link, up, owner };
}

test('[CON5] hello comes first, with token and since, and nothing is written before welcome', () => {
  const { sockets, link } = setUp();
  link.start();
  assert.equal(link.send({ type: 'heartbeat' }), false);
  sockets.last.opened();
  assert.equal(link.send({ type: 'heartbeat' }), false);
  assert.deepEqual(sockets.last.sent, [{ type: 'hello', protocol: 1, token: 'secret', since: 's1', client: 'test' }]);
  sockets.last.say(welcome);
  assert.equal(link.send({ type: 'heartbeat' }), true);
});

test('[CON6] a question gets its answer, its refusal, or an error when the connection ends or time is up', async () => {
  const { clock, link, up } = setUp();
  const socket = up();
  const ask = () => link.ask({ type: 'sync', conversation_id: conversationId(1) });
  const answered = ask();
  const refused = ask();
  const late = ask();
  const [first, second] = socket.of('sync');
  socket.say({ type: 'error', ref: second?.ref ?? '', code: 'rate.limited', advice: 'wait', retry_after_ms: 40 });
  socket.say({ type: 'changes', ref: first?.ref ?? '', items: [], has_more: false, since: 's2' });
  assert.equal((await answered).type, 'changes');
  await assert.rejects(
    refused,
    (error) => error instanceof ChatError && error.code === 'rate.limited' && error.retryAfterMs === 40,
  );
  const timedOut = assert.rejects(late, { code: 'client.timeout' });
  await clock.advance(limits.requestTimeoutMs);
  await timedOut;
  const lost = assert.rejects(ask(), { code: 'client.unreachable' });
  socket.dropped();
  await lost;
  await assert.rejects(ask(), { code: 'client.unreachable' });
});

test('[CON6] the bound of questions is kept', async () => {
  const { link, up, clock } = setUp();
  up();
  const asked = Array.from({ length: limits.maxPendingRequests }, () => link.ask({ type: 'sync' }));
  const all = Promise.allSettled(asked);
  await assert.rejects(link.ask({ type: 'sync' }), { code: 'rate.limited' });
  link.stop();
  await all;
  assert.equal(clock.pending, 0);
});

test('[CON7] an old socket, unknown frames and broken text change nothing', async () => {
  const { sockets, clock, frames, downs, up } = setUp();
  const old = up();
  old.sayText('{');
  old.sayText('[]');
  old.sayText('"x"');
  old.sayText('null');
  old.say({ type: 'novelty' } as unknown as FrameDown);
  assert.deepEqual(frames, ['welcome', 'novelty']);
  await clock.advance(35_000);
  assert.deepEqual(downs, [1006]);
  assert.equal(old.closedWith, 1000);
  await clock.advance(limits.minBackoffMs * 2);
  sockets.last.opened();
  sockets.last.say(welcome);
  old.dropped(4401);
  old.say({ type: 'heartbeat', change: 'x', server_time: '2026-01-01T00:00:00.000Z' });
  await settle();
  assert.deepEqual(frames, ['welcome', 'novelty', 'welcome']);
  assert.equal(sockets.last.closedWith, null);
});

test('[CON10] a frame that makes no sense ends the connection, which comes back after a while', async () => {
  const { clock, sockets, frames, downs, up, owner } = setUp();
  const socket = up();
  owner.onFrame = () => {
    throw new ChatError('client.unexpected');
  };
  socket.sayText('{"type":"to_device"}');
  assert.deepEqual([socket.closedWith, downs], [1000, [1006]]);
  socket.sayText('{"type":"to_device"}');
  assert.deepEqual(downs, [1006]);
  for (let ms = 0; ms < limits.maxBackoffMs && sockets.all.length < 2; ms += 1_000) await clock.advance(1_000);
  assert.equal(sockets.all.length, 2);
  sockets.last.opened();
  sockets.last.say(welcome);
  assert.deepEqual(frames, ['welcome', 'welcome']);
});

test('[CON70] a bug of ours at a frame ends the connection as well, and the host sees it', async (t) => {
  const seen = seenByHost(t);
  const { downs, up, owner } = setUp();
  const socket = up();
  const bug = new TypeError('a bug of ours');
  owner.onFrame = () => {
    throw bug;
  };
  socket.sayText('{"type":"to_device"}');
  await settle();
  assert.deepEqual([socket.closedWith, downs, seen], [1000, [1006], [bug]]);
});

test('[CON4] a heartbeat is answered and keeps the connection', async () => {
  const { clock, downs, up } = setUp();
  const socket = up();
  for (let beat = 0; beat < 4; beat++) {
    await clock.advance(25_000);
    socket.say({ type: 'heartbeat', change: 'x', server_time: '2026-01-01T00:00:00.000Z' });
  }
  assert.equal(socket.of('heartbeat').length, 4);
  assert.deepEqual(downs, []);
});
