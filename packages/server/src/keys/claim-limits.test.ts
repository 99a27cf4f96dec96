// How often keys are given out, reached.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { MemoryLimiter } from '../accounts/limiter.ts';
import { accountId, deviceId, identity } from '../gateway/fixture.ts';
import {
  maxClaimsPerAccountADay,
  maxClaimsPerDeviceAMinute,
  maxClaimsPerPairADay,
  maxClaimsPerStrangerADay,
} from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { ClaimLimits } from './claim-limits.ts';

const dayMs = 24 * 3_600_000;
const target = deviceId(100);

async function count(most: number, take: () => Promise<boolean>): Promise<number> {
  for (let taken = 0; taken < most; taken++) if (!(await take())) return taken;
  return most;
}

test('[ENC19] a device gets four keys of another in a day, whoever else asks', async () => {
  const clock = new ManualClock();
  const limits = new ClaimLimits(new MemoryLimiter(clock));
  assert.equal(await count(10, () => limits.take(identity(1), target)), maxClaimsPerPairADay);
  assert.ok(await limits.take(identity(2), target));
  assert.ok(await limits.take(identity(1), deviceId(101)));
  clock.advance(dayMs - 1);
  assert.ok(!(await limits.take(identity(1), target)));
  clock.advance(1);
  assert.ok(await limits.take(identity(1), target));
});

test('[ENC19] new devices give an account no more than eight devices may have', async () => {
  const limits = new ClaimLimits(new MemoryLimiter(new ManualClock()));
  let device = 0;
  const asker = () => ({ account: accountId(1), device: deviceId(++device), admin: false });
  assert.equal(await count(100, () => limits.take(asker(), target)), maxClaimsPerAccountADay);
});

test('[ENC19] of one device at most two hundred are given out in a minute, and who was refused has lost nothing', async () => {
  const clock = new ManualClock();
  const limits = new ClaimLimits(new MemoryLimiter(clock));
  let person = 0;
  assert.equal(await count(300, () => limits.take(identity(++person), target)), maxClaimsPerDeviceAMinute);
  assert.ok(!(await limits.take(identity(999), target)));
  clock.advance(60_000);
  assert.equal(await count(10, () => limits.take(identity(999), target)), maxClaimsPerPairADay);
});

test('[ENC244] a device gets one key a day of a stranger, and keys of so many strangers as may be asked', async () => {
  const clock = new ManualClock();
  const limits = new ClaimLimits(new MemoryLimiter(clock));
  const asker = identity(1);
  assert.equal(await count(10, () => limits.take(asker, target, accountId(100))), maxClaimsPerStrangerADay);
  // Another device of hers is no other person, and may be asked for by each of the own devices.
  assert.ok(await limits.take(asker, deviceId(101), accountId(100)));
  assert.ok(await limits.take({ ...asker, device: deviceId(2) }, target, accountId(100)));
  let met = 1;
  const next = () => limits.take(asker, deviceId(200 + met), accountId(200 + met++));
  assert.equal(await count(100, next), wire.newPeoplePerDay - 1);
  assert.ok(await limits.take(asker, deviceId(900)), 'whoever shares a group is no stranger');
  assert.ok(!(await limits.take(asker, deviceId(901), accountId(901))));
  clock.advance(dayMs);
  assert.ok(await limits.take(asker, target, accountId(100)));
  assert.ok(await limits.take(asker, deviceId(901), accountId(901)));
});

test('[ENC19] a generous server counts as many times more', async () => {
  const limits = new ClaimLimits(new MemoryLimiter(new ManualClock()), 3);
  assert.equal(await count(100, () => limits.take(identity(1), target)), 3 * maxClaimsPerPairADay);
});

test('[S11] when claims cannot be counted no key is given', async () => {
  const failing = { take: async () => Promise.reject(new Unavailable('counter')), give: async () => {} };
  await assert.rejects(new ClaimLimits(failing).take(identity(1), target), Unavailable);
});
