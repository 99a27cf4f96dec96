import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { limits } from '@parley/protocol';
import fc from 'fast-check';
import { isWeak } from './password-strength.ts';

test('[ACC4] what everybody tries is refused', () => {
  const common = ['password', 'Password1!', 'P@ssw0rd123', 'qwertyuiop', '1q2w3e4r5t', 'letmein2024', 'iloveyou99'];
  const patterns = ['12345678', '87654321', 'abcdefgh', 'aaaaaaaaaaaa', 'abcabcabcabc', 'asdfghjkl;', '20202020'];
  for (const password of [...common, ...patterns]) assert.equal(isWeak(password, 'ana'), true, password);
});

test('[ACC4] the handle counts as one guess', () => {
  assert.equal(isWeak('marguerite.1987', 'marguerite'), true);
  assert.equal(isWeak('m4rgu3r1t3!!', 'marguerite'), true);
  assert.equal(isWeak('marguerite.1987', 'ben'), false);
});

test('[ACC4] ten characters of one kind are enough, and eight of several', () => {
  assert.equal(isWeak('vkdjwpzhrt', 'ana'), false);
  assert.equal(isWeak('vkdjwpzhr', 'ana'), true);
  assert.equal(isWeak('v7Kd-w2Z', 'ana'), false);
  assert.equal(isWeak('v7Kd-w2', 'ana'), true, 'seven are not');
  assert.equal(isWeak('correct horse battery staple', 'ana'), false);
  assert.equal(isWeak('我愛吃紅燒牛肉麵', 'ana'), false);
});

test('[ACC4] any text gets a verdict, and soon, however long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: limits.maxPasswordCharacters }), (text) => {
      assert.equal(typeof isWeak(text, 'ana'), 'boolean');
    }),
  );
  assert.equal(isWeak('ab'.repeat(limits.maxPasswordCharacters * 100), 'ana'), true);
});

test('[ACC4] sixteen characters made by chance are never refused', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const password = hash('sha256', `${seed}`, 'base64url').slice(0, 16);
      assert.equal(isWeak(password, 'ana'), false, password);
    }),
    { numRuns: 1_000 },
  );
});
