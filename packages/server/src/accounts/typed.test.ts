// What people type as handles and passwords passes the schemas, whatever its length, and gets the answer of its rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits, routes } from '@parley/protocol';
import { Compile } from 'typebox/compile';
import { goodPassword, TestAccounts } from './fixture.ts';

const longest = 'x'.repeat(limits.maxHandleCharacters);
const person = { handle: 'ana', name: 'Ana', password: goodPassword, device_name: 'Firefox' };

test('[ACC1] [ACC4] [ACC201] handles and passwords that are too short or too long are told so by their own codes', async () => {
  const server = new TestAccounts();
  const body = Compile(routes.createAccount.body);
  const codeOf = async (changes: Partial<typeof person>) => {
    const said = { ...person, ...changes };
    return body.Check(said) ? server.refusal('createAccount', { body: said }) : 'frame.invalid';
  };
  for (const handle of ['', 'ab', `${longest}x`]) assert.equal(await codeOf({ handle }), 'handle.invalid', handle);
  for (const password of ['', 'short']) assert.equal(await codeOf({ password }), 'password.weak', password);
  assert.equal(await codeOf({ handle: 'x'.repeat(limits.maxTypedHandleCharacters + 1) }), 'frame.invalid');
  const said = { ...person, handle: `@${longest}` };
  assert.ok(body.Check(said), 'a leading @ is forgiven at every length');
  assert.equal((await server.get('createAccount', { body: said })).me.handle, longest);
});

test('[ACC6] [ACC27] [ACC201] a handle of any length is one that nobody has', async () => {
  const server = new TestAccounts();
  const by = await server.join('ana');
  const signIn = Compile(routes.createSession.body);
  const challenge = Compile(routes.createChallenge.body);
  const path = Compile(routes.findHandle.params);
  for (const handle of ['', 'ab', `${longest}x`]) {
    const body = { handle, password: goodPassword, device_name: 'x' };
    assert.ok(signIn.Check(body) && challenge.Check({ handle }) && path.Check({ handle }), handle);
    assert.deepEqual(await server.call('createSession', { body }), { ok: false, code: 'auth.refused' });
    assert.equal(await server.refusal('findHandle', { by, params: { handle } }), 'account.unknown');
  }
});
