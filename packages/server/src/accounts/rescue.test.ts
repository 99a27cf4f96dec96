import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxListedOperators } from '../kernel/limits.ts';
import { goodPassword, type SignedIn, TestAccounts } from './fixture.ts';

test('[ACC39] the only operator is found without a name, gets a new password, and is signed out everywhere', async () => {
  const server = new TestAccounts();
  const owner = await server.owner();
  await server.join('ana');
  const { handle } = owner;
  server.hints.length = 0;
  const rescued = await server.accounts.rescue(null);
  assert.ok(rescued.ok && rescued.value.handle === handle);
  assert.deepEqual(server.revoked(), [owner.device]);
  assert.equal(await server.tokenState(owner.token), 'auth.required');
  const again = await server.signIn(handle, rescued.value.password);
  assert.equal(again.session.me.admin, true);
  const body = { handle, password: goodPassword, device_name: 'old' };
  assert.equal(await server.refusal('createSession', { body }), 'auth.refused', 'the old password');
});

test('[ACC39] any person may be made the operator: one without rights, and one that is disabled', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const ana = await server.join('ana');
  await server.get('adminUpdateAccount', { by, params: { account: ana.account }, body: { disabled: true } });
  const rescued = await server.accounts.rescue('@Ana');
  assert.ok(rescued.ok);
  assert.equal((await server.signIn('ana', rescued.value.password)).session.me.admin, true);
  assert.deepEqual(await server.accounts.operators(), ['ana', by.handle].sort());
});

test('[ACC39] nobody, several, a guest, a bot and who is gone are not guessed at', async () => {
  const server = new TestAccounts();
  assert.deepEqual(await server.accounts.rescue(null), { ok: false, code: 'account.unknown' });
  assert.deepEqual(await server.accounts.operators(), []);
  const by = await server.owner();
  const people: SignedIn[] = [];
  for (let n = 0; n < maxListedOperators; n++) people.push(await server.join(`person${n}`));
  for (const { account } of people)
    await server.get('adminUpdateAccount', { by, params: { account }, body: { admin: true } });
  assert.deepEqual(await server.accounts.rescue(null), { ok: false, code: 'account.unknown' });
  assert.equal((await server.accounts.operators()).length, maxListedOperators);
  const guest = await server.guest();
  const gone = await server.join('gone');
  await server.get('deleteMe', { by: gone, body: { password: goodPassword } });
  await server.accounts.createBot({ handle: 'helper', name: 'Helper', login: false });
  for (const handle of [guest.handle, 'gone', 'helper', 'nobody.at.all', 'no handle'])
    assert.deepEqual(await server.accounts.rescue(handle), { ok: false, code: 'account.unknown' }, handle);
});
