import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { ManualClock } from '../kernel/manual-clock.ts';
import { MemoryLimiter } from './limiter.ts';
import { linkLimit } from './link-limit.ts';

const [ana, ben] = ['a_0000000000000000000ana', 'a_0000000000000000000ben'] as [AccountId, AccountId];

test('[MEM12] an account makes six links in an hour, the next one when the hour is over, and others make theirs', async () => {
  const clock = new ManualClock();
  const take = linkLimit(new MemoryLimiter(clock), 1);
  for (let n = 0; n < 6; n++) assert.equal(await take(ana), 0);
  assert.equal(await take(ana), 3_600_000);
  assert.equal(await take(ben), 0);
  clock.advance(3_600_000);
  assert.equal(await take(ana), 0);
});
