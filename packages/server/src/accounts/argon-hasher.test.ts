import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostRandom } from '../kernel/random.ts';
import { argonCost, argonHasher } from './argon-hasher.ts';

const cheap = { memoryKiB: 64, passes: 1 };

test('[ACC5] the hash is argon2id with its costs and a salt of its own', async () => {
  const hasher = argonHasher(hostRandom, cheap);
  const [one, other] = [await hasher.hash('a password'), await hasher.hash('a password')];
  assert.match(one, /^\$argon2id\$v=19\$m=64,t=1,p=1\$[\w+/]{22}\$/);
  assert.notEqual(one, other);
  assert.equal(await hasher.verify(one, 'a password'), true);
  assert.equal(await hasher.verify(one, 'a passwor'), false);
  assert.equal(await hasher.verify(one, ''), false);
});

test('[ACC5] a new hash costs what OWASP advises, and one of other costs is outdated', async () => {
  const hasher = argonHasher(hostRandom);
  const stored = await hasher.hash('a password');
  assert.match(stored, /\$m=47104,t=1,p=1\$/);
  assert.equal(hasher.isOutdated(stored), false);
  assert.equal(argonHasher(hostRandom, { ...argonCost, passes: 2 }).isOutdated(stored), true);
  assert.equal(hasher.isOutdated(await argonHasher(hostRandom, cheap).hash('a password')), true);
});
