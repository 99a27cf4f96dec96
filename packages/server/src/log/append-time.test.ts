// The clock of the log against clocks that fall behind, jump ahead, stay there, or sleep.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clockAheadMs, clockBehindMs, clockHoldMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { AppendTime } from './append-time.ts';
import { bytesOf, openBench, readAll } from './fixture.ts';

const start = Date.UTC(2026, 10, 25);

test('[LOG17] a clock more than a minute behind the last record stops appends until it is not', async () => {
  const { log, clock } = await openBench();
  await log.append(0, bytesOf('a'));
  clock.jump(-clockBehindMs);
  assert.equal(log.problem, null);
  await log.append(0, bytesOf('b'));
  clock.jump(-1);
  assert.match(log.problem ?? '', /60 s behind the last message.*check the host's time/);
  await assert.rejects(log.append(0, bytesOf('refused')), Unavailable);
  clock.advance(1);
  assert.equal(await log.append(0, bytesOf('c')), 2);
  const times = (await readAll(log)).map(({ time }) => time);
  assert.deepEqual(times, [start, start, start]);
  await log[Symbol.asyncDispose]();
});

test('[LOG17] the last record counts after a restart too', async () => {
  const { log, disk, clock } = await openBench();
  await log.append(0, bytesOf('a'));
  await log[Symbol.asyncDispose]();
  clock.jump(-clockBehindMs - 1);
  const { log: next } = await openBench({ disk, clock });
  assert.match(next.problem ?? '', /behind/);
  await assert.rejects(next.append(0, bytesOf('refused')), Unavailable);
  await next[Symbol.asyncDispose]();
});

/** A watched clock that has been believed once. */
function watched(): { readonly clock: ManualClock; readonly time: AppendTime } {
  const clock = new ManualClock(start);
  const time = new AppendTime(clock, 0);
  time.next();
  return { clock, time };
}

test('[LOG18] a clock that jumps more than an hour ahead stops appends until it is back', () => {
  const { clock, time } = watched();
  clock.jump(clockAheadMs);
  assert.equal(time.problem(), null, 'an hour is borne');
  clock.jump(clockAheadMs + 1);
  assert.match(time.problem() ?? '', /3600 s ahead.*5 minutes.*restarted/);
  assert.throws(() => time.next(), Unavailable);
  clock.jump(-clockAheadMs - 1);
  assert.equal(time.problem(), null);
  assert.equal(time.next(), start + clockAheadMs);
});

test('[LOG18] it is believed after it went on evenly for five minutes, and not when it jumps again meanwhile', () => {
  const { clock, time } = watched();
  clock.jump(10 * clockAheadMs);
  assert.notEqual(time.problem(), null);
  clock.advance(clockHoldMs - 1);
  assert.notEqual(time.problem(), null);
  clock.jump(clockBehindMs + 1);
  assert.notEqual(time.problem(), null, 'counted anew');
  clock.advance(clockHoldMs - 1);
  assert.notEqual(time.problem(), null);
  clock.advance(1);
  assert.equal(time.problem(), null);
  assert.equal(time.next(), clock.now());
});

test('[LOG18] a restart believes the clock, and sleep of the host is no jump', () => {
  const { clock, time } = watched();
  clock.jump(10 * clockAheadMs);
  assert.notEqual(time.problem(), null);
  assert.equal(new AppendTime(clock, start).problem(), null);
  const other = watched();
  other.clock.advance(24 * 3_600_000);
  assert.equal(other.time.problem(), null);
  assert.equal(other.time.next(), start + 24 * 3_600_000);
});

test('[LOG4] whatever the clock does, append times never fall', () => {
  const move = fc.record({ by: fc.integer({ min: -7_200_000, max: 7_200_000 }), isJump: fc.boolean() });
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const { clock, time } = watched();
      let last = start;
      for (const { by, isJump } of moves) {
        if (isJump) clock.jump(by);
        else clock.advance(Math.abs(by));
        if (time.problem() !== null) continue;
        const next = time.next();
        assert.ok(next >= last && next >= clock.now());
        last = next;
      }
    }),
  );
});
