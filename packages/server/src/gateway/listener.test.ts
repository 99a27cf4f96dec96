import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket as Network } from 'node:net';
import { test } from 'node:test';
import { subprotocol, limits as wireLimits } from '@parley/protocol';
import { WebSocket } from 'ws';
import { hostClock } from '../kernel/clock.ts';
import { connectsPerAddressBurst } from '../kernel/limits.ts';
import { hostRandom } from '../kernel/random.ts';
import { ok } from '../kernel/result.ts';
import { accountId, message } from './fixture.ts';
import { listen, masked, watchFrames } from './listener-fixture.ts';

async function refusedStatus(socket: WebSocket): Promise<{ status: number; body: string; retryAfter: unknown }> {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let body = '';
  for await (const part of response) body += String(part);
  return { status: response.statusCode ?? 0, body, retryAfter: response.headers['retry-after'] };
}

test('[HEL7] a plain WebSocket and one with the subprotocol are both served', async () => {
  const running = await listen();
  const plain = new WebSocket(running.url);
  const named = new WebSocket(running.url, ['other', subprotocol]);
  await Promise.all([once(plain, 'open'), once(named, 'open')]);
  for (const [socket, n] of [
    [plain, 1],
    [named, 2],
  ] as const) {
    const seen = watchFrames(socket);
    socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: String(n) }));
    socket.send(JSON.stringify(message(n)));
    assert.equal((await seen.until('sent')).ref, `r${n}`);
    assert.deepEqual(seen.frames.map((frame) => frame.type).toSorted(), ['changes', 'sent', 'welcome']);
  }
  assert.equal(plain.protocol, '');
  assert.equal(named.protocol, subprotocol);
  await running.close();
});

test('[HEL3] a bearer token or a cookie of our own page says who it is', async () => {
  const running = await listen();
  const byHeader = new WebSocket(running.url, { headers: { authorization: 'Bearer 1' } });
  const seen = watchFrames(byHeader);
  await once(byHeader, 'open');
  byHeader.send('{"type":"heartbeat"}');
  assert.equal((await seen.until('welcome')).account, accountId(1));
  const cookie = `__Host-parley-${accountId(2)}=2; __Host-parley-${accountId(3)}=3`;
  const origin = `http://127.0.0.1:${running.port}`;
  const byCookie = new WebSocket(`${running.url}?account=${accountId(3)}`, { headers: { cookie }, origin });
  const seenToo = watchFrames(byCookie);
  await once(byCookie, 'open');
  byCookie.send('{"type":"hello","protocol":1}');
  assert.equal((await seenToo.until('welcome')).account, accountId(3));
  await running.close();
});

test('[HEL6] a cookie from a foreign page is ignored: hello with a token is needed', async () => {
  const running = await listen();
  const cookie = `__Host-parley-${accountId(2)}=2`;
  for (const headers of [{ cookie, origin: 'https://evil.example' }, { cookie }]) {
    const socket = new WebSocket(running.url, { headers });
    const seen = watchFrames(socket);
    await once(socket, 'open');
    socket.send('{"type":"hello","protocol":1}');
    assert.equal(await seen.closed, 4401);
    assert.deepEqual(
      seen.frames.map((frame) => frame.type),
      ['error'],
    );
  }
  await running.close();
});

test('[HEL5] a token in the address is refused before there is a socket', async () => {
  const running = await listen();
  for (const query of ['?token=secret', '?access_token=secret']) {
    const { status, body } = await refusedStatus(new WebSocket(running.url + query));
    assert.equal(status, 400);
    assert.equal((JSON.parse(body) as { code: string }).code, 'auth.token_in_url');
    assert.ok(!body.includes('secret'));
  }
  const { status } = await refusedStatus(new WebSocket(running.url.replace('/v1/ws', '/elsewhere')));
  assert.equal(status, 404);
  await running.close();
});

test('[HEL10] too large, binary and compressed frames', async () => {
  const running = await listen();
  const open = async (options = {}) => {
    const socket = new WebSocket(running.url, options);
    const seen = watchFrames(socket);
    await once(socket, 'open');
    return { socket, seen };
  };
  const large = await open();
  large.socket.send('x'.repeat(wireLimits.maxFrameBytes + 1));
  assert.equal(await large.seen.closed, 1009);
  const binary = await open();
  binary.socket.send(Buffer.from('{"type":"heartbeat"}'));
  assert.equal(await binary.seen.closed, 1003);
  const compressed = await open({ perMessageDeflate: true });
  assert.equal(compressed.socket.extensions, '');
  const largest = await open();
  largest.socket.send('{"type":"heartbeat"}'.padStart(wireLimits.maxFrameBytes));
  assert.equal(await largest.seen.closed, 1008);
  await running.close();
});

