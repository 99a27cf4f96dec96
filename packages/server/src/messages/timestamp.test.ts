import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxTimestampAheadMs, maxTimestampBehindMs } from '@parley/protocol/limits';
import fc from 'fast-check';
import { clampedTimestamp, milliseconds } from './timestamp.ts';

const now = Date.UTC(2026, 10, 25, 9, 30, 15, 250);
const text = (ms: number) => new Date(ms).toISOString();
const near = fc.integer({ min: now - maxTimestampBehindMs, max: now + maxTimestampAheadMs });
const ever = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9_999, 11, 31) });

test('[SND4] a time within the bounds is kept to the millisecond, however its fraction is written', () => {
  fc.assert(
    fc.property(near, fc.constantFrom(1, 10, 100, 1_000), (ms, unit) => {
      const whole = ms - (((ms % unit) + unit) % unit);
      const digits = 3 - Math.log10(unit);
      const written = digits === 0 ? `${text(whole).slice(0, 19)}Z` : `${text(whole).slice(0, 20 + digits)}Z`;
      assert.equal(milliseconds(written), whole);
      fc.pre(whole >= now - maxTimestampBehindMs);
      assert.equal(clampedTimestamp(written, now), text(whole));
    }),
  );
});

test('[SND4] every time of four-digit years is read as the calendar has it', () => {
  fc.assert(fc.property(ever, (ms) => assert.equal(milliseconds(text(ms)), ms)));
});

test('[SND4] what is out of the bounds becomes the nearest bound, what is no time becomes now', () => {
  assert.equal(clampedTimestamp(text(now + maxTimestampAheadMs + 1), now), text(now + maxTimestampAheadMs));
  assert.equal(clampedTimestamp(text(now - maxTimestampBehindMs - 1), now), text(now - maxTimestampBehindMs));
  for (const none of [undefined, '2026-13-01T00:00:00Z', '2026-11-32T00:00:00Z', '2026-11-25T24:00:00Z'])
    assert.equal(clampedTimestamp(none, now), text(now));
});

test('[SND4] a day that its month does not have, and a leap second, are written as the time that they are', () => {
  const march = Date.UTC(2026, 2, 1, 12);
  assert.equal(clampedTimestamp('2026-02-29T12:00:00.000Z', march), '2026-03-01T12:00:00.000Z');
  assert.equal(clampedTimestamp('2026-03-01T11:59:60.000Z', march), '2026-03-01T12:00:00.000Z');
});
