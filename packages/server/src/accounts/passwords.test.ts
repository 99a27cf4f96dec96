import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxPasswordsWaiting, passwordsAtOnce } from '../kernel/limits.ts';
import { FastHasher, repeatableRandom } from './fixture.ts';
import { Passwords } from './passwords.ts';

const never = new AbortController().signal;

/** Passwords whose comparisons wait until `release` is called. */
function held() {
  const hasher = new FastHasher();
  const passwords = new Passwords(hasher, repeatableRandom());
  const { promise, resolve } = Promise.withResolvers<void>();
  hasher.gate = promise;
  const release = () => {
    hasher.gate = null;
    resolve();
  };
  return { hasher, passwords, release };
}

test('[ACC5] a password is compared as typed, in its composed form', async () => {
  const passwords = new Passwords(new FastHasher(), repeatableRandom());
  const stored = await passwords.hash('Pa\u0308ss wort ', never);
  assert.ok(stored.ok);
  const verify = (password: string) => passwords.verify(stored.value, password, never);
  assert.deepEqual(await verify('P\u00e4ss wort '), { ok: true, value: true });
  assert.deepEqual(await verify('P\u00e4ss wort'), { ok: true, value: false });
  assert.deepEqual(await verify('p\u00e4ss wort '), { ok: true, value: false });
});

test('[ACC6] without a stored password it costs one comparison, and is never right', async () => {
  const hasher = new FastHasher();
  const passwords = new Passwords(hasher, repeatableRandom());
  assert.deepEqual(await passwords.verify(null, 'anything', never), { ok: true, value: false });
  assert.deepEqual([hasher.compared, hasher.hashed], [1, 1], 'the hash of nobody is made once, at the start');
  await passwords.verify(null, '', never);
  assert.deepEqual([hasher.compared, hasher.hashed], [2, 1]);
});

test('[ACC5] a few at a time, in turn, and beyond the bound they are refused', async () => {
  const { hasher, passwords, release } = held();
  const order: number[] = [];
  const asked = Array.from({ length: passwordsAtOnce + maxPasswordsWaiting }, async (_, n) => {
    const answer = await passwords.verify(null, 'x', never);
    order.push(n);
    return answer.ok;
  });
  const refused = await passwords.verify(null, 'x', never);
  assert.deepEqual(refused, { ok: false, code: 'server.overloaded', details: { retry_after_ms: 1_000 } });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(hasher.compared, passwordsAtOnce);
  release();
  assert.ok((await Promise.all(asked)).every((good) => good));
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  assert.equal((await passwords.verify(null, 'x', never)).ok, true, 'all turns were given back');
});

test('[ACC5] who has gone away does not wait, and takes nobody’s turn', async () => {
  const { hasher, passwords, release } = held();
  const running = Array.from({ length: passwordsAtOnce }, () => passwords.verify(null, 'x', never));
  const gone = new AbortController();
  const left = passwords.verify(null, 'x', gone.signal);
  const stays = passwords.verify(null, 'x', never);
  gone.abort();
  const refused = await left;
  assert.equal(refused.ok, false);
  assert.equal((await passwords.hash('x', gone.signal)).ok, false, 'nor does who was gone before');
  release();
  assert.ok((await Promise.all([...running, stays])).every((answer) => answer.ok));
  assert.equal(hasher.compared, passwordsAtOnce + 1);
});

test('[ACC5] a hasher that fails gives its turn back', async () => {
  const hasher = new FastHasher();
  const passwords = new Passwords(hasher, repeatableRandom());
  hasher.gate = Promise.reject(new Error('no memory'));
  hasher.gate.catch(() => {});
  for (let n = 0; n < passwordsAtOnce + maxPasswordsWaiting + 1; n++)
    await assert.rejects(passwords.verify(null, 'x', never), /no memory/);
  hasher.gate = null;
  assert.equal((await passwords.verify(null, 'x', never)).ok, true);
});
