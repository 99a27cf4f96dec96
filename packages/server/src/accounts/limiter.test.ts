import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../kernel/manual-clock.ts';
import { MemoryLimiter } from './limiter.ts';

const limit = { count: 2, perMs: 1_000 };

test('[ACC9] so many within a window, then the time until it ends', async () => {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter(clock);
  assert.equal(await limiter.take('a', limit), 0);
  clock.advance(400);
  assert.equal(await limiter.take('a', limit), 0);
  assert.equal(await limiter.take('a', limit), 600);
  assert.equal(await limiter.take('b', limit), 0, 'every key has its own');
  clock.advance(600);
  assert.equal(await limiter.take('a', limit), 0);
});

test('[ACC9] what went well is given back', async () => {
  const limiter = new MemoryLimiter(new ManualClock());
  for (let n = 0; n < 10; n++) {
    assert.equal(await limiter.take('a', limit), 0);
    await limiter.give('a');
  }
  await limiter.give('nobody');
  await limiter.give('a');
  assert.equal(await limiter.take('a', limit), 0);
  assert.equal(await limiter.take('a', limit), 0);
  assert.ok((await limiter.take('a', limit)) > 0, 'giving back more than was taken adds nothing');
});

test('[ACC9] a clock that is set back locks nobody out', async () => {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter(clock);
  for (let n = 0; n < 3; n++) await limiter.take('a', limit);
  clock.jump(-3_600_000);
  assert.equal(await limiter.take('a', limit), 0);
});

test('[ACC9] beyond the bound windows that have ended go first, else the oldest', async () => {
  const clock = new ManualClock();
  const limiter = new MemoryLimiter(clock, 3);
  for (const key of ['a', 'a', 'b', 'c']) await limiter.take(key, limit);
  await limiter.take('d', limit);
  assert.equal(limiter.size, 3);
  assert.equal(await limiter.take('a', limit), 0, 'the oldest was forgotten');
  assert.equal(await limiter.take('d', limit), 0);
  assert.ok((await limiter.take('d', limit)) > 0);
  clock.advance(1_000);
  await limiter.take('e', limit);
  assert.equal(limiter.size, 1);
});

test('[ACC9] no window ever lets more through than it should', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ key: fc.constantFrom('a', 'b'), wait: fc.nat(700) }), { maxLength: 60 }),
      async (steps) => {
        const clock = new ManualClock();
        const limiter = new MemoryLimiter(clock);
        const taken: { key: string; at: number }[] = [];
        for (const { key, wait } of steps) {
          clock.advance(wait);
          const waitMs = await limiter.take(key, limit);
          const recent = taken.filter((each) => each.key === key && each.at > clock.now() - limit.perMs / 2);
          if (waitMs === 0) taken.push({ key, at: clock.now() });
          else assert.ok(waitMs <= limit.perMs);
          // A window may end and begin: in less than one of them at most twice its count goes through.
          assert.ok(recent.length <= 2 * limit.count);
        }
      },
    ),
  );
});
