import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialOf, endedCookie, sessionCookie } from './credentials.ts';
import { accountId } from './fixture.ts';

const cookie = (n: number) => `__Host-parley-${accountId(n)}=token${n}`;
const host = 'chat.example.org';
const own = { host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' } as const;
const ask = (headers: Record<string, string>, purpose: 'read' | 'write' | 'socket', account?: string) =>
  credentialOf({ headers, account, purpose, publicOrigin: null });

test('[HEL6] a socket takes a cookie only from a page of this server', () => {
  assert.deepEqual(ask({ ...own, cookie: cookie(1) }, 'socket'), {
    kind: 'cookie',
    token: 'token1',
    account: accountId(1),
  });
  for (const origin of ['null', 'https://evil.example', `https://${host}.evil.example`, `https://evil.example/${host}`])
    assert.deepEqual(ask({ ...own, origin, cookie: cookie(1) }, 'socket'), { kind: 'foreign' });
  const { origin: _, ...without } = own;
  assert.deepEqual(ask({ ...without, cookie: cookie(1) }, 'socket'), { kind: 'foreign' });
  assert.deepEqual(ask({ ...own, 'sec-fetch-site': 'same-site', cookie: cookie(1) }, 'socket'), { kind: 'foreign' });
});

test('[HEL6] behind a proxy that changes the host the public address is the origin', () => {
  const headers = { host: '10.0.0.5:8420', origin: 'https://chat.example.org', cookie: cookie(1) };
  assert.equal(credentialOf({ headers, account: undefined, purpose: 'socket', publicOrigin: null }).kind, 'foreign');
  assert.equal(
    credentialOf({ headers, account: undefined, purpose: 'socket', publicOrigin: `https://${host}` }).kind,
    'cookie',
  );
});

test('[API6] a write by cookie needs the account by name and proof that our page sent it', () => {
  const headers = { ...own, cookie: cookie(1) };
  assert.equal(ask(headers, 'write', accountId(1)).kind, 'cookie');
  assert.equal(ask(headers, 'write').kind, 'none');
  const { 'sec-fetch-site': _, ...without } = headers;
  assert.equal(ask(without, 'write', accountId(1)).kind, 'foreign');
  for (const site of ['cross-site', 'same-site', 'none'])
    assert.equal(ask({ ...headers, 'sec-fetch-site': site }, 'write', accountId(1)).kind, 'foreign');
});

test('[API6] a read by cookie names the account where there are several', () => {
  const headers = { ...own, cookie: `${cookie(1)}; other=1; ${cookie(2)}` };
  assert.deepEqual(ask(headers, 'read', accountId(2)), { kind: 'cookie', token: 'token2', account: accountId(2) });
  assert.equal(ask(headers, 'read').kind, 'none');
  assert.equal(ask(headers, 'read', accountId(3)).kind, 'none');
  assert.equal(ask({ host, cookie: cookie(1) }, 'read').kind, 'cookie');
});

test('[API6] a bearer token wins over cookies, and nonsense in its place is no credential', () => {
  assert.deepEqual(ask({ authorization: 'Bearer abc', cookie: cookie(1) }, 'read'), { kind: 'bearer', token: 'abc' });
  for (const authorization of ['Basic abc', 'Bearer', 'Bearer a b', `Bearer ${'a'.repeat(129)}`])
    assert.deepEqual(ask({ authorization, cookie: cookie(1) }, 'read'), { kind: 'none' });
});

test('[API7] cookies are for this host, this scheme and no script', () => {
  for (const text of [sessionCookie(accountId(1), 'token1'), endedCookie(accountId(1))]) {
    assert.match(text, /^__Host-parley-a_/);
    for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict']) assert.ok(text.includes(attribute));
    assert.ok(!text.includes('Domain'));
  }
});
