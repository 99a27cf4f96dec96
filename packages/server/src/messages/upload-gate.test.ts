import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { maxUploads, maxUploadsPerAccount, uploadAgainMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { ok } from '../kernel/result.ts';
import { UploadGate } from './upload-gate.ts';

const account = (n: number) => `a_${String(n).padStart(22, '0')}` as AccountId;
const busy = { ok: false, code: 'server.overloaded', details: { retry_after_ms: uploadAgainMs } };

/** A gate, and uploads that last until they are ended. */
function hall() {
  const clock = new ManualClock();
  const gate = new UploadGate(clock);
  const begin = (who: number, receivedBytes: number, isStubborn = false) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isCut = false;
    const cut = () => {
      isCut = true;
      if (!isStubborn) reject(new Error('cut'));
    };
    const line = { receivedBytes: () => receivedBytes, cut };
    const answer = gate.pass(account(who), { line }, async () => ok(await promise));
    return { answer, end: resolve, fail: reject, isCut: () => isCut };
  };
  /** All places are taken, by accounts that have so many each. */
  const filled = (each: number) =>
    Array.from({ length: maxUploads }, (_, n) => begin(Math.floor(n / each), n === 5 ? 10 : 1_000));
  return { clock, gate, begin, filled };
}

test('[MED125] a few accounts keep nobody out: the slowest of who has several gives way to who has none', async () => {
  const { clock, begin, filled } = hall();
  const taken = filled(maxUploadsPerAccount);
  clock.advance(60_000);
  const fresh = begin(100, 0);
  assert.deepEqual(await taken[5]?.answer, busy);
  assert.equal(taken.filter(({ isCut }) => isCut()).length, 1);
  fresh.end();
  assert.equal((await fresh.answer).ok, true);
  for (const { end } of taken) end();
});

test('[MED125] the place is taken when the one before has ended, not earlier', async () => {
  const { clock, begin, filled } = hall();
  const taken = filled(maxUploadsPerAccount - 1).slice(0, -1);
  for (const { end } of taken.slice(-1)) end();
  await Promise.all(taken.slice(-1).map(({ answer }) => answer));
  const stubborn = begin(0, 0, true);
  clock.advance(60_000);
  let isIn = false;
  const fresh = begin(100, 0);
  const entered = fresh.answer.then(() => {
    isIn = true;
  });
  fresh.end();
  await new Promise(setImmediate);
  assert.deepEqual([stubborn.isCut(), isIn], [true, false]);
  stubborn.fail(new Error('at last'));
  assert.deepEqual(await stubborn.answer, busy);
  await entered;
  assert.equal((await fresh.answer).ok, true);
  for (const { end } of taken) end();
});

test('[MED125] where every account has one the server is busy, and who has as many as it may goes too fast', async () => {
  const { begin, filled } = hall();
  const taken = filled(1);
  assert.deepEqual(await begin(100, 0).answer, busy);
  assert.deepEqual(await begin(3, 0).answer, busy, 'who has one already takes no place of others');
  for (const { end } of taken) end();
  await Promise.all(taken.map(({ answer }) => answer));
  const own = Array.from({ length: maxUploadsPerAccount }, () => begin(1, 0));
  const more = await begin(1, 0).answer;
  assert.ok(!more.ok && more.code === 'rate.limited');
  for (const { end } of own) end();
});

test('[MED125] what fails by itself is not told as busy', async () => {
  const { begin } = hall();
  const one = begin(1, 0);
  one.fail(new Error('of its own'));
  await assert.rejects(one.answer, /of its own/);
});
