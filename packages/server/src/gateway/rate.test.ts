import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByName, Meter } from './rate.ts';

const rate = { burst: 5, perSecond: 2 };

test('[HEL15] a meter gives its burst at once, then its rate, and says how long to wait', () => {
  const meter = new Meter();
  for (let n = 0; n < 5; n++) assert.equal(meter.take(rate, 1_000), 0);
  assert.equal(meter.left(rate, 1_000), 0);
  assert.equal(meter.take(rate, 1_000), 500);
  assert.equal(meter.take(rate, 1_499), 1);
  assert.equal(meter.take(rate, 1_500), 0);
  assert.equal(meter.isIdle(1_500), false);
  assert.equal(meter.isIdle(4_000), true);
});

test('[HEL15] a clock that jumps back blocks nobody for longer than the burst takes', () => {
  const meter = new Meter();
  for (let n = 0; n < 5; n++) meter.take(rate, 1e12);
  assert.equal(meter.take(rate, 1e9), 500);
  assert.equal(meter.take(rate, 1e9 + 400), 100);
  assert.equal(meter.take(rate, 1e9 + 500), 0);
});

test('[HEL15] within any time a meter never gives more than burst + rate × time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 200 }), (gaps) => {
      const meter = new Meter();
      let now = 0;
      let taken = 0;
      for (const gap of gaps) {
        now += gap;
        if (meter.take(rate, now) === 0) taken++;
        assert.ok(taken <= rate.burst + (now * rate.perSecond) / 1_000 + 1e-6);
      }
    }),
  );
});

test('[HEL26] meters are bounded; idle ones go first', () => {
  const meters = new ByName(3, () => new Meter());
  const busy = meters.of('busy', 0);
  busy.take({ burst: 1, perSecond: 0.001 }, 0);
  meters.of('idle', 0);
  meters.of('idle too', 0);
  meters.of('fourth', 0);
  assert.ok(meters.size <= 3);
  assert.equal(meters.of('busy', 0), busy);
});

test('[HEL26] when all are in use the oldest goes', () => {
  const meters = new ByName(2, () => new Meter());
  const slow = { burst: 1, perSecond: 0.001 };
  const first = meters.of('first', 0);
  first.take(slow, 0);
  meters.of('second', 0).take(slow, 0);
  meters.of('third', 0);
  assert.equal(meters.size, 2);
  assert.notEqual(meters.of('first', 0), first);
});
