// The clock of the log against clocks that fall behind, jump ahead, stay there, or sleep.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clockAheadMs, clockBehindMs, clockHoldMs, clockReferenceMs } from '../kernel/limits.ts';
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

const dayMs = 86_400_000;

test('[LOG17] a clock that was set back for good is believed after five minutes, and the time of the log waits for it', () => {
  const { clock, time } = watched();
  clock.jump(-8 * dayMs);
  assert.match(time.problem() ?? '', /691200 s behind.*evenly for 5 minutes/);
  clock.advance(clockHoldMs - 1);
  assert.throws(() => time.next(), Unavailable);
  clock.advance(1);
  assert.equal(time.next(), start, 'not before the last record');
  clock.advance(8 * dayMs - clockHoldMs);
  assert.equal(time.next(), start);
  clock.advance(1_000);
  assert.equal(time.next(), start + 1_000, 'and no later than it must');
});

test('[LOG17] one that was believed behind is doubted again when it is set back further, or runs ahead', () => {
  const { clock, time } = watched();
  clock.jump(-8 * dayMs);
  assert.notEqual(time.problem(), null);
  clock.advance(clockHoldMs);
  assert.equal(time.problem(), null);
  clock.jump(-clockBehindMs);
  assert.equal(time.problem(), null, 'a minute is borne');
  clock.jump(-clockBehindMs - 1);
  assert.match(time.problem() ?? '', /behind/);
  clock.advance(clockHoldMs);
  assert.equal(time.problem(), null);
  clock.jump(clockAheadMs + 1);
  assert.match(time.problem() ?? '', /ahead/);
  clock.jump(-clockAheadMs - 1);
  assert.equal(time.problem(), null);
});

test('[LOG17] a machine that starts in 1970 and stays there is served after five minutes, or as soon as it knows the time', () => {
  const stays = new ManualClock(0);
  const late = new AppendTime(stays, start);
  assert.notEqual(late.problem(), null);
  stays.advance(clockHoldMs);
  assert.equal(late.next(), start);
  const learns = new ManualClock(0);
  const soon = new AppendTime(learns, start);
  assert.notEqual(soon.problem(), null);
  learns.jump(start + dayMs);
  assert.equal(soon.next(), start + dayMs);
});

test('[LOG30] the jump is noticed although nobody appends, so the first one who does waits no more', async () => {
  for (const jumpMs of [8 * dayMs, -8 * dayMs]) {
    const { log, clock } = await openBench();
    await log.append(0, bytesOf('a'));
    clock.jump(jumpMs);
    clock.advance(clockReferenceMs + clockHoldMs);
    assert.equal(await log.append(0, bytesOf('b')), 1);
    await log[Symbol.asyncDispose]();
  }
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

test('[LOG30] whatever the clock does, six minutes after its last jump appends are taken', () => {
  const jump = fc.record({ by: fc.integer({ min: -40 * dayMs, max: 40 * dayMs }), after: fc.nat({ max: 3_600_000 }) });
  fc.assert(
    fc.property(fc.array(jump, { maxLength: 12 }), (jumps) => {
      const { clock, time } = watched();
      const askEveryMinute = (ms: number): void => {
        for (let left = ms; left > 0; left -= clockReferenceMs) {
          clock.advance(Math.min(left, clockReferenceMs));
          if (time.problem() === null) time.next();
        }
      };
      for (const { by, after } of jumps) {
        askEveryMinute(after);
        clock.jump(by);
      }
      askEveryMinute(clockReferenceMs + clockHoldMs);
      assert.equal(time.problem(), null);
    }),
  );
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
