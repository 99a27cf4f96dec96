import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { limits } from '@parley/protocol';
import fc from 'fast-check';
import { weaknessOf } from './password-strength.ts';

test('[ACC4] what everybody tries is refused', () => {
  const common = ['password', 'Password1!', 'P@ssw0rd123', 'qwertyuiop', '1q2w3e4r5t', 'letmein2024', 'iloveyou99'];
  const patterns = ['12345678', '87654321', 'abcdefgh', 'aaaaaaaaaaaa', 'abcabcabcabc', 'asdfghjkl;', '20202020'];
  for (const password of [...common, ...patterns]) assert.notEqual(weaknessOf(password, 'ana'), null, password);
});

test('[ACC4] the handle counts as one guess', () => {
  assert.notEqual(weaknessOf('marguerite.1987', 'marguerite'), null);
  assert.notEqual(weaknessOf('m4rgu3r1t3!!', 'marguerite'), null);
  assert.equal(weaknessOf('marguerite.1987', 'ben'), null);
});

test('[ACC4] ten characters of one kind are enough, and eight of several', () => {
  assert.equal(weaknessOf('vkdjwpzhrt', 'ana'), null);
  assert.notEqual(weaknessOf('vkdjwpzhr', 'ana'), null);
  assert.equal(weaknessOf('v7Kd-w2Z', 'ana'), null);
  assert.notEqual(weaknessOf('v7Kd-w2', 'ana'), null, 'seven are not');
  assert.equal(weaknessOf('correct horse battery staple', 'ana'), null);
  assert.equal(weaknessOf('我愛吃紅燒牛肉麵', 'ana'), null);
});

test('[ACC4] any text gets a verdict, and soon, however long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: limits.maxPasswordCharacters }), (text) => {
      assert.notEqual(weaknessOf(text, 'ana'), undefined);
    }),
  );
  assert.notEqual(weaknessOf('ab'.repeat(limits.maxPasswordCharacters * 100), 'ana'), null);
});

test('[ACC4] sixteen characters made by chance are never refused', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const password = hash('sha256', `${seed}`, 'base64url').slice(0, 16);
      assert.equal(weaknessOf(password, 'ana'), null, password);
    }),
    { numRuns: 1_000 },
  );
});

test('[ACC201] the refusal says what of it counts as one guess', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['short', 'ana', /shorter than 8/],
    ['purple horse 33', 'ana', /one guess: .*a common word/],
    ['dora horse 33', 'dora', /one guess: the handle/],
    ['Wx9$Wx9$Wx9$', 'ana', /one guess: a repeat/],
    ['abcdefgh', 'ana', /one guess: a run/],
    ['x 1987 y', 'ana', /one guess: a year/],
    ['vkdjwpzhr', 'ana', /^what is left must be worth ten characters/],
  ];
  for (const [password, handle, why] of cases) assert.match(weaknessOf(password, handle) ?? '', why, password);
});
