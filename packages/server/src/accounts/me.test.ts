import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confirmLimit } from '../kernel/limits.ts';
import { goodPassword, TestAccounts } from './fixture.ts';

const newPassword = 'another-Horse9';

test('[ACC22] the account sees itself on this device', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const phone = await server.signIn('ana');
  assert.deepEqual(await server.get('getMe', { by: ana }), ana.session.me);
  assert.deepEqual(await server.get('getMe', { by: phone }), { ...ana.session.me, device: phone.device });
});

test('[ACC22] a changed name or line is seen by the own devices and told to the contacts', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const { secret } = await server.get('createInvite', { by: ben, body: {} });
  const ana = await server.join('ana', secret);
  server.notices();
  const changed = await server.get('updateMe', { by: ana, body: { name: ' Ana\u202e B', about: 'Away \n today' } });
  assert.deepEqual([changed.name, changed.about], ['Ana B', 'Away today']);
  const notice = { type: 'notice', topic: 'profile', account: ana.account } as const;
  assert.deepEqual(server.notices(), [{ to: [ana.account, ben.account], notice }]);
  assert.equal((await server.get('getAccount', { by: ben, params: { account: ana.account } })).about, 'Away today');
  assert.equal((await server.get('updateMe', { by: ana, body: { about: '\u200b' } })).about, undefined);
  assert.equal((await server.get('getMe', { by: ana })).name, 'Ana B', 'what is not given stays');
});

test('[ACC3] a name that cannot be seen and a line that is too long are refused', async () => {
  const server = new TestAccounts();
  const by = await server.join('ana');
  const invalid = (path: string) => ({ ok: false, code: 'frame.invalid', details: { path } });
  assert.deepEqual(await server.call('updateMe', { by, body: { name: '\u3164' } }), invalid('/name'));
  assert.deepEqual(await server.call('updateMe', { by, body: { about: '\ufb2c'.repeat(200) } }), invalid('/about'));
});

test('[ACC23] a new password needs the present one', async () => {
  const server = new TestAccounts();
  const by = await server.join('ana');
  const change = (old_password: string, new_password: string) =>
    server.call('changePassword', { by, body: { old_password, new_password } });
  assert.deepEqual(await change('wrong', newPassword), { ok: false, code: 'auth.refused' });
  const weak = await change(goodPassword, 'ana-ana-ana');
  assert.ok(!weak.ok && weak.code === 'password.weak' && weak.details?.path === '/new_password');
  assert.deepEqual(await change(goodPassword, newPassword), { ok: true, value: {} });
  await server.signIn('ana', newPassword);
  const body = { handle: 'ana', password: goodPassword, device_name: 'x' };
  assert.equal(await server.refusal('createSession', { body }), 'auth.refused');
});

test('[ACC23] other devices stay signed in unless the caller says otherwise', async () => {
  const server = new TestAccounts();
  const by = await server.join('ana');
  const phone = await server.signIn('ana');
  await server.get('changePassword', { by, body: { old_password: goodPassword, new_password: newPassword } });
  assert.equal(await server.tokenState(phone.token), 'good');
  server.hints.length = 0;
  const body = { old_password: newPassword, new_password: goodPassword, sign_out_others: true };
  await server.get('changePassword', { by, body });
  assert.deepEqual(
    [await server.tokenState(phone.token), await server.tokenState(by.token)],
    ['auth.required', 'good'],
  );
  assert.deepEqual(server.revoked(), [phone.device]);
  assert.equal(server.notices()[0]?.notice.topic, 'devices');
});

test('[ACC23] wrong passwords of somebody who is signed in are limited, right ones are not', async () => {
  const server = new TestAccounts();
  const by = await server.join('ana');
  const wrong = { old_password: 'wrong', new_password: newPassword };
  for (let n = 0; n < 2 * confirmLimit.count; n++)
    await server.get('changePassword', { by, body: { old_password: goodPassword, new_password: goodPassword } });
  for (let n = 0; n < confirmLimit.count; n++)
    assert.equal(await server.refusal('changePassword', { by, body: wrong }), 'auth.refused');
  assert.equal(await server.refusal('changePassword', { by, body: wrong }), 'rate.limited');
  assert.equal(await server.refusal('deleteMe', { by, body: { password: goodPassword } }), 'rate.limited');
  assert.equal(await server.accounts.accountExists(by.account), true);
});

