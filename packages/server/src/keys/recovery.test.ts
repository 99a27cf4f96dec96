// Signing in with the recovery key, and the meeting of a new device with a linked one.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import type { Caller } from '../kernel/handlers.ts';
import { loginLimits } from '../kernel/limits.ts';
import { type Pair, type Person, pair, TestKeys } from './fixture.ts';
import { unpadded } from './weak-keys.ts';

const item = ({ text }: Pair) => ({
  name: 'recovery',
  value: JSON.stringify({ version: 1, x25519: pair('x25519').text, ed25519: text, made_at: 1 }),
  version: 1,
});

async function set() {
  const keys = new TestKeys();
  const key = pair();
  const keep = (by: Person, own: Pair) => keys.get('updateVault', { by, body: { items: [item(own)] } });
  const challengeOf = async (handle: string) => (await keys.get('createChallenge', { body: { handle } })).challenge;
  const answer = (
    handle: string,
    challenge: string,
    { secret }: Pair,
    more: { prefix?: string; address?: string } = {},
  ) => {
    const { prefix = 'parley.recovery.v1\0', address = '192.0.2.7' } = more;
    const signature = unpadded(sign(null, Buffer.from(prefix + challenge), secret));
    return keys.call('createRecoverySession', { body: { handle, challenge, signature, device_name: 'New' }, address });
  };
  const codeOf = async (...given: Parameters<typeof answer>) => {
    const result = await answer(...given);
    return result.ok ? 'ok' : result.code;
  };
  return { keys, key, keep, challengeOf, answer, codeOf };
}

test('[ENC30] the recovery key signs in, once a challenge, and the token is good', async () => {
  const { keys, key, keep, challengeOf, answer, codeOf } = await set();
  const ana = await keys.person('ana');
  await keep(ana, key);
  const challenge = await challengeOf('Ana');
  const session = await answer('ana', challenge, key);
  assert.ok(session.ok && session.value.me.account === ana.account && session.value.token !== undefined);
  assert.equal(await keys.accounts.tokenState(session.value.token), 'good');
  assert.notEqual(session.value.me.device, ana.device);
  assert.equal(await codeOf('ana', challenge, key), 'auth.refused');
});

test('[ENC30] an account without a password comes in all the same', async () => {
  const { keys, key, challengeOf, codeOf } = await set();
  const made = await keys.accounts.accounts.createBot({ handle: 'helper', name: 'Helper', login: true });
  assert.ok(made.ok);
  const { account } = made.value;
  await keys.directory.vault.put(account, [item(key)]);
  assert.equal(await codeOf('helper', await challengeOf('helper'), key), 'ok');
});

test('[ENC30] a wrong key, another purpose, handle or time, and no recovery key at all are one answer', async () => {
  const { keys, key, keep, challengeOf, answer } = await set();
  const ana = await keys.person('ana');
  await keys.person('ben');
  await keep(ana, key);
  const old = await challengeOf('ana');
  keys.clock.advance(wire.challengeMs);
  const answers = [
    await answer('ana', await challengeOf('ana'), pair()),
    await answer('ana', await challengeOf('ana'), key, { prefix: '' }),
    await answer('ana', await challengeOf('ben'), key),
    await answer('ana', old, key),
    await answer('ben', await challengeOf('ben'), key),
    await answer('nobody', await challengeOf('nobody'), key),
    await answer('ana', 'made up', key),
  ];
  assert.deepEqual(
    new Set(answers.map((each) => JSON.stringify(each))),
    new Set(['{"ok":false,"code":"auth.refused"}']),
  );
});

