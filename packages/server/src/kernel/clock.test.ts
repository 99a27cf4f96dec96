import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTrusted } from './clock.ts';
import { ManualClock } from './manual-clock.ts';

test('[CLU27] what was believed for a while is read again in time, also when the clock was set back', () => {
  const until = 10_000 + 5_000;
  assert.equal(isTrusted(until, 5_000, 10_000), true);
  assert.equal(isTrusted(until, 5_000, 14_999), true);
  assert.equal(isTrusted(until, 5_000, 15_000), false);
  assert.equal(isTrusted(until, 5_000, 9_999), false);
});

test('[HEL95] a steady clock goes with the timers, and not with what the clock is set to', () => {
  const clock = new ManualClock();
  const before = clock.steady.now();
  let isOver = false;
  clock.steady.after(1_000, () => {
    isOver = true;
  });
  clock.jump(-8 * 86_400_000);
  assert.equal(clock.steady.now(), before);
  clock.advance(1_000);
  assert.equal(clock.steady.now(), before + 1_000);
  assert.ok(isOver);
});
