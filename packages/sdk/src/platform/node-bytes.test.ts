// Files over real sockets of this machine.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ChatError } from '../error.ts';
import { settle } from '../fixture.ts';
import type { HttpBytes } from '../ports.ts';
import { nodeBytes } from './node-bytes.ts';

const shortMs = 500;
const never = new AbortController().signal;

/** A server of this test. */
async function serve(
  t: TestContext,
  answer: (...given: Parameters<RequestListener>) => unknown,
  afterMs?: number,
): Promise<HttpBytes> {
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return nodeBytes(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    { authorization: 'Bearer x' },
    afterMs,
  );
}

async function* pieces(count: number, bytes = 65_552): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n++) yield new Uint8Array(bytes).fill(n);
}

const up = (length: number, from: AsyncIterable<Uint8Array>, onProgress: (bytes: number) => void = () => {}) => ({
  ...{ path: '/v1/x', length, pieces: from, signal: never, onProgress },
});

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

test('[MED27] bytes go up as they are read, with their length and the token, and it is told how far they are', async (t) => {
  let got: { readonly headers: IncomingMessage['headers']; readonly body: Buffer } | null = null;
  const bytes = await serve(t, async (request, response) => {
    got = { headers: request.headers, body: await read(request) };
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"blob":"b"}');
  });
  const told: number[] = [];
  const answer = await bytes.send(up(3 * 65_552, pieces(3), (sent) => told.push(sent)));
  assert.deepEqual(answer, { status: 201, body: { blob: 'b' } });
  const { headers, body } = got as unknown as { headers: IncomingMessage['headers']; body: Buffer };
  assert.deepEqual(
    [headers['content-length'], headers['transfer-encoding'], headers['content-type'], headers.authorization],
    [String(3 * 65_552), undefined, 'application/octet-stream', 'Bearer x'],
  );
  assert.equal(Buffer.compare(body, Buffer.concat([0, 1, 2].map((n) => Buffer.alloc(65_552, n)))), 0);
  assert.deepEqual(told, [65_552, 2 * 65_552, 3 * 65_552]);
});

test('[MED27] what cannot be read is told as such, and a refusal with its code', async (t) => {
  const bytes = await serve(t, async (request, response) => {
    await read(request).catch(() => {});
    response.writeHead(403).end('{"code":"blob.quota"}');
  });
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    throw new ChatError('client.unreadable_file');
  }
  await assert.rejects(bytes.send(up(20, broken())), (error) => (error as ChatError).code === 'client.unreadable_file');
  assert.deepEqual(await bytes.send(up(10, pieces(1, 10))), { status: 403, body: { code: 'blob.quota' } });
  const { pieces: none, ...answer } = await bytes.receive({ path: '/v1/x', range: null, signal: never });
  assert.deepEqual([none, answer], [null, { status: 403, body: { code: 'blob.quota' } }]);
});

test('[MED27] a transfer that does not move is given up, up and down, and no more is read for it', async (t) => {
  const bytes = await serve(
    t,
    (request, response) => {
      if (request.method === 'PUT') return;
      response.writeHead(206, { 'content-length': '20' });
      response.write('0123456789');
    },
    shortMs,
  );
  let read = 0;
  const far = 4_096;
  await assert.rejects(bytes.send(up(far * 65_552, pieces(far), (sent) => (read = sent))));
  await settle();
  // No more was read than there was room for.
  assert.ok(read < (far / 4) * 65_552, `${read} bytes`);
  const { status, pieces: got } = await bytes.receive({ path: '/v1/x', range: { from: 5, to: 25 }, signal: never });
  assert.ok(got);
  const reader = got[Symbol.asyncIterator]();
  assert.equal(status, 206);
  assert.equal(Buffer.from((await reader.next()).value ?? []).toString(), '0123456789');
  await assert.rejects(reader.next());
});

test('[MED27] a range is asked for as HTTP does, and whoever stops waiting ends it', async (t) => {
  const ranges: (string | undefined)[] = [];
  const ended = Promise.withResolvers<void>();
  const bytes = await serve(t, (request, response) => {
    ranges.push(request.headers.range);
    response.on('close', () => ended.resolve());
    response.writeHead(200).write('0123456789');
  });
  const stop = new AbortController();
  const { pieces: got } = await bytes.receive({ path: '/v1/x', range: { from: 5, to: 25 }, signal: stop.signal });
  assert.ok(got);
  for await (const _ of got) break;
  await ended.promise;
  const again = await bytes.receive({ path: '/v1/x', range: null, signal: stop.signal });
  stop.abort();
  await assert.rejects(async () => {
    for await (const _ of again.pieces ?? []) assert.ok(true);
  });
  assert.deepEqual(ranges, ['bytes=5-24', undefined]);
});
