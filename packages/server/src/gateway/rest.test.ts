import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Route, type RouteName, routes, limits as wire } from '@parley/protocol';
import type { LightMyRequestResponse as Answer } from 'fastify';
import { callRates } from '../kernel/limits.ts';
import { ok, refuse, Unavailable } from '../kernel/result.ts';
import { accountId, conversationId } from './fixture.ts';
import { testHttp } from './http-fixture.ts';

const bearer = { authorization: 'Bearer 1' };
const own = { host: 'chat.example.org', origin: 'https://chat.example.org', 'sec-fetch-site': 'same-origin' };
const signIn = { handle: 'ana', password: 'a password', device_name: 'Test' };
const read = (answer: Answer) => answer.json<Readonly<Record<string, unknown>>>();
const code = (answer: Answer) => read(answer).code;

test('[API1] every route of the table is served; everything else is refused in the same form', async () => {
  const { app, calls } = await testHttp();
  const post = await app.inject({ method: 'POST', url: '/v1/sessions', payload: signIn });
  assert.equal(post.statusCode, 201);
  const get = await app.inject({
    url: `/v1/conversations/${conversationId(1)}/messages?limit=10&before=7`,
    headers: bearer,
  });
  assert.equal(get.statusCode, 200);
  const none = await app.inject({ method: 'DELETE', url: '/v1/sessions/current', headers: bearer });
  assert.deepEqual([none.statusCode, none.body], [204, '']);
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['createSession', 'listMessages', 'deleteSession'],
  );
  assert.deepEqual({ ...calls[1]?.call.params }, { conversation_id: conversationId(1) });
  assert.deepEqual({ ...calls[1]?.call.query }, { limit: 10, before: 7 });
  assert.equal(calls[1]?.call.caller?.account, accountId(1));
  const unknown = await app.inject({ url: '/v1/nothing', headers: bearer });
  assert.deepEqual([unknown.statusCode, code(unknown)], [404, 'not_found']);
  const method = await app.inject({ method: 'PATCH', url: '/v1/sessions', payload: {} });
  assert.deepEqual([method.statusCode, code(method), method.headers.allow], [405, 'method.not_allowed', 'POST']);
  for (const strange of ['TRACE', 'OPTIONS', 'PUT'] as const)
    assert.equal((await app.inject({ method: strange as 'OPTIONS', url: '/v1/me' })).statusCode, 405);
});

test('[API2] fields that a route does not know, or lacks, are refused by their name, in body and query', async () => {
  const { app, calls } = await testHttp();
  const cases: readonly (readonly [string, object])[] = [
    ['/admin', { method: 'POST', url: '/v1/sessions', payload: { ...signIn, admin: true } }],
    ['/password', { method: 'POST', url: '/v1/sessions', payload: { ...signIn, password: undefined } }],
    ['/role', { method: 'PATCH', url: '/v1/me', headers: bearer, payload: { role: 'owner' } }],
    ['/befor', { url: `/v1/conversations/${conversationId(1)}/messages?befor=7`, headers: bearer }],
    ['/limit', { url: '/v1/me?limit=1', headers: bearer }],
  ];
  for (const [path, request] of cases) {
    const answer = await app.inject(request);
    assert.deepEqual([answer.statusCode, code(answer), read(answer).path], [400, 'frame.invalid', path]);
  }
  assert.equal(calls.length, 0);
});

test('[API2] numbers out of bounds, words for numbers, repeated parameters and ids of a wrong form are refused', async () => {
  const { app } = await testHttp();
  const page = `/v1/conversations/${conversationId(1)}/messages`;
  for (const query of [
    'limit=-1',
    'limit=0',
    'limit=1e9',
    'limit=abc',
    'limit=201',
    'limit=1&limit=2',
    'limit=',
    'before=0',
    'limit=1.5',
  ])
    assert.equal(code(await app.inject({ url: `${page}?${query}`, headers: bearer })), 'frame.invalid', query);
  for (const id of ['c_short', "c_' OR 1=1--", '..%2f..', 'a'.repeat(200)])
    assert.notEqual(
      (await app.inject({ url: `/v1/conversations/${id}/messages`, headers: bearer })).statusCode,
      200,
      id,
    );
});

