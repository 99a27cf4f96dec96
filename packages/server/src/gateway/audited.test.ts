import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuse } from '../kernel/result.ts';
import { accountId, deviceId } from './fixture.ts';
import { testHttp } from './http-fixture.ts';

const json = { 'content-type': 'application/json' };
const person = { handle: 'canary_handle', name: 'Ana', password: 'canary-password', device_name: 'x' };

test('[OBS105] calls that matter leave a line with who did what to whom, and the others none', async () => {
  const { app, audits } = await testHttp();
  const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, token: string | null, payload?: object) =>
    app.inject({
      ...{ method, url },
      headers: { ...(payload && json), ...(token !== null && { authorization: `Bearer ${token}` }) },
      ...(payload && { payload }),
    });
  const by = { account: accountId(1), device: deviceId(1) };
  const operator = { account: accountId(9), device: deviceId(9) };
  await call('POST', '/v1/accounts', null, person);
  await call('GET', '/v1/me', '1');
  await call('POST', '/v1/sessions/current/token', '1');
  await call('DELETE', `/v1/me/devices/${deviceId(7)}`, '1');
  await call('POST', '/v1/me/delete', '1', { password: 'canary-password' });
  await call('PATCH', `/v1/admin/accounts/${accountId(4)}`, 'admin', { disabled: true });
  await call('PATCH', `/v1/admin/accounts/${accountId(4)}`, '1', { admin: true });
  const address = '127.0.0.1';
  const of = (kind: string, route: string, facts: object) => [kind, { address, route, subject: undefined, ...facts }];
  assert.deepEqual(audits, [
    of('sign_up', 'createAccount', { account: accountId(1), device: undefined }),
    of('token_replaced', 'replaceToken', by),
    of('device_revoked', 'revokeDevice', { ...by, device: deviceId(7) }),
    of('account_deleted', 'deleteMe', by),
    of('operator_act', 'adminUpdateAccount', { ...operator, subject: accountId(4) }),
    of('operator_refused', 'adminUpdateAccount', { ...by, subject: accountId(4) }),
  ]);
  assert.doesNotMatch(JSON.stringify(audits), /canary|fresh/, 'no handle, password or token');
  await app.close();
});

test('[OBS105] a wrong password of who is signed in and calls that come too fast leave a line, what is retried only one', async () => {
  const { app, audits } = await testHttp({ serve: { confirmMe: async () => refuse('auth.refused') } });
  const headers = { ...json, authorization: 'Bearer 1' };
  const confirm = () =>
    app.inject({ method: 'POST', url: '/v1/me/confirm', headers, payload: { password: 'canary-password' } });
  await confirm();
  assert.deepEqual(
    audits.splice(0).map(([kind]) => kind),
    ['password_refused'],
  );
  while ((await confirm()).statusCode !== 429);
  assert.equal(audits.at(-1)?.[0], 'rate_limited');
  audits.splice(0);
  const keyed = { ...json, 'idempotency-key': 'sixteen-characters' };
  for (let n = 0; n < 2; n++)
    await app.inject({ method: 'POST', url: '/v1/accounts', headers: keyed, payload: person });
  assert.deepEqual(
    audits.map(([kind]) => kind),
    ['sign_up'],
  );
  await app.close();
});
