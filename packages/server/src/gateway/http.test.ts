import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib';
import { protocolVersion, subprotocol, limits as wire } from '@parley/protocol';
import { listening, testHttp } from './http-fixture.ts';
import { serveMetrics } from './metrics.ts';

/** What a server answers to these bytes, until it closes the connection. */
async function raw(port: number, send: string | readonly string[]): Promise<string> {
  const network = connect(port, '127.0.0.1');
  network.on('error', () => {});
  let received = '';
  network.on('data', (bytes) => {
    received += bytes.toString();
  });
  for (const part of typeof send === 'string' ? [send] : send) network.write(part);
  await once(network, 'close');
  return received;
}

test('[API9] [ENC51] every answer forbids what comes from elsewhere, and grants no other site anything', async () => {
  const { app } = await testHttp();
  for (const url of ['/', '/docs', '/v1/me', '/nothing', '/livez']) {
    const { headers } = await app.inject({
      url,
      headers: { host: 'chat.example.org', origin: 'https://evil.example' },
    });
    const policy = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval';",
      "worker-src 'self';",
      "style-src 'self';",
      "connect-src 'self' ws://chat.example.org;",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
      assert.ok(policy.includes(part), `${url} ${part}`);
    assert.deepEqual(policy.match(/[a-z-]*unsafe[a-z-]*/g), ['wasm-unsafe-eval']);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
});

test('[API9] a host that is none does not get into the policy; the public address does', async () => {
  const { app } = await testHttp();
  const { headers } = await app.inject({ url: '/', headers: { host: "evil.example; script-src 'unsafe-inline'" } });
  assert.ok(String(headers['content-security-policy']).includes("connect-src 'self';"));
  const known = await testHttp({ publicOrigin: 'https://chat.example.org' });
  const answer = await known.app.inject({ url: '/' });
  assert.ok(String(answer.headers['content-security-policy']).includes("connect-src 'self' wss://chat.example.org;"));
  assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
});

test('[API10] large heads, many headers, missing hosts and nonsense are refused, and others are served', async () => {
  const { app } = await testHttp();
  const port = await listening(app);
  const head = 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';
  assert.match(await raw(port, `${head}X: ${'a'.repeat(64 * 1024)}\r\n\r\n`), /^HTTP\/1.1 431 /);
  assert.match(await raw(port, `${head}${'a: b\r\n'.repeat(2_000)}\r\n`), /^HTTP\/1.1 431 /);
  assert.match(await raw(port, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 400 /);
  assert.match(await raw(port, 'nonsense\r\n\r\n'), /^HTTP\/1.1 400 /);
  assert.match(await raw(port, `${head}\r\n`), /^HTTP\/1.1 200 /);
  await app.close();
});

/** The problem document in a raw answer. */
function problemOf(answer: string): { readonly status: number; readonly code: string } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, /content-type: application\/problem\+json/i);
  return JSON.parse(body) as { status: number; code: string };
}

test('[API3] what is no request, too large, for another host or a tunnel is refused with a problem, too', async () => {
  const { app } = await testHttp();
  const port = await listening(app);
  const head = 'GET /livez HTTP/1.1\r\nConnection: close\r\n';
  for (const [sent, status, code] of [
    ['nonsense\r\n\r\n', 400, 'frame.malformed'],
    [`${head}Host: x\r\nX: ${'a'.repeat(64 * 1024)}\r\n\r\n`, 431, 'frame.too_large'],
    [`${head}Host: x\r\n${'a: b\r\n'.repeat(150)}\r\n`, 431, 'frame.too_large'],
    [`${head}Host: x\r\nHost: y\r\n\r\n`, 400, 'frame.invalid'],
    [`${head}Host:\r\n\r\n`, 400, 'frame.invalid'],
    ['CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', 405, 'method.not_allowed'],
  ] as const) {
    const answer = await raw(port, sent);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    const told = problemOf(answer);
    assert.deepEqual([told.status, told.code], [status, code], sent.slice(0, 40));
  }
  await app.close();
});

