import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryDirectory } from '../directory/memory-directory.ts';
import { accountId, deviceId, login, signUp } from '../directory/sample-rows.ts';
import { lastSeenFlushMs, maxLastSeenWaiting } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { LastSeen } from './last-seen.ts';

async function open() {
  const clock = new ManualClock();
  const directory = memoryDirectory();
  await directory.accounts.signUp(signUp('ana'));
  await directory.devices.add(login(accountId('ana'), 'second'), 8);
  const world = { failing: false, writes: 0 };
  const faults: unknown[] = [];
  const devices: typeof directory.devices = {
    ...directory.devices,
    touch(rows) {
      world.writes++;
      return world.failing ? Promise.reject(new Unavailable('directory')) : directory.devices.touch(rows);
    },
  };
  const lastSeen = new LastSeen({ devices, clock, events: silentEvents((_where, error) => faults.push(error)) });
  const stored = async () => (await directory.devices.list(accountId('ana'))).map((row) => row.lastSeenAt);
  return { clock, world, faults, lastSeen, stored };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('[ACC21] times are written together every 30 s, and read with those that are not written', async () => {
  const { clock, world, lastSeen, stored } = await open();
  assert.equal(await lastSeen.of(accountId('ana')), null);
  lastSeen.seen(deviceId('ana1'));
  clock.advance(10_000);
  lastSeen.seen(deviceId('second'));
  const newest = clock.now();
  assert.deepEqual(await stored(), [null, null]);
  assert.equal(await lastSeen.of(accountId('ana')), newest);
  assert.equal(await lastSeen.of(accountId('nobody')), null);
  clock.advance(lastSeenFlushMs - 10_000);
  await settle();
  assert.deepEqual(await stored(), [newest - 10_000, newest]);
  assert.deepEqual([world.writes, lastSeen.waiting], [1, 0]);
  assert.equal(await lastSeen.of(accountId('ana')), newest);
  clock.advance(10 * lastSeenFlushMs);
  await settle();
  assert.equal(world.writes, 1, 'nothing to say, nothing is written');
});

test('[ACC21] a clock that is set back lowers no time', async () => {
  const { clock, lastSeen } = await open();
  lastSeen.seen(deviceId('ana1'));
  const newest = clock.now();
  clock.jump(-3_600_000);
  lastSeen.seen(deviceId('ana1'));
  assert.equal(await lastSeen.of(accountId('ana')), newest);
});

test('[ACC21] what cannot be written waits for the next time', async () => {
  const { clock, world, faults, lastSeen, stored } = await open();
  world.failing = true;
  lastSeen.seen(deviceId('ana1'));
  const time = clock.now();
  clock.advance(lastSeenFlushMs);
  await settle();
  assert.deepEqual([faults.length, lastSeen.waiting], [1, 1]);
  world.failing = false;
  clock.advance(lastSeenFlushMs);
  await settle();
  assert.deepEqual(await stored(), [time, null]);
});

test('[ACC21] a time that is noted while others are written is not lost', async () => {
  const { clock, lastSeen, stored } = await open();
  lastSeen.seen(deviceId('ana1'));
  const flushed = lastSeen.flush();
  clock.advance(1_000);
  lastSeen.seen(deviceId('ana1'));
  await flushed;
  assert.equal(lastSeen.waiting, 1);
  await lastSeen.flush();
  assert.deepEqual(await stored(), [clock.now(), null]);
});

test('[ACC21] at the bound it is written at once, and while that fails the oldest are forgotten', async () => {
  const { world, lastSeen } = await open();
  const fill = (from: number, count: number) => {
    for (let n = from; n < from + count; n++) lastSeen.seen(deviceId(`d${n}`));
  };
  fill(0, maxLastSeenWaiting);
  await settle();
  assert.deepEqual([world.writes, lastSeen.waiting], [1, 0]);
  world.failing = true;
  fill(0, maxLastSeenWaiting);
  await settle();
  fill(maxLastSeenWaiting, 100);
  await settle();
  assert.deepEqual([world.writes, lastSeen.waiting], [2, maxLastSeenWaiting], 'it is not tried for each');
});

test('[ACC21] at the end everything is written, and nothing is noted any more', async () => {
  const { clock, lastSeen, stored } = await open();
  lastSeen.seen(deviceId('second'));
  await lastSeen.close();
  assert.deepEqual(await stored(), [null, clock.now()]);
  lastSeen.seen(deviceId('ana1'));
  assert.equal(lastSeen.waiting, 0);
});
