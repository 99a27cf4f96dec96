// Files of a real browser: they go up from blobs, with progress and with their length, and come down in ranges.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { HttpBytes } from '@parley/sdk';
import type { Browser, JSHandle } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { startModuleServer } from './module-server.ts';

/** Closed again in the opposite order, also when `before` did not get to its end: then nothing holds the process. */
const opened = new AsyncDisposableStack();
let browser: Browser;
let modules: Awaited<ReturnType<typeof startModuleServer>>;

before(async () => {
  browser = opened.use(await launchBrowser());
  modules = opened.use(await startModuleServer());
});
after(() => opened.disposeAsync());

const pieces = 40;
const pieceBytes = 100_000;
const sample = Buffer.concat(Array.from({ length: pieces }, (_, n) => Buffer.alloc(pieceBytes, n)));
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A server of another origin, which lets this page call it. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    response.setHeader('access-control-allow-methods', '*');
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bytesIn(origin: string): Promise<JSHandle<HttpBytes>> {
  const page = await browser.newPage();
  await page.goto(modules.url);
  return page.evaluateHandle(async (at) => {
    const path = '/packages/sdk/src/platform/web-bytes.ts';
    const { webBytes } = (await import(path)) as { webBytes: (origin: string, headers: object) => HttpBytes };
    return webBytes(at, { 'parley-account': 'a_x' });
  }, origin);
}

/** Puts the sample, piece by piece; `stopAt`: nobody waits any more once so much has gone. */
function put(bytes: JSHandle<HttpBytes>, stopAt = Number.POSITIVE_INFINITY) {
  return bytes.evaluate(
    async (there, { count, size, end }) => {
      const stop = new AbortController();
      const told: number[] = [];
      const from = (async function* () {
        for (let n = 0; n < count; n++) yield new Uint8Array(size).fill(n);
      })();
      const onProgress = (sent: number) => {
        told.push(sent);
        if (sent >= end) stop.abort();
      };
      const request = { path: '/v1/x', length: count * size, pieces: from, onProgress, signal: stop.signal };
      return there.send(request).then(
        (answer) => ({ answer, told }),
        (error: Error) => ({ answer: error.name, told }),
      );
    },
    { count: pieces, size: pieceBytes, end: stopAt },
  );
}

test('[MED27] in a browser a file goes up with its length and its headers, and it is told how far it is', async () => {
  let got: readonly unknown[] = [];
  const origin = await serve(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { 'content-length': length, 'content-type': type, 'parley-account': account } = request.headers;
    got = [request.method, length, type, account, hash(Buffer.concat(parts))];
    response.writeHead(201).end('{"blob":"b"}');
  });
  const { answer, told } = await put(await bytesIn(origin));
  assert.deepEqual(answer, { status: 201, body: { blob: 'b' } });
  assert.deepEqual(got, ['PUT', String(sample.length), 'application/octet-stream', 'a_x', hash(sample)]);
  assert.equal(told.at(-1), sample.length);
});

test('[MED27] in a browser whoever stops waiting ends a file on its way, and one that cannot be reached says so', async () => {
  // Nothing is read, so it does not come to its end.
  const origin = await serve(async () => {});
  const { answer } = await put(await bytesIn(origin), 1);
  assert.equal(answer, 'AbortError');
  const nobody = await put(await bytesIn('http://127.0.0.1:1'));
  assert.equal(nobody.answer, 'Error');
});

test('[MED27] in a browser a range comes down, and a refusal with its code', async () => {
  const ranges: (string | undefined)[] = [];
  const origin = await serve(async (request, response) => {
    ranges.push(request.headers.range);
    if (request.headers.range === undefined) response.writeHead(404).end('{"code":"blob.unknown"}');
    else response.writeHead(206).end(sample.subarray(1_000_000, 3_000_000));
  });
  const bytes = await bytesIn(origin);
  const got = await bytes.evaluate(async (there) => {
    const { signal } = new AbortController();
    const { status, pieces: from } = await there.receive({
      path: '/v1/x',
      range: { from: 1_000_000, to: 3_000_000 },
      signal,
    });
    const parts: Blob[] = [];
    for await (const piece of from ?? []) parts.push(new Blob([piece as Uint8Array<ArrayBuffer>]));
    const digest = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer());
    const none = await there.receive({ path: '/v1/x', range: null, signal });
    return [status, [...new Uint8Array(digest)], none] as const;
  });
  const expected = [...createHash('sha256').update(sample.subarray(1_000_000, 3_000_000)).digest()];
  assert.deepEqual(got, [206, expected, { status: 404, body: { code: 'blob.unknown' }, pieces: null }]);
  assert.deepEqual(ranges, ['bytes=1000000-2999999', undefined]);
});