test('[API2] every field of every body, missing or of a wrong type, is refused', async () => {
  const { app, calls, clock } = await testHttp();
  let tried = 0;
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const schema = route.body as { properties: Record<string, { type?: string }>; required?: string[] } | undefined;
    for (const [field, { type }] of Object.entries(schema?.properties ?? {})) {
      for (const value of [null, {}, type === 'array' ? 1 : [], type === 'string' ? 1 : 'text']) {
        clock.advance(60_000);
        const url = route.path.replace('{conversation_id}', conversationId(1)).replace('{account}', accountId(1));
        const payload = { [field]: value };
        const token = route.auth === 'admin' ? 'admin' : '1';
        const answer = await app.inject({
          method: route.method,
          url,
          payload,
          headers: { authorization: `Bearer ${token}` },
        });
        assert.equal(code(answer), 'frame.invalid', `${name} ${field}`);
        tried++;
      }
    }
  }
  assert.ok(tried > 150);
  assert.equal(calls.length, 0);
});

test('[API3] refusals are problems; a fault of the world is unavailable, a bug internal, and neither shows itself', async () => {
  const secret = 'SELECT secret FROM /var/lib/parley';
  const { app, faults } = await testHttp({
    serve: {
      getMe: async () => refuse('device.revoked'),
      listDevices: async () => {
        throw new Unavailable(secret);
      },
      listInvites: async () => {
        throw new TypeError(secret);
      },
    },
  });
  const refused = await app.inject({ url: '/v1/me', headers: { ...bearer, 'x-request-id': 'abc-1' } });
  assert.match(String(refused.headers['content-type']), /^application\/problem\+json/);
  assert.deepEqual(refused.json(), {
    type: '/docs/errors#device.revoked',
    title: 'This device was signed out.',
    status: 401,
    code: 'device.revoked',
    advice: 'sign_in',
    request_id: 'abc-1',
  });
  const world = await app.inject({ url: '/v1/me/devices', headers: bearer });
  assert.deepEqual([world.statusCode, code(world)], [503, 'unavailable']);
  assert.ok(Number(world.headers['retry-after']) >= 1);
  const bug = await app.inject({ url: '/v1/invites', headers: bearer });
  assert.deepEqual([bug.statusCode, code(bug)], [500, 'internal']);
  for (const { body } of [world, bug]) assert.ok(!body.includes('secret') && !body.includes('at '));
  assert.equal(faults.length, 2);
});

