import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { confirmLimit, loginLimits, lookUpLimit, secretLimit, signUpLimit } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { CredentialLimits } from './credential-limits.ts';
import { MemoryLimiter } from './limiter.ts';

function open(factor = 1) {
  const clock = new ManualClock();
  return { clock, limits: new CredentialLimits(new MemoryLimiter(clock), (address) => address, factor) };
}

/** How many of `most` attempts may go on. */
async function allowed(attempt: (n: number) => Promise<{ readonly ok: boolean }>, most = 1_000): Promise<number> {
  let count = 0;
  for (let n = 0; n < most; n++) if ((await attempt(n)).ok) count++;
  return count;
}

test('[ACC7] failed sign-ins are limited for a handle from one address, and for an address', async () => {
  const { clock, limits } = open();
  assert.equal(await allowed(() => limits.login('ana', 'one')), loginLimits.pair.count);
  assert.equal((await limits.login('ben', 'one')).ok, true);
  const refused = await limits.login('ana', 'one');
  assert.deepEqual(refused, {
    ok: false,
    code: 'rate.limited',
    details: { retry_after_ms: loginLimits.pair.perMs },
  });
  const { limits: fresh } = open();
  assert.equal(await allowed((n) => fresh.login(`person${n}`, 'one')), loginLimits.address.count);
  clock.advance(loginLimits.pair.perMs);
  assert.equal((await limits.login('ana', 'one')).ok, true);
});

test('[ACC7] guessing a handle from many places leaves every other place one try', async () => {
  const { limits } = open();
  const places = loginLimits.handle.count + 5;
  assert.equal(await allowed((n) => limits.login('ana', `place ${n}`), places), places);
  for (let times = 0; times < 3; times++) {
    const owner = await limits.login('ana', 'home');
    assert.ok(owner.ok, 'the owner is not locked out');
    await owner.value.passed();
  }
  assert.equal((await limits.login('ana', 'home')).ok, true);
  assert.equal((await limits.login('ana', 'home')).ok, false, 'and a guesser has no more than that');
  assert.equal((await limits.login('ben', 'home')).ok, true);
});

test('[ACC7] a sign-in that goes well does not count', async () => {
  const { limits } = open();
  const attempts = loginLimits.handle.count * 3;
  const right = async () => {
    const attempt = await limits.login('ana', 'one');
    if (attempt.ok) await attempt.value.passed();
    return attempt;
  };
  assert.equal(await allowed(right, attempts), attempts);
});

test('[ACC10] [ACC23] [ACC27] [ACC30] every other attempt has its own limit', async () => {
  const { limits } = open();
  const ana = 'a_ana' as AccountId;
  assert.equal(await allowed(() => limits.secret('one')), secretLimit.count);
  assert.equal(await allowed(() => limits.confirm(ana)), confirmLimit.count);
  assert.equal(await allowed(() => limits.signUp('one')), signUpLimit.count);
  assert.equal(await allowed(() => limits.lookUp(ana)), lookUpLimit.count);
  assert.equal((await limits.secret('other')).ok, true);
});

test('[ACC9] a factor makes every limit more generous, and none ever zero', async () => {
  assert.equal(await allowed(() => open(3).limits.confirm('a_ana' as AccountId), 5), 5);
  const { limits } = open(3);
  assert.equal(await allowed(() => limits.confirm('a_ana' as AccountId)), confirmLimit.count * 3);
  const { limits: strict } = open(0.001);
  assert.equal(await allowed(() => strict.confirm('a_ana' as AccountId)), 1);
});

test('[S11] [ACC8] a limiter that cannot count lets nobody on', async () => {
  const failing = { take: async () => Promise.reject(new Unavailable('counter')), give: async () => {} };
  const limits = new CredentialLimits(failing, (address) => address);
  await assert.rejects(limits.login('ana', 'one'), Unavailable);
  await assert.rejects(limits.secret('one'), Unavailable);
  await assert.rejects(limits.confirm('a_ana' as AccountId), Unavailable);
  await assert.rejects(limits.signUp('one'), Unavailable);
  await assert.rejects(limits.lookUp('a_ana' as AccountId), Unavailable);
});