test('[ACC18] a password that an operator reset meanwhile is not changed by who knew the old one', async () => {
  const server = new TestAccounts();
  const owner = await server.owner();
  const by = await server.join('ana');
  const { promise, resolve } = Promise.withResolvers<void>();
  server.hasher.gate = promise;
  const body = { old_password: goodPassword, new_password: newPassword };
  const change = server.call('changePassword', { by, body });
  await new Promise((next) => setImmediate(next));
  server.hasher.gate = null;
  const { password } = await server.get('adminResetPassword', { by: owner, params: { account: by.account } });
  resolve();
  assert.deepEqual(await change, { ok: false, code: 'auth.refused' });
  await server.signIn('ana', password);
});

test('[ACC23] a guest has no password to change', async () => {
  const server = new TestAccounts();
  const by = await server.guest();
  const body = { old_password: '', new_password: newPassword };
  assert.equal(await server.refusal('changePassword', { by, body }), 'auth.refused');
});

test('[ACC24] deleting asks for the password, then ends everything at once', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const { secret } = await server.get('createInvite', { by: ben, body: {} });
  const ana = await server.join('ana', secret);
  const phone = await server.signIn('ana');
  assert.equal(await server.refusal('deleteMe', { by: ana, body: { password: 'wrong' } }), 'auth.refused');
  assert.equal(await server.tokenState(ana.token), 'good');
  server.hints.length = 0;
  await server.get('deleteMe', { by: ana, body: { password: goodPassword } });
  assert.deepEqual(server.revoked(), [ana.device, phone.device]);
  for (const { token } of [ana, phone]) assert.equal(await server.tokenState(token), 'auth.required');
  assert.ok(server.conversations.left.has(ana.account));
  assert.equal(await server.accounts.accountExists(ana.account), false);
  const told = server.notices().find(({ notice }) => notice.topic === 'profile');
  assert.deepEqual(told, { to: [ben.account], notice: { type: 'notice', topic: 'profile', account: ana.account } });
  assert.deepEqual(await server.get('getAccount', { by: ben, params: { account: ana.account } }), {
    account: ana.account,
    handle: 'deleted',
    name: 'Deleted account',
    kind: 'person',
    deleted: true,
  });
});

test('[ACC24] while its conversations cannot be left it is gone for everybody already', async () => {
  const server = new TestAccounts();
  const ben = await server.join('ben');
  const ana = await server.join('ana');
  server.conversations.failing = true;
  await server.get('deleteMe', { by: ana, body: { password: goodPassword } });
  assert.equal((await server.get('getAccount', { by: ben, params: { account: ana.account } })).deleted, true);
  assert.equal(await server.refusal('findHandle', { by: ben, params: { handle: 'ana' } }), 'account.unknown');
  assert.equal(await server.refusal('deleteMe', { by: ana, body: { password: goodPassword } }), 'auth.required');
  assert.equal(await server.refusal('updateMe', { by: ana, body: { name: 'Ana' } }), 'auth.required');
  server.conversations.failing = false;
  assert.equal(await server.accounts.intents.finish(), 0);
  assert.equal((await server.directory.accounts.get([ana.account]))[0]?.name, '');
});

test('[ACC2] [ACC24] the handle of a deleted account is never given out again, nor one that looks like it', async () => {
  const server = new TestAccounts();
  const ana = await server.join('marni');
  await server.get('deleteMe', { by: ana, body: { password: goodPassword } });
  for (const handle of ['marni', 'mami']) {
    const body = { handle, name: 'x', password: goodPassword, device_name: 'x' };
    assert.equal(await server.refusal('createAccount', { body }), 'handle.taken');
  }
});

test('[ACC24] who has no password has nothing to confirm it with but the session', async () => {
  const server = new TestAccounts();
  const by = await server.guest();
  await server.get('deleteMe', { by, body: { password: '' } });
  assert.equal(await server.accounts.accountExists(by.account), false);
});
