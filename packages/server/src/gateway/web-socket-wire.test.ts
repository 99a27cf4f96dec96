// The host's wire against a client that does not read, over a real connection.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket as Network } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { payloads } from './fixture.ts';
import { WebSocketWire } from './web-socket-wire.ts';
import { framedText } from './wire.ts';

interface Ends {
  readonly wire: WebSocketWire;
  readonly webSocket: WebSocket;
  /** The client's end, after the handshake. It reads when it is told to. */
  readonly client: Network;
}

/** Both ends of one WebSocket. */
async function pair(t: TestContext): Promise<Ends> {
  const webSockets = new WebSocketServer({ noServer: true });
  const server = createServer();
  const opened = Promise.withResolvers<readonly [WebSocketWire, WebSocket]>();
  server.on('upgrade', (request, network, head) =>
    webSockets.handleUpgrade(request, network, head, (webSocket) =>
      opened.resolve([new WebSocketWire(webSocket, network), webSocket]),
    ),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.after(async () => {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  client.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await once(client, 'data');
  client.pause();
  const [wire, webSocket] = await opened.promise;
  return { wire, webSocket, client };
}

const masked = (text: string) =>
  Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('[HEL17] what a client does not read is counted, and given to it in order when it reads on', async (t) => {
  const { wire, client } = await pair(t);
  const frames = Array.from({ length: 200 }, (_, n) => `${n} ${'x'.repeat(60_000)}`);
  for (const text of frames) wire.write(framedText(text));
  await turn();
  assert.ok(wire.bufferedBytes > 4 * 1024 * 1024, `${wire.bufferedBytes} bytes wait`);
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  client.resume();
  while (wire.bufferedBytes > 0) await turn();
  const expected = frames.reduce((sum, text) => sum + framedText(text).length, 0);
  while (chunks.reduce((sum, chunk) => sum + chunk.length, 0) < expected) await once(client, 'data');
  assert.deepEqual(payloads(Buffer.concat(chunks)), frames);
});

test('[HEL17] a client that is not read from is read from again, and nothing that it said is lost', async (t) => {
  const { wire, webSocket, client } = await pair(t);
  const heard: string[] = [];
  webSocket.on('message', (bytes) => heard.push((bytes as Buffer).toString()));
  wire.pause();
  client.write(Buffer.concat([masked('one'), masked('two')]));
  for (let n = 0; n < 20; n++) await turn();
  assert.deepEqual(heard, []);
  wire.resume();
  while (heard.length < 2) await turn();
  assert.deepEqual(heard, ['one', 'two']);
});

test('[HEL17] a client that was not read from still closes properly', async (t) => {
  const { wire, webSocket, client } = await pair(t);
  wire.pause();
  const closed = once(webSocket, 'close');
  wire.close(1013, 'server.overloaded');
  client.resume();
  const [frame] = (await once(client, 'data')) as [Buffer];
  assert.deepEqual([frame[0], frame.readUInt16BE(2), frame.toString('utf8', 4)], [0x88, 1013, 'server.overloaded']);
  client.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xf5]));
  assert.equal((await closed)[0], 1013);
  wire.write(framedText('after the end'));
});

test('[HEL18] ending at once waits for nobody', async (t) => {
  const { wire, client } = await pair(t);
  const closed = once(client, 'close');
  client.resume();
  wire.terminate();
  await closed;
});
