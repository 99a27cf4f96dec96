// What no library sends: broken frames, floods of them, and bytes that are none.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket as Network } from 'node:net';
import { test } from 'node:test';
import { limits as wireLimits } from '@parley/protocol';
import { WebSocket } from 'ws';
import { hostClock } from '../kernel/clock.ts';
import { refusalsBurst } from '../kernel/limits.ts';
import { hostRandom } from '../kernel/random.ts';
import { listen, watchFrames } from './listener-fixture.ts';

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

/** A burst that is allowed. */
const pingsAtOnce = 390;
const noBytes = Buffer.alloc(0);

/** A masked frame with a mask of zeros. */
const masked = (first: number, payload: Buffer) =>
  Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), payload]);

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
