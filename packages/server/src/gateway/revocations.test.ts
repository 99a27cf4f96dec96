import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeviceId, limits as wire } from '@parley/protocol';
import { maxRecentRevocations, revocationBlindMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { silentEvents } from '../kernel/silent-events.ts';
import { deviceId, identity } from './fixture.ts';
import { type EndCode, Revocations } from './revocations.ts';

function open() {
  const clock = new ManualClock();
  const list: DeviceId[] = [];
  /** Devices of `list` whose account was disabled. */
  const off: DeviceId[] = [];
  const ended: DeviceId[] = [];
  const reasons: EndCode[] = [];
  const events = silentEvents();
  const world = { failing: false };
  const revocations = new Revocations({
    async revokedSince(position) {
      if (world.failing) throw new Unavailable('directory');
      const from = position === null ? list.length : Number(position);
      return { devices: list.slice(from), disabled: off, position: String(list.length) };
    },
    revoke: (device, why) => {
      ended.push(device);
      reasons.push(why);
    },
    clock,
    events,
  });
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 500) {
      clock.advance(Math.min(500, left));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { revocations, list, off, ended, reasons, events, world, pass };
}

test('[S6] [HEL9] a revocation that the bus has lost ends the socket within 2 s, once', async () => {
  const { revocations, list, ended, pass } = open();
  list.push(deviceId(1));
  await revocations.start();
  list.push(deviceId(2));
  await pass(wire.revocationMs);
  assert.deepEqual(ended, [deviceId(2)]);
  await pass(5_000);
  assert.deepEqual(ended, [deviceId(2)]);
  assert.equal(revocations.refuses(identity(2)), 'device.revoked');
  assert.equal(revocations.refuses(identity(3)), null);
  revocations.stop();
});

test('[S6] [HEL9] while the list cannot be read for 5 s nobody begins, and there is an alarm until it can', async () => {
  const { revocations, events, world, pass } = open();
  await revocations.start();
  world.failing = true;
  await pass(revocationBlindMs - 500);
  assert.equal(revocations.refuses(identity(1)), null);
  await pass(2_000);
  assert.equal(revocations.refuses(identity(1)), 'server.overloaded');
  assert.equal(events.alarms().length, 1);
  world.failing = false;
  await pass(1_500);
  assert.equal(revocations.refuses(identity(1)), null);
  assert.equal(events.alarms().length, 0);
});

test('[HEL29] a disabled account loses its sockets, and may begin again soon after it was enabled', async () => {
  const { revocations, list, off, reasons, pass } = open();
  await revocations.start();
  list.push(deviceId(1), deviceId(2));
  off.push(deviceId(2));
  await pass(1_500);
  assert.deepEqual(reasons, ['device.revoked', 'account.disabled']);
  assert.equal(revocations.refuses(identity(1)), 'device.revoked');
  assert.equal(revocations.refuses(identity(2)), 'account.disabled');
  await pass(revocationBlindMs);
  assert.equal(revocations.refuses(identity(1)), 'device.revoked');
  assert.equal(revocations.refuses(identity(2)), null);
  revocations.stop();
});

test('[HEL9] what the bus says is remembered, within a bound', () => {
  const { revocations, ended } = open();
  for (let n = 0; n <= maxRecentRevocations; n++) revocations.heard({ device: deviceId(n) });
  assert.equal(ended.length, maxRecentRevocations + 1);
  assert.equal(revocations.refuses(identity(0)), null);
  assert.equal(revocations.refuses(identity(maxRecentRevocations)), 'device.revoked');
});