test('[API4] bodies that are not JSON, do not parse, are too deep or too large', async () => {
  const { app, calls } = await testHttp();
  const send = (payload: string, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/v1/sessions', payload, headers: { 'content-type': type } });
  assert.equal(code(await send('handle=ana', 'application/x-www-form-urlencoded')), 'media_type.unsupported');
  assert.equal(code(await send('{}', 'text/plain')), 'media_type.unsupported');
  assert.equal(code(await send('{"handle":')), 'frame.malformed');
  assert.equal(code(await send('['.repeat(10_000))), 'frame.malformed');
  assert.equal(code(await send('"text"')), 'frame.invalid');
  assert.equal(code(await send('null')), 'frame.invalid');
  assert.equal(code(await send('[]')), 'frame.invalid');
  assert.equal(code(await send('{"__proto__":{"admin":true}}')), 'frame.invalid');
  const large = await send(JSON.stringify({ ...signIn, password: 'x'.repeat(wire.maxFrameBytes) }));
  assert.deepEqual([large.statusCode, code(large)], [413, 'frame.too_large']);
  const keep = (bytes: number) =>
    app.inject({ method: 'POST', url: '/v1/backup', payload: { x: 'x'.repeat(bytes) }, headers: bearer });
  assert.equal(code(await keep(wire.maxBackupBodyBytes - 100)), 'frame.invalid');
  assert.equal(code(await keep(wire.maxBackupBodyBytes)), 'frame.too_large');
  const gzip = await app.inject({
    method: 'POST',
    url: '/v1/sessions',
    payload: signIn,
    headers: { 'content-encoding': 'gzip' },
  });
  assert.deepEqual([gzip.statusCode, code(gzip)], [415, 'media_type.unsupported']);
  assert.equal(calls.length, 0);
});

test('[API5] who calls is asked before what', async () => {
  const { app, calls } = await testHttp();
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    if (route.auth === 'none') continue;
    const url = route.path.replace(/\{\w+\}/g, 'nonsense');
    const request = { method: route.method, url, ...(route.body ? { payload: { nonsense: 1 } } : {}) };
    const nobody = await app.inject(request);
    assert.deepEqual([nobody.statusCode, code(nobody)], [401, 'auth.required'], name);
    assert.equal(nobody.headers['www-authenticate'], 'Bearer');
    if (route.auth !== 'admin') continue;
    const person = await app.inject({ ...request, headers: bearer });
    assert.deepEqual([person.statusCode, code(person)], [403, 'admin.required'], name);
  }
  assert.equal(calls.length, 0);
});

test('[API6] a cookie of a foreign page does nothing, for reads and for writes', async () => {
  const { app, calls } = await testHttp();
  const cookie = `__Host-parley-${accountId(1)}=1`;
  const account = { 'parley-account': accountId(1) };
  const read = await app.inject({ url: '/v1/me', headers: { ...own, cookie } });
  assert.equal(read.statusCode, 200);
  const write = await app.inject({
    method: 'DELETE',
    url: '/v1/sessions/current',
    headers: { ...own, ...account, cookie },
  });
  assert.equal(write.statusCode, 204);
  for (const headers of [
    { ...own, ...account, origin: 'https://evil.example' },
    { ...own, ...account, origin: 'null' },
    { host: own.host, ...account },
    { ...own, ...account, 'sec-fetch-site': 'same-site' },
  ]) {
    const foreign = await app.inject({
      method: 'DELETE',
      url: '/v1/sessions/current',
      headers: { ...headers, cookie },
    });
    assert.deepEqual([foreign.statusCode, code(foreign)], [403, 'auth.origin']);
    assert.equal(foreign.headers['access-control-allow-origin'], undefined);
  }
  const unnamed = await app.inject({ method: 'DELETE', url: '/v1/sessions/current', headers: { ...own, cookie } });
  assert.deepEqual([unnamed.statusCode, code(unnamed)], [401, 'auth.required']);
  assert.equal(calls.length, 2);
});

test('[API7] a sign-in by cookie sets it, keeps the token out of the answer, and needs our own page', async () => {
  const { app, calls } = await testHttp();
  const payload = { ...signIn, cookie: true };
  const answer = await app.inject({ method: 'POST', url: '/v1/sessions', payload, headers: own });
  assert.equal(answer.statusCode, 201);
  assert.ok(!answer.body.includes('fresh'));
  assert.match(
    String(answer.headers['set-cookie']),
    new RegExp(`^__Host-parley-${accountId(1)}=fresh; Max-Age=34560000; Path=/; Secure; HttpOnly; SameSite=Strict$`),
  );
  const foreign = await app.inject({
    method: 'POST',
    url: '/v1/sessions',
    payload,
    headers: { ...own, origin: 'https://evil.example' },
  });
  assert.deepEqual([foreign.statusCode, code(foreign)], [403, 'auth.origin']);
  const plain = await app.inject({ method: 'POST', url: '/v1/sessions', payload: signIn });
  assert.equal(read(plain).token, 'fresh');
  assert.equal(plain.headers['set-cookie'], undefined);
  assert.equal(calls.length, 2);
});

