import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Directory } from '../directory/directory.ts';
import { memoryDirectory } from '../directory/memory-directory.ts';
import { goodPassword, TestAccounts } from './fixture.ts';

/** The directory, and every value that was ever given to it. */
function recorded(): { readonly directory: Directory; readonly given: unknown[] } {
  const given: unknown[] = [];
  const watched = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === 'object' && value !== null) return watched(value);
        if (typeof value !== 'function') return value;
        return (...values: unknown[]): unknown => {
          given.push(values);
          return Reflect.apply(value, target, values);
        };
      },
    });
  return { directory: watched(memoryDirectory()), given };
}

test('[ACC38] no password, token or secret of a link reaches the directory or the bus', async () => {
  const { directory, given } = recorded();
  const server = new TestAccounts({ directory });
  const link = await server.accounts.setupLink();
  const person = { name: 'Owner', password: goodPassword, device_name: 'First' };
  const owner = await server.get('createOwner', { body: { ...person, handle: 'owner', secret: link?.secret ?? '' } });
  const by = { ...owner.me };
  const { secret: first = '' } = await server.get('createInvite', { by, body: {} });
  const { secret: second = '' } = await server.get('createInvite', { by, body: {} });
  const ana = await server.join('ana', first);
  const ben = await server.join('ben');
  await server.get('acceptInvite', { by: ben, body: { secret: second } });
  const { token: next = '' } = await server.get('replaceToken', { by: ana });
  for (const token of [next, ana.token]) await server.tokenState(token);
  const newPassword = 'another-Horse9';
  await server.get('changePassword', { by: ana, body: { old_password: goodPassword, new_password: newPassword } });
  const phone = await server.signIn('ana', newPassword);
  const { password } = await server.get('adminResetPassword', { by, params: { account: ben.account } });
  const bot = await server.accounts.createBot({ handle: 'echo', name: 'Echo', login: true });
  const secrets = [link?.secret, owner.token, first, second, ana.token, ben.token, next, phone.token, password];
  const all = [...secrets, goodPassword, newPassword, bot.ok ? bot.value.token : null];
  const kept = JSON.stringify(given, (_name, value: unknown) => (value instanceof Map ? [...value] : value));
  const told = JSON.stringify(
    server.hints.map((hint) => ('frame' in hint ? new TextDecoder().decode(hint.frame) : hint)),
  );
  assert.ok(kept.includes('passwordHash') && kept.includes('tokenHash') && told.includes('contacts'));
  for (const secret of all) {
    assert.ok(typeof secret === 'string' && secret.length > 0);
    assert.equal(kept.includes(secret), false);
    assert.equal(told.includes(secret), false);
  }
});