test('[API99] an upgrade that is not wanted is ignored; without one the place for sockets says what it wants', async () => {
  const { app } = await testHttp();
  const port = await listening(app);
  const asked = (path: string, version = '1.1', upgrade = 'h2c') =>
    raw(port, [
      `GET ${path} HTTP/${version}\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\n`,
      `Upgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    ]);
  app.server.on('upgrade', () => assert.fail('nobody asked for a socket'));
  assert.match(await asked('/livez'), /^HTTP\/1.1 200 /);
  assert.match(await asked('/livez', '1.1', 'websocket'), /^HTTP\/1.1 200 /);
  for (const answer of [
    await asked('/v1/ws'),
    await asked('/v1/ws', '1.0', 'websocket'),
    await raw(port, 'GET /v1/ws HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  ]) {
    assert.match(answer, /^HTTP\/1.1 426 Upgrade Required\r\n(?:.*\r\n)*upgrade: websocket\r\n/i);
    assert.equal(problemOf(answer).status, 426);
  }
  await app.close();
});

test('[API10] a head that comes too slowly, or not at all, is cut off', async () => {
  const { app } = await testHttp({ headersTimeoutMs: 50 });
  const port = await listening(app);
  const slow = raw(port, 'GET /livez HTTP/1.1\r\nHost: x\r\n');
  const silent = raw(port, '');
  assert.match(await raw(port, 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 200 /);
  assert.match(await slow, /^HTTP\/1.1 408 /);
  await silent;
  await app.close();
});

test('[API4] a body is not read further than its limit, whatever length it claims', async () => {
  const { app } = await testHttp();
  const port = await listening(app);
  const head = 'POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  assert.match(await raw(port, `${head}Content-Length: ${wire.maxFrameBytes + 1}\r\n\r\n{`), /^HTTP\/1.1 413 /);
  const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
  const endless = await raw(port, [`${head}Transfer-Encoding: chunked\r\n\r\n`, chunk, chunk, chunk]);
  assert.match(endless, /^HTTP\/1.1 413 /);
  await app.close();
});

test('[HEL5] a token in the address of a call is refused and not repeated', async () => {
  const { app, calls } = await testHttp();
  for (const query of ['token=secret', 'a=1&access_token=secret']) {
    const answer = await app.inject({ url: `/v1/me?${query}`, headers: { authorization: 'Bearer 1' } });
    assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [400, 'auth.token_in_url']);
    assert.ok(!answer.body.includes('secret'));
  }
  assert.equal(calls.length, 0);
});

test('[API11] health says whether new clients should come', async () => {
  let reason: string | null = 'starting';
  const { app } = await testHttp({ notReady: () => reason });
  const status = async (url: string) => {
    const answer = await app.inject({ url });
    return [answer.statusCode, answer.json<{ status: string }>().status];
  };
  assert.deepEqual(await status('/readyz'), [503, 'starting']);
  assert.deepEqual(await status('/livez'), [200, 'live']);
  reason = null;
  assert.deepEqual(await status('/readyz'), [200, 'ready']);
  assert.deepEqual(await status('/healthz'), [200, 'ready']);
});

test('[API12] discovery names the interfaces under the address that was asked', async () => {
  const { app } = await testHttp();
  const answer = await app.inject({ url: '/.well-known/parley', headers: { host: 'chat.example.org' } });
  assert.deepEqual(answer.json(), {
    name: 'Test',
    version: '1.2.3',
    protocol: protocolVersion,
    api: 'http://chat.example.org/v1',
    websocket: 'ws://chat.example.org/v1/ws',
    subprotocol,
    docs: 'http://chat.example.org/docs',
  });
});

test('[API13] files of the app are served as built, compressed and cached as their name says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-web-'));
  await mkdir(join(folder, 'assets'));
  const script = `console.log(${'1 + '.repeat(1_000)}1)`;
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>App</title>');
  await writeFile(join(folder, 'assets', 'index-Ab3dE6gh.js'), script);
  await writeFile(join(folder, 'assets', 'index-Ab3dE6gh.js.br'), brotliCompressSync(script));
  await writeFile(join(folder, 'plain.txt'), script);
  const { app } = await testHttp({ webFolder: folder });
  for (const url of ['/', '/i', '/setup', '/c/c_1', '/index.html']) {
    const page = await app.inject({ url });
    assert.equal(page.body, '<!doctype html><title>App</title>', url);
    assert.equal(page.headers['cache-control'], 'no-cache');
  }
  const plain = await app.inject({ url: '/assets/index-Ab3dE6gh.js' });
  assert.equal(plain.body, script);
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  const small = await app.inject({ url: '/assets/index-Ab3dE6gh.js', headers: { 'accept-encoding': 'gzip' } });
  assert.equal(small.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(small.rawPayload).toString(), script);
  const smaller = await app.inject({ url: '/assets/index-Ab3dE6gh.js', headers: { 'accept-encoding': 'gzip, br' } });
  assert.equal(smaller.headers['content-encoding'], 'br');
  assert.equal(brotliDecompressSync(smaller.rawPayload).toString(), script);
  const unprepared = await app.inject({ url: '/plain.txt', headers: { 'accept-encoding': 'gzip, br' } });
  assert.equal(unprepared.headers['content-encoding'], 'gzip', 'nobody waits for what the build has not made');
  const same = await app.inject({
    url: '/',
    headers: { 'if-none-match': String((await app.inject({ url: '/' })).headers.etag) },
  });
  assert.deepEqual([same.statusCode, same.body], [304, '']);
  assert.equal(smaller.headers.etag === small.headers.etag || small.headers.etag === plain.headers.etag, false);
  const absent = ['/../package.json', '/assets/../../package.json', '/%2e%2e/package.json', '/assets', '/assets/'];
  for (const url of [...absent, '/assets/index-Ab3dE6gh.js.br'])
    assert.equal((await app.inject({ url })).statusCode, 404, url);
  await rm(folder, { recursive: true });
});

test('[API13] without a built app the page says how to build it', async () => {
  const { app } = await testHttp();
  const answer = await app.inject({ url: '/' });
  assert.equal(answer.statusCode, 503);
  assert.match(answer.body, /npm start/);
});

test('[API78] where there is nothing a browser gets a page that says so, and a program the problem', async () => {
  const { app } = await testHttp();
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  const page = await app.inject({ url: '/nonsense', headers: { accept } });
  assert.deepEqual([page.statusCode, page.headers['content-type']], [404, 'text/html; charset=utf-8']);
  assert.match(page.body, /There is nothing here\.<[\s\S]*href="\/"/);
  const strange = [
    { url: '/nonsense' },
    { url: '/v1/nonsense', headers: { accept } },
    { url: '/x', method: 'POST', headers: { accept } },
  ];
  for (const asked of strange as { url: string }[]) {
    const { statusCode, headers } = await app.inject(asked);
    assert.deepEqual([statusCode, headers['content-type']], [404, 'application/problem+json; charset=utf-8']);
  }
});

test('[API14] where HTTPS is needed there is one page, and probes', async () => {
  const { app, calls } = await testHttp({ isSecure: () => false });
  for (const url of ['/', '/v1/server', '/docs', '/assets/x.js']) {
    const answer = await app.inject({ url });
    assert.equal(answer.statusCode, 403);
    assert.match(answer.body, /This address needs HTTPS/);
    assert.match(answer.body, /PARLEY_PUBLIC_URL/);
  }
  assert.equal((await app.inject({ url: '/readyz' })).statusCode, 200);
  assert.equal(calls.length, 0);
});

test('[API15] metrics stand on a port of their own', async () => {
  const metrics = await serveMetrics(0, async () => 'parley_sockets 1\n');
  const answer = await fetch(`http://127.0.0.1:${metrics.port}/metrics`);
  assert.equal(await answer.text(), 'parley_sockets 1\n');
  assert.match(String(answer.headers.get('content-type')), /^text\/plain; version=0\.0\.4/);
  assert.equal((await fetch(`http://127.0.0.1:${metrics.port}/`)).status, 404);
  await metrics[Symbol.asyncDispose]();
});

test('[API16] a request id comes back, and nonsense in its place does not', async () => {
  const { app } = await testHttp();
  const id = async (given?: string) =>
    (await app.inject({ url: '/livez', headers: given === undefined ? {} : { 'x-request-id': given } })).headers[
      'x-request-id'
    ];
  assert.equal(await id('abc-1.2_3'), 'abc-1.2_3');
  assert.notEqual(await id('a b'), 'a b');
  assert.notEqual(await id(), await id());
});

test('[S10] [API1] a path that is too long, cut off in an escape or full of dots is not found, and is no fault', async () => {
  const { app, faults } = await testHttp();
  const headers = { authorization: 'Bearer 1' };
  for (const part of ['x'.repeat(65), 'x'.repeat(8_000), '%', '%ff', '%zz', '..', '%2e%2e', '%2e%2e%2f%2e%2e']) {
    const answer = await app.inject({ url: `/v1/accounts/${part}`, headers });
    assert.ok([400, 404].includes(answer.statusCode), `${part.slice(0, 9)}: ${answer.statusCode}`);
  }
  assert.deepEqual(faults, []);
});