/** A hand-made client, for what no library sends. Resolves to the close code in the server's close frame. */
async function rawClose(port: number, send: (network: Network) => void): Promise<number> {
  const network = connect(port, '127.0.0.1');
  network.on('error', () => {});
  network.write(
    'GET /v1/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let received = Buffer.alloc(0);
  let isOpen = false;
  for await (const chunk of network) {
    received = Buffer.concat([received, chunk]);
    if (!isOpen) {
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) continue;
      isOpen = true;
      received = received.subarray(end + 4);
      send(network);
    }
    const close = received.indexOf(0x88);
    if (close >= 0 && received.length >= close + 4) {
      network.destroy();
      return received.readUInt16BE(close + 2);
    }
  }
  return 0;
}

test('[HEL10] broken framing is answered with the code for it', async () => {
  const running = await listen();
  const cases: readonly (readonly [string, number, Buffer])[] = [
    ['not masked', 1002, Buffer.from([0x81, 1, 97])],
    ['reserved bit', 1002, masked(0xc1, Buffer.from('a'))],
    ['unknown opcode', 1002, masked(0x83, Buffer.from('a'))],
    ['fragmented ping', 1002, masked(0x09, Buffer.from('a'))],
    ['invalid UTF-8', 1007, masked(0x81, Buffer.from([0xc3, 0x28]))],
    ['continuation of nothing', 1002, masked(0x80, Buffer.from('a'))],
  ];
  for (const [name, code, bytes] of cases)
    assert.equal(await rawClose(running.port, (network) => network.write(bytes)), code, name);
  await running.close();
});

test('[HEL10] a flood of fragments is cut off', async () => {
  const running = await listen();
  const code = await rawClose(running.port, (network) => {
    network.write(masked(0x01, Buffer.from('a')));
    network.write(Buffer.concat(Array.from({ length: 1_000 }, () => masked(0x00, Buffer.alloc(0)))));
  });
  assert.equal(code, 1008);
  await running.close();
});

test('[HEL26] a flood of connects from one address is refused with 429 and Retry-After', async () => {
  const now = hostClock.now();
  const running = await listen({ clock: { ...hostClock, now: () => now } });
  const statuses = await Promise.all(
    Array.from({ length: connectsPerAddressBurst + 20 }, async () => {
      const socket = new WebSocket(running.url);
      socket.on('error', () => {});
      return Promise.race([once(socket, 'open').then(() => 101), refusedStatus(socket).then(({ status }) => status)]);
    }),
  );
  assert.equal(statuses.filter((status) => status === 101).length, connectsPerAddressBurst);
  assert.equal(statuses.filter((status) => status === 429).length, 20);
  const { body, retryAfter } = await refusedStatus(new WebSocket(running.url));
  const refused = JSON.parse(body) as Readonly<Record<string, unknown>>;
  assert.deepEqual([refused.code, refused.advice, refused.retry_after_ms], ['connection.too_many', 'wait', 5_000]);
  assert.equal(retryAfter, '5');
  await running.close();
});

test('[HEL26] a place is free again when its connection is gone', async () => {
  const running = await listen({ maxSockets: 1 });
  const first = new WebSocket(running.url);
  await once(first, 'open');
  assert.equal((await refusedStatus(new WebSocket(running.url))).status, 503);
  first.terminate();
  while (running.listener.size > 0) await new Promise((resolve) => setImmediate(resolve));
  const second = new WebSocket(running.url);
  await once(second, 'open');
  await running.close();
});

test('[HEL27] a stop says goaway with a jittered time, answers what is under way, closes with 1012 and lets nobody in', async () => {
  let finish = () => {};
  const running = await listen({
    handlers: {
      message: async (_session, frame, ordered) => {
        ordered();
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return ok({ id: String(frame.id) });
      },
    },
  });
  const socket = new WebSocket(running.url);
  const seen = watchFrames(socket);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: '1' }));
  socket.send(JSON.stringify(message(1)));
  await seen.until('changes');
  const stopped = running.listener.drain();
  const goaway = await seen.until('goaway');
  assert.ok(Number(goaway.reconnect_in_ms) >= 500 && Number(goaway.reconnect_in_ms) <= 5_000);
  finish();
  await seen.until('sent');
  assert.equal((await refusedStatus(new WebSocket(running.url))).status, 503);
  assert.equal(await seen.closed, 1012);
  await stopped;
  await running.close();
});

test('[S10] [HEL19] random bytes after the handshake end that connection and nothing else', async () => {
  const running = await listen();
  for (let n = 0; n < 50; n++) await rawClose(running.port, (network) => network.end(hostRandom.bytes(1 + n * 7)));
  const socket = new WebSocket(running.url);
  const seen = watchFrames(socket);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: '1' }));
  await seen.until('welcome');
  await running.close();
});
