import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestAccounts } from './fixture.ts';

const wish = { handle: 'echo', name: 'Echo', login: false };

test('[ACC37] the account is made once, and its token given once', async () => {
  const server = new TestAccounts();
  const made = await server.accounts.createBot(wish);
  assert.ok(made.ok && made.value.token !== null);
  const found = await server.accounts.authenticate(made.value.token);
  assert.ok(found.ok);
  assert.deepEqual([found.value.kind, found.value.handle, found.value.admin], ['bot', 'echo', false]);
  assert.ok(server.conversations.opened.has(made.value.account));
  const again = await server.accounts.createBot(wish);
  assert.deepEqual(again, { ok: true, value: { account: made.value.account, token: null } });
  assert.equal((await server.directory.people.counts()).accounts, 1);
});

test('[ACC37] a token that is asked for ends those before', async () => {
  const server = new TestAccounts();
  const made = await server.accounts.createBot(wish);
  const again = await server.accounts.createBot({ ...wish, login: true });
  assert.ok(made.ok && again.ok && again.value.token !== null);
  assert.equal(again.value.account, made.value.account);
  assert.equal(await server.tokenState(made.value.token ?? ''), 'auth.required');
  assert.equal(await server.tokenState(again.value.token), 'good');
  assert.equal((await server.directory.devices.list(made.value.account)).length, 1);
});

test('[ACC37] a person’s account is never taken, nor one that looks like it', async () => {
  const server = new TestAccounts();
  await server.join('paul');
  for (const handle of ['paul', 'pau1'])
    assert.deepEqual(await server.accounts.createBot({ ...wish, handle, login: true }), {
      ok: false,
      code: 'handle.taken',
    });
  assert.equal((await server.accounts.createBot({ ...wish, handle: 'Not A Handle' })).ok, false);
});

test('[ACC37] the bot that comes with the server has a name that nobody can take before it', async () => {
  const server = new TestAccounts();
  const body = { handle: 'echo', name: 'x', password: 'correct-Horse7', device_name: 'x' };
  assert.equal(await server.refusal('createAccount', { body }), 'handle.taken');
});

test('[ACC37] one that an operator disabled gets no token', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const made = await server.accounts.createBot(wish);
  assert.ok(made.ok);
  await server.get('adminUpdateAccount', { by, params: { account: made.value.account }, body: { disabled: true } });
  const again = await server.accounts.createBot({ ...wish, login: true });
  assert.deepEqual(again, { ok: false, code: 'account.disabled' });
});
