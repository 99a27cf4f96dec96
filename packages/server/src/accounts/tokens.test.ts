import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { memoryDirectory } from '../directory/memory-directory.ts';
import { accountId, all, deviceId, signUp } from '../directory/sample-rows.ts';
import { maxCachedTokens, oldTokenNoticeMs, tokenTrustMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { repeatableRandom } from './fixture.ts';
import { Authenticator, mintSecret, mintToken, secretHash } from './tokens.ts';

const token = mintToken(repeatableRandom());
const next = `${token.slice(0, -1)}x`;

/** Ana with one device and its token; counts how often the directory was asked. */
async function open() {
  const clock = new ManualClock();
  const directory = memoryDirectory();
  const ana = signUp('ana');
  await directory.accounts.signUp({ ...ana, login: { ...ana.login, tokenHash: secretHash(token) } });
  const world = { asked: 0, failing: false };
  const told: AccountId[] = [];
  const tokens: typeof directory.tokens = {
    ...directory.tokens,
    get(tokenHash) {
      world.asked++;
      return world.failing ? Promise.reject(new Unavailable('directory')) : directory.tokens.get(tokenHash);
    },
  };
  const authenticator = new Authenticator({
    directory: { tokens, devices: directory.devices },
    clock,
    oldTokenUsed: (account) => told.push(account),
  });
  return { clock, directory, world, told, authenticator };
}

test('[ACC14] a token is 256 bits of chance and says what it is; so is the secret of a link', () => {
  const random = repeatableRandom();
  const tokens = new Set(Array.from({ length: 100 }, () => mintToken(random)));
  assert.equal(tokens.size, 100);
  for (const each of tokens) assert.match(each, /^parley_[A-Za-z0-9_-]{43}$/);
  assert.match(mintSecret(random), /^[A-Za-z0-9_-]{43}$/);
  assert.equal(secretHash(token).length, 43);
});

test('[ACC14] what has not the form of a token is refused without asking the directory', async () => {
  const { authenticator, world } = await open();
  for (const wrong of ['', 'parley_', token.slice(1), `${token}x`, token.toUpperCase(), `${token}\n`])
    assert.deepEqual(await authenticator.authenticate(wrong), { ok: false, code: 'auth.required' });
  assert.equal(world.asked, 0);
  assert.deepEqual(await authenticator.authenticate(next), { ok: false, code: 'auth.required' });
  assert.equal(world.asked, 1);
});

test('[ACC14] a good token says whose it is', async () => {
  const { authenticator } = await open();
  assert.deepEqual(await authenticator.authenticate(token), {
    ok: true,
    value: { account: accountId('ana'), device: deviceId('ana1'), handle: 'ana', kind: 'person', admin: false },
  });
});

test('[ACC15] a look-up is trusted for a second and not longer', async () => {
  const { authenticator, clock, world } = await open();
  for (let n = 0; n < 3; n++) await authenticator.authenticate(token);
  assert.equal(world.asked, 1);
  clock.advance(tokenTrustMs - 1);
  await authenticator.authenticate(token);
  assert.equal(world.asked, 1);
  clock.advance(1);
  await authenticator.authenticate(token);
  assert.equal(world.asked, 2);
  clock.jump(-10_000);
  await authenticator.authenticate(token);
  assert.equal(world.asked, 3, 'a clock that was set back makes nothing last longer');
});

test('[ACC15] a session that ended is refused as soon as it is forgotten, also one that is being looked up', async () => {
  const { authenticator, directory } = await open();
  await authenticator.authenticate(token);
  const lookedUp = authenticator.authenticate(token);
  await directory.devices.end(accountId('ana'), all('revoked'));
  authenticator.forget();
  await lookedUp;
  assert.deepEqual(await authenticator.authenticate(token), { ok: false, code: 'auth.required' });
  const { authenticator: fresh, directory: other } = await open();
  const late = fresh.authenticate(token);
  fresh.forget();
  assert.equal((await late).ok, true, 'it was good when it was asked');
  assert.equal(fresh.cached, 0);
  await other.devices.end(accountId('ana'), all('revoked'));
  assert.equal((await fresh.authenticate(token)).ok, false);
});

test('[ACC15] what is remembered is bounded, and a refusal is not remembered', async () => {
  const { authenticator, directory } = await open();
  for (let n = 0; n < 3; n++) await authenticator.authenticate(next);
  assert.equal(authenticator.cached, 0);
  const tokens = Array.from({ length: maxCachedTokens + 1 }, (_, n) => `parley_${String(n).padStart(43, '0')}`);
  const bearer = await directory.tokens.get(secretHash(token));
  assert.ok(bearer !== undefined);
  const parts = { directory: { ...directory, tokens: { ...directory.tokens, get: async () => bearer } } };
  const busy = new Authenticator({ ...parts, clock: new ManualClock(), oldTokenUsed: () => {} });
  for (const each of tokens) await busy.authenticate(each);
  assert.equal(busy.cached, maxCachedTokens);
});

test('[ACC8] while the directory cannot be read nobody new gets in', async () => {
  const { authenticator, clock, world } = await open();
  await authenticator.authenticate(token);
  world.failing = true;
  assert.equal((await authenticator.authenticate(token)).ok, true);
  clock.advance(tokenTrustMs);
  await assert.rejects(authenticator.authenticate(token), Unavailable);
});

test('[ACC16] the old token lives until the new one is first used', async () => {
  const { authenticator, directory, told } = await open();
  await directory.tokens.replace(deviceId('ana1'), secretHash(next));
  assert.equal((await authenticator.authenticate(token)).ok, true);
  assert.equal((await authenticator.authenticate(next)).ok, true);
  assert.deepEqual(await authenticator.authenticate(token), { ok: false, code: 'auth.required' });
  assert.equal((await authenticator.authenticate(next)).ok, true);
  assert.deepEqual(told, [accountId('ana')]);
});

test('[ACC16] the use of an old token is dated, and told at most once an hour', async () => {
  const { authenticator, clock, directory, told } = await open();
  await directory.tokens.replace(deviceId('ana1'), secretHash(next));
  await authenticator.authenticate(next);
  const usedAt = async () => (await directory.devices.list(accountId('ana')))[0]?.oldTokenUsedAt;
  assert.equal(await usedAt(), null);
  await authenticator.authenticate(token);
  const first = clock.now();
  assert.equal(await usedAt(), first);
  clock.advance(oldTokenNoticeMs - 1);
  await authenticator.authenticate(token);
  assert.deepEqual([told.length, await usedAt()], [1, first]);
  clock.advance(1);
  await authenticator.authenticate(token);
  assert.deepEqual([told.length, await usedAt()], [2, clock.now()]);
});

test('[ACC17] the token of a disabled account says so, that of one that is leaving nothing', async () => {
  const { authenticator, clock, directory } = await open();
  await directory.accounts.change(accountId('ana'), { state: 'disabled' });
  assert.deepEqual(await authenticator.authenticate(token), { ok: false, code: 'account.disabled' });
  await directory.accounts.change(accountId('ana'), { state: 'leaving' });
  clock.advance(tokenTrustMs);
  assert.deepEqual(await authenticator.authenticate(token), { ok: false, code: 'auth.required' });
});
