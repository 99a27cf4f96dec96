import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolVersion } from '@parley/protocol';
import { setupTrustMs } from '../kernel/limits.ts';
import { rfc3339 } from '../sequencer/rfc3339.ts';
import { goodPassword, TestAccounts } from './fixture.ts';

test('[ACC33] anybody may know what the server is, and whether it has an operator', async () => {
  const server = new TestAccounts();
  assert.deepEqual(await server.get('getServer', {}), {
    name: 'Test',
    version: '1.2.3',
    protocol: protocolVersion,
    signup: 'open',
    guests: true,
    setup_needed: true,
    server_time: rfc3339(server.clock.now()),
  });
  const owner = await server.owner();
  assert.equal((await server.get('getServer', {})).setup_needed, false);
  await server.get('deleteMe', { by: owner, body: { password: goodPassword } });
  server.clock.advance(setupTrustMs);
  assert.equal((await server.get('getServer', {})).setup_needed, true, 'who has lost its operator makes links again');
  assert.notEqual(await server.accounts.setupLink(), null);
});

test('[ACC33] that there is an operator is asked of the directory now and then only', async () => {
  const server = new TestAccounts();
  await server.owner();
  let asked = 0;
  const { people } = server.directory;
  const counts = people.counts.bind(people);
  people.counts = () => {
    asked++;
    return counts();
  };
  for (let n = 0; n < 100; n++) await server.get('getServer', {});
  assert.equal(asked, 1);
  server.clock.advance(setupTrustMs);
  await server.get('getServer', {});
  assert.equal(asked, 2);
});

test('[ACC34] an operator sees the numbers of the server', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  await server.join('ana');
  const status = await server.get('adminStatus', { by });
  assert.deepEqual([status.accounts, status.epoch, status.alarms], [2, 7, ['look']]);
});

test('[ACC34] every account is listed once, page by page, with its devices', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  for (let n = 0; n < 7; n++) await server.join(`person${n}`);
  await server.signIn('person3');
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await server.get('adminAccounts', { by, query: { limit: 3, ...(cursor && { cursor }) } });
    assert.ok(page.items.length <= 3);
    seen.push(...page.items.map((item) => `${item.handle}:${item.devices}`));
    assert.equal(page.has_more, page.next_cursor !== undefined);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  const people = Array.from({ length: 7 }, (_, n) => `person${n}:${n === 3 ? 2 : 1}`);
  assert.deepEqual(seen, ['owner:1', ...people]);
  const { items } = await server.get('adminAccounts', { by, query: {} });
  assert.deepEqual(Object.keys(items[0] ?? {}).sort(), [
    ...['account', 'admin', 'created_at', 'devices', 'disabled', 'handle', 'kind', 'name'],
  ]);
});

test('[ACC35] disabling ends the sessions at once and keeps the devices for the day it is enabled', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const ana = await server.join('ana');
  const params = { account: ana.account };
  assert.equal(await server.tokenState(ana.token), 'good');
  const { position } = await server.accounts.revokedSince(null);
  server.hints.length = 0;
  const off = await server.get('adminUpdateAccount', { by, params, body: { disabled: true } });
  assert.deepEqual([off.disabled, off.devices], [true, 1]);
  assert.equal(await server.tokenState(ana.token), 'account.disabled');
  assert.deepEqual(server.revoked(), [ana.device]);
  const ended = await server.accounts.revokedSince(position);
  assert.deepEqual([ended.devices, ended.disabled], [[ana.device], [ana.device]]);
  assert.equal(await server.refusal('getMe', { by: ana }), 'auth.required');
  const on = await server.get('adminUpdateAccount', { by, params, body: { disabled: false } });
  assert.equal(on.disabled, false);
  assert.equal(await server.tokenState(ana.token), 'good');
});

test('[ACC35] rights that are given or taken count at once', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const ana = await server.join('ana');
  const params = { account: ana.account };
  const isAdmin = async () => {
    const found = await server.accounts.authenticate(ana.token);
    return found.ok && found.value.admin;
  };
  assert.equal(await isAdmin(), false);
  assert.equal((await server.get('adminUpdateAccount', { by, params, body: { admin: true } })).admin, true);
  assert.equal(await isAdmin(), true);
  await server.get('adminUpdateAccount', { by, params, body: { admin: false } });
  assert.equal(await isAdmin(), false);
  const unchanged = await server.get('adminUpdateAccount', { by, params, body: {} });
  assert.deepEqual([unchanged.admin, unchanged.disabled], [false, false]);
});

test('[ACC35] neither a guest nor a bot becomes an operator, and who is gone is unknown', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const guest = await server.guest();
  const gone = await server.join('gone');
  await server.get('deleteMe', { by: gone, body: { password: goodPassword } });
  const bot = await server.accounts.createBot({ handle: 'echo', name: 'Echo', login: false });
  assert.ok(bot.ok);
  for (const { account } of [guest, gone, bot.value]) {
    const params = { account };
    assert.equal(await server.refusal('adminUpdateAccount', { by, params, body: { admin: true } }), 'account.unknown');
    assert.equal(await server.refusal('adminResetPassword', { by, params }), 'account.unknown');
  }
  assert.equal(await server.refusal('adminSignOut', { by, params: { account: gone.account } }), 'account.unknown');
});

test('[ACC36] a reset gives a password of chance once, and signs every device out', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const ana = await server.join('ana');
  const phone = await server.signIn('ana');
  server.hints.length = 0;
  const params = { account: ana.account };
  const { password } = await server.get('adminResetPassword', { by, params });
  assert.match(password, /^([a-hj-km-np-z02-9]{5}-){3}[a-hj-km-np-z02-9]{5}$/);
  assert.notEqual((await server.get('adminResetPassword', { by, params })).password, password);
  assert.deepEqual(server.revoked(), [ana.device, phone.device]);
  for (const { token } of [ana, phone]) assert.equal(await server.tokenState(token), 'auth.required');
  const body = { handle: 'ana', password: goodPassword, device_name: 'x' };
  assert.equal(await server.refusal('createSession', { body }), 'auth.refused');
});

test('[ACC36] the new password signs in', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const { account } = await server.join('ana');
  const { password } = await server.get('adminResetPassword', { by, params: { account } });
  await server.signIn('ana', password);
});

test('[ACC36] all devices of an account are signed out, and the account stays', async () => {
  const server = new TestAccounts();
  const by = await server.owner();
  const ana = await server.join('ana');
  const guest = await server.guest();
  server.hints.length = 0;
  for (const { account } of [ana, guest]) await server.get('adminSignOut', { by, params: { account } });
  assert.deepEqual(server.revoked(), [ana.device, guest.device]);
  assert.deepEqual(
    [await server.accounts.accountExists(ana.account), await server.accounts.accountExists(guest.account)],
    [true, false],
    'nobody could ever sign in to a guest again',
  );
  assert.equal(await server.tokenState(ana.token), 'auth.required');
  await server.signIn('ana');
});
