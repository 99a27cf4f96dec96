import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxBehindShare, ownersBehindMs, vouchedEveryMs } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { HandClock } from '../sequencer/stage.ts';
import { Vouched } from './vouched.ts';

const retentionMs = 100_000;
const mostMs = maxBehindShare * retentionMs;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function desk() {
  const clock = new HandClock();
  const alarms = new Set<string>();
  const faults: unknown[] = [];
  const word = { time: clock.now() as number | Error };
  const vouched = new Vouched({
    clock,
    retentionMs,
    asOf: async () => {
      if (word.time instanceof Error) throw word.time;
      return word.time;
    },
    events: {
      alarm: (name) => void alarms.add(name),
      alarmOver: (name) => void alarms.delete(name),
      fault: (_where, error) => void faults.push(error),
    },
  });
  return { clock, alarms, faults, word, vouched };
}

test('[CLU6] the moment follows the owners’ word, never falls, and outlives a store that does not answer', async () => {
  const { clock, faults, word, vouched } = desk();
  await vouched.start();
  const began = clock.now();
  word.time = began + 500;
  assert.equal(await vouched.now(), began + 500);
  word.time = began;
  assert.equal(await vouched.now(), began + 500);
  word.time = new Unavailable('down');
  clock.advance(vouchedEveryMs);
  await settle();
  await assert.rejects(vouched.now(), Unavailable);
  assert.equal(faults.length, 1);
  word.time = began + 2_000;
  clock.advance(vouchedEveryMs);
  await settle();
  assert.equal(await vouched.now(), began + 2_000);
  vouched.stop();
  assert.equal(clock.pending, 0);
});

test('[CLU30] all who want the moment while it is asked for have one answer, whoever comes later the next one', async () => {
  const { clock } = desk();
  const asked: PromiseWithResolvers<number>[] = [];
  const asOf = () => {
    const answer = Promise.withResolvers<number>();
    asked.push(answer);
    return answer.promise;
  };
  const events = { alarm: () => {}, alarmOver: () => {}, fault: () => {} };
  const vouched = new Vouched({ clock, retentionMs, asOf, events });
  const crowd = Array.from({ length: 100 }, () => vouched.now());
  assert.equal(asked.length, 1);
  asked[0]?.resolve(clock.now());
  assert.deepEqual(new Set(await Promise.all(crowd)), new Set([clock.now()]));
  const refused = vouched.now();
  asked[1]?.reject(new Unavailable('down'));
  await assert.rejects(refused, Unavailable);
  const later = vouched.now();
  asked[2]?.resolve(clock.now() + 7);
  assert.equal(await later, clock.now() + 7);
  assert.equal(asked.length, 3);
});

test('[CLU21] owners that are behind are said to be, and long before the log forgets no more is taken', async () => {
  const { clock, alarms, word, vouched } = desk();
  await vouched.start();
  clock.advance(ownersBehindMs);
  await settle();
  assert.deepEqual([...alarms], ['sequencers.behind']);
  assert.equal(vouched.isKeepingUp, true);
  clock.advance(mostMs - ownersBehindMs - 1);
  await settle();
  assert.equal(vouched.isKeepingUp, true);
  clock.advance(1);
  await settle();
  assert.equal(vouched.isKeepingUp, false, 'a fifth of the time is left to mend it');
  word.time = clock.now();
  clock.advance(vouchedEveryMs);
  await settle();
  assert.equal(vouched.isKeepingUp, true);
  assert.equal(alarms.size, 0);
  vouched.stop();
});

test('[CLU5] a gateway whose store does not answer at the start does not start', async () => {
  const { word, vouched, clock } = desk();
  word.time = new Unavailable('down');
  await assert.rejects(vouched.start(), Unavailable);
  assert.equal(clock.pending, 0);
});

test('[CLU5] in a new cluster, where no owner has spoken yet, records are taken', async () => {
  const { clock, alarms, word, vouched } = desk();
  word.time = 0;
  await vouched.start();
  assert.equal(vouched.isKeepingUp, true);
  assert.equal(alarms.size, 0);
  clock.advance(mostMs);
  assert.equal(vouched.isKeepingUp, false);
  vouched.stop();
});
