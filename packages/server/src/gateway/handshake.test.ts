import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket as Network } from 'node:net';
import { test } from 'node:test';
import { limits as wireLimits } from '@parley/protocol';
import { WebSocket } from 'ws';
import { hostClock } from '../kernel/clock.ts';
import { refusalsBurst } from '../kernel/limits.ts';
import { listen, masked, watchFrames } from './listener-fixture.ts';

/** A burst that is allowed. */
const pingsAtOnce = 390;
const noBytes = Buffer.alloc(0);

test('[API99] [API3] a handshake that is none is refused with a problem that says what is wrong', async () => {
  const running = await listen();
  const start = 'GET /v1/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const answerTo = async (headers: string) => {
    const network = connect(running.port, '127.0.0.1');
    network.write(`${start}${headers}\r\n`);
    let answer = '';
    for await (const chunk of network) answer += String(chunk);
    return answer;
  };
  for (const version of ['', 'Sec-WebSocket-Version: 8\r\n', 'Sec-WebSocket-Version: 99\r\n']) {
    const answer = await answerTo(key + version);
    assert.match(answer, /^HTTP\/1.1 426 Upgrade Required\r\n/);
    assert.match(answer, /\r\nSec-WebSocket-Version: 13\r\n/);
    assert.match(answer, /"status":426.*"path":"\/Sec-WebSocket-Version"/);
  }
  const keyless = await answerTo('Sec-WebSocket-Version: 13\r\n');
  assert.match(keyless, /^HTTP\/1.1 400 Bad Request\r\n(?:.*\r\n)*Content-Type: application\/problem\+json/);
  await running.close();
});

test('[HEL15] pings in one write are answered as far as frames go, and a flood of them is closed with its code', async () => {
  const now = hostClock.now();
  const running = await listen({ clock: { ...hostClock, now: () => now } });
  const socket = new WebSocket(running.url);
  const seen = watchFrames(socket);
  let pongs = 0;
  const answered = new Promise<void>((resolve) => {
    socket.on('pong', () => {
      if (++pongs === pingsAtOnce) resolve();
    });
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', protocol: 1, token: '1' }));
  await seen.until('welcome');
  const { _socket: network } = socket as unknown as { readonly _socket: Network };
  const pings = (count: number) =>
    network.write(Buffer.concat(Array.from({ length: count }, () => masked(0x89, noBytes))));
  pings(pingsAtOnce);
  await Promise.race([answered, seen.closed.then((code) => assert.fail(`closed with ${code} after ${pongs} pongs`))]);
  pings(wireLimits.framesBurst + refusalsBurst);
  assert.equal(await seen.closed, 4429);
  await running.close();
});
