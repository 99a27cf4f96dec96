import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxCoarseWords } from '../kernel/limits.ts';
import { accountOf } from '../sequencer/stage.ts';
import { CoarseWords } from './coarse-words.ts';

const dayMs = 24 * 3_600_000;
const midnight = Date.UTC(2026, 10, 25);

test('[PRS12] the first word of a day stands until midnight', () => {
  const words = new CoarseWords();
  const ben = accountOf(2);
  assert.equal(words.of(ben, 'this_week', midnight), 'this_week');
  assert.equal(words.of(ben, 'recently', midnight + dayMs - 1), 'this_week');
  assert.equal(words.of(ben, 'recently', midnight + dayMs), 'recently');
});

test('[PRS12] the words that are remembered are bounded; who was there lately needs no place', () => {
  const words = new CoarseWords();
  for (let n = 0; n <= maxCoarseWords; n++) words.of(accountOf(n), 'long_ago', midnight);
  assert.equal(words.of(accountOf(maxCoarseWords), 'recently', midnight), 'long_ago');
  assert.equal(words.of(accountOf(1), 'recently', midnight), 'long_ago');
  assert.equal(words.of(accountOf(0), 'recently', midnight), 'recently', 'the oldest was forgotten');
  for (let n = 0; n <= maxCoarseWords; n++) words.of(accountOf(maxCoarseWords + 1 + n), 'recently', midnight);
  assert.equal(words.of(accountOf(1), 'recently', midnight), 'long_ago');
});
