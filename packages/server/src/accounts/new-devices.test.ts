import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confirmLimit, newDeviceMs } from '../kernel/limits.ts';
import { goodPassword, type SignedIn, TestAccounts } from './fixture.ts';

const newPassword = 'another-Horse9';

/** An account with a device of yesterday and one of a moment ago. */
async function set() {
  const server = new TestAccounts();
  const old = await server.join('ana');
  server.clock.advance(newDeviceMs);
  const fresh = await server.signIn('ana');
  const end = (by: SignedIn, { device }: SignedIn) => server.call('revokeDevice', { by, params: { device } });
  const alone = (by: SignedIn) => {
    const body = { old_password: goodPassword, new_password: newPassword, sign_out_others: true };
    return server.call('changePassword', { by, body });
  };
  return { server, old, fresh, end, alone };
}

const tooNew = (wait: number) => ({ ok: false, code: 'device.too_new', details: { retry_after_ms: wait } });

test('[ACC40] a device of today ends none of yesterday, and a day later it does', async () => {
  const { server, old, fresh, end } = await set();
  assert.deepEqual(await end(fresh, old), tooNew(newDeviceMs));
  server.clock.advance(newDeviceMs - 1);
  assert.deepEqual(await end(fresh, old), tooNew(1));
  assert.equal(await server.tokenState(old.token), 'good');
  server.clock.advance(1);
  assert.equal((await end(fresh, old)).ok, true);
  assert.equal(await server.tokenState(old.token), 'auth.required');
});

test('[ACC40] a new password does not end them either, and is not changed then', async () => {
  const { server, old, fresh, alone } = await set();
  assert.deepEqual(await alone(fresh), tooNew(newDeviceMs));
  assert.equal(await server.tokenState(old.token), 'good');
  await server.signIn('ana');
  assert.equal((await alone(old)).ok, true);
  assert.equal(await server.tokenState(fresh.token), 'auth.required');
});

test('[ACC40] an older device ends it, it ends itself, and what came after it', async () => {
  const { server, old, fresh, end } = await set();
  server.clock.advance(1);
  const newest = await server.signIn('ana');
  assert.deepEqual(await end(newest, fresh), tooNew(newDeviceMs));
  assert.equal((await end(fresh, newest)).ok, true);
  assert.equal((await end(fresh, fresh)).ok, true);
  const again = await server.signIn('ana');
  assert.equal((await end(old, again)).ok, true);
});

test('[ACC40] the first device of an account ends all others, however young it is', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  server.clock.advance(1);
  const other = await server.signIn('ana');
  assert.deepEqual(
    await server.call('revokeDevice', { by: other, params: { device: ana.device } }),
    tooNew(newDeviceMs),
  );
  await server.get('revokeDevice', { by: ana, params: { device: other.device } });
});

test('[ACC40] with a clock that was set back nobody waits longer than a day', async () => {
  const { server, old, fresh, end } = await set();
  server.clock.advance(-newDeviceMs / 2);
  assert.deepEqual(await end(fresh, old), tooNew(newDeviceMs));
});

test('[ACC41] the password is confirmed, a few wrong ones are too many, and none is needed where there is none', async () => {
  const server = new TestAccounts();
  const ana = await server.join('ana');
  const confirm = (password: string) => server.call('confirmMe', { by: ana, body: { password } });
  assert.deepEqual(await confirm(goodPassword), { ok: true, value: {} });
  for (let n = 0; n < confirmLimit.count; n++)
    assert.deepEqual(await confirm('a guess'), { ok: false, code: 'auth.refused' });
  assert.equal(((await confirm(goodPassword)) as { code?: string }).code, 'rate.limited');
  const bot = await server.accounts.createBot({ handle: 'helper', name: 'Helper', login: true });
  assert.ok(bot.ok);
  const [row] = await server.directory.devices.list(bot.value.account);
  assert.ok(row !== undefined);
  const by = { ...ana, account: bot.value.account, device: row.device };
  assert.deepEqual(await server.call('confirmMe', { by, body: { password: '' } }), { ok: true, value: {} });
});