test('[API7] a cookie is renewed at the start of the app, replaced with its token, and ended', async () => {
  const { app } = await testHttp();
  const headers = { ...own, 'parley-account': accountId(1), cookie: `__Host-parley-${accountId(1)}=1` };
  const start = await app.inject({ url: '/v1/me', headers });
  assert.match(String(start.headers['set-cookie']), /=1; Max-Age=34560000/);
  const replaced = await app.inject({ method: 'POST', url: '/v1/sessions/current/token', headers });
  assert.match(String(replaced.headers['set-cookie']), /=fresh; Max-Age=34560000/);
  assert.deepEqual(replaced.json(), {});
  const end = await app.inject({ method: 'DELETE', url: '/v1/sessions/current', headers });
  assert.match(String(end.headers['set-cookie']), /=; Max-Age=0/);
  const stale = await app.inject({
    url: '/v1/me',
    headers: { ...headers, cookie: `__Host-parley-${accountId(1)}=gone` },
  });
  assert.equal(stale.statusCode, 401);
  assert.match(String(stale.headers['set-cookie']), /=; Max-Age=0/);
  const cookie = `__Host-parley-${accountId(1)}=disabled`;
  const disabled = await app.inject({ url: '/v1/me', headers: { ...headers, cookie } });
  assert.deepEqual([disabled.statusCode, code(disabled)], [401, 'account.disabled']);
  assert.equal(disabled.headers['set-cookie'], undefined, 'it may be enabled again');
});

test('[API8] calls are limited by device and class, and say so', async () => {
  const { app, clock } = await testHttp();
  const { burst } = callRates.lookup;
  const look = (token: string) => app.inject({ url: '/v1/handles/ana', headers: { authorization: `Bearer ${token}` } });
  const first = await look('1');
  assert.equal(first.headers['ratelimit-policy'], `"lookup";q=${burst};w=60`);
  assert.equal(first.headers.ratelimit, `"lookup";r=${burst - 1};t=0`);
  for (let n = 1; n < burst; n++) await look('1');
  const refused = await look('1');
  assert.deepEqual([refused.statusCode, code(refused)], [429, 'rate.limited']);
  assert.equal(refused.headers['retry-after'], '1');
  assert.ok(Number(read(refused).retry_after_ms) <= 1_000);
  assert.equal((await look('2')).statusCode, 200);
  assert.equal((await app.inject({ url: '/v1/me', headers: bearer })).statusCode, 200);
  clock.advance(1_000);
  assert.equal((await look('1')).statusCode, 200);
});

test('[API8] guessing tokens is limited by address', async () => {
  const { app } = await testHttp();
  const codes = new Set<unknown>();
  for (let n = 0; n < 40; n++)
    codes.add(code(await app.inject({ url: '/v1/me', headers: { authorization: `Bearer wrong${n}` } })));
  assert.deepEqual([...codes], ['auth.required', 'rate.limited']);
  assert.equal((await app.inject({ url: '/v1/me', headers: bearer })).statusCode, 200);
});

test('[API8] an idempotency key reaches the use case; one that cannot be a key is refused', async () => {
  const { app, calls } = await testHttp();
  const send = (key: string) =>
    app.inject({
      method: 'POST',
      url: `/v1/conversations/${conversationId(1)}/messages`,
      payload: { content: 'Hello' },
      headers: { ...bearer, 'idempotency-key': key },
    });
  assert.equal((await send('abc')).statusCode, 201);
  assert.equal(calls[0]?.call.idempotencyKey, 'abc');
  assert.equal(code(await send('a'.repeat(129))), 'frame.invalid');
});

test('[API17] a call learns that the server stops', async () => {
  const { app, stop } = await testHttp({
    serve: {
      sync: (call) =>
        new Promise((resolve) => {
          call.signal.addEventListener('abort', () => resolve(ok({ ended: true })), { once: true });
          stop.abort();
        }),
    },
  });
  const answer = await app.inject({ url: '/v1/sync', headers: bearer });
  assert.deepEqual(answer.json(), { ended: true });
});