test('[ACC40] a device that has the recovery key, at its sign-in or later, ends older ones at once', async () => {
  const { keys, key, keep, challengeOf, answer } = await set();
  const ana = await keys.person('ana');
  await keep(ana, key);
  keys.clock.advance(1);
  const end = (by: Caller) => keys.accounts.call('revokeDevice', { by, params: { device: ana.device } });
  const codeOf = (result: { readonly ok: boolean; readonly code?: string }) => (result.ok ? 'ok' : result.code);

  const late = await keys.accounts.signIn('ana');
  const prove = async (by: Pair) => {
    const challenge = await challengeOf('ana');
    const signature = unpadded(sign(null, Buffer.from(`parley.recovery.v1\0${challenge}`), by.secret));
    return codeOf(await keys.call('proveDevice', { by: late, body: { handle: 'ana', challenge, signature } }));
  };
  assert.equal(codeOf(await end(late)), 'device.too_new');
  assert.equal(await prove(pair()), 'auth.refused');
  assert.equal(codeOf(await end(late)), 'device.too_new');
  assert.equal(await prove(key), 'ok');
  assert.equal(codeOf(await end(late)), 'ok');

  keys.clock.advance(1);
  const entered = await answer('ana', await challengeOf('ana'), key);
  assert.ok(entered.ok);
  const { account, device } = entered.value.me;
  const result = await keys.accounts.call('revokeDevice', {
    by: { ...late, account, device },
    params: { device: late.device },
  });
  assert.equal(codeOf(result), 'ok');
});

test('[ENC29] every handle gets a challenge of the same form', async () => {
  const { keys, challengeOf } = await set();
  await keys.person('ana');
  const forms = [await challengeOf('ana'), await challengeOf('nobody'), await challengeOf('not a handle!')];
  assert.equal(new Set(forms.map(({ length }) => length)).size, 1);
});

test('[ENC30] guesses are counted with those of passwords', async () => {
  const { keys, key, keep, challengeOf, codeOf } = await set();
  const ana = await keys.person('ana');
  await keep(ana, key);
  for (let n = 0; n < loginLimits.pair.count; n++)
    assert.equal(await codeOf('ana', await challengeOf('ana'), pair()), 'auth.refused');
  assert.equal(await codeOf('ana', await challengeOf('ana'), key), 'rate.limited');
  const body = { handle: 'ana', password: 'guess', device_name: 'x' };
  assert.equal(await keys.accounts.refusal('createSession', { body, address: '192.0.2.7' }), 'rate.limited');
  assert.equal(await codeOf('ana', await challengeOf('ana'), key, { address: '192.0.2.8' }), 'ok');
});

test('[ENC30] a disabled account and a ninth device are refused as at a sign-in', async () => {
  const { keys, key, keep, challengeOf, codeOf } = await set();
  const ana = await keys.person('ana');
  await keep(ana, key);
  for (let n = 1; n < wire.maxDevices; n++) await keys.accounts.signIn('ana');
  assert.equal(await codeOf('ana', await challengeOf('ana'), key), 'device.too_many');
  await keys.directory.accounts.change(ana.account, { state: 'disabled' });
  assert.equal(await codeOf('ana', await challengeOf('ana'), key), 'account.disabled');
  assert.equal(await codeOf('ana', await challengeOf('ana'), pair()), 'auth.refused');
});

test('[ENC28] two who are not signed in meet at a place', async () => {
  const keys = new TestKeys();
  const { rendezvous, version, expires_at } = await keys.get('createRendezvous', { body: { data: 'one' } });
  assert.equal(version, 1);
  assert.equal(Date.parse(expires_at) - keys.clock.now(), wire.rendezvousMs);
  const params = { rendezvous };
  assert.deepEqual(await keys.get('getRendezvous', { params, query: {} }), { data: 'one', version: 1 });
  assert.deepEqual(await keys.get('putRendezvous', { params, body: { data: 'two', version: 2 } }), {});
  assert.equal(await keys.code('putRendezvous', { params, body: { data: 'two', version: 2 } }), 'keys.conflict');
  assert.deepEqual(await keys.get('getRendezvous', { params, query: { after: 1 } }), { data: 'two', version: 2 });
  await keys.get('deleteRendezvous', { params });
  assert.equal(await keys.code('getRendezvous', { params, query: {} }), 'not_found');
  assert.equal(await keys.code('putRendezvous', { params, body: { data: 'x', version: 3 } }), 'not_found');
  const large = 'x'.repeat(wire.maxRendezvousBytes + 1);
  assert.equal(await keys.code('createRendezvous', { body: { data: large } }), 'frame.invalid');
});
