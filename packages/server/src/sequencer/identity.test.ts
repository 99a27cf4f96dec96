// When may the id table be left unasked? Only when the window has seen everything that could be a twin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '@parley/protocol';
import fc from 'fast-check';
import {
  firstAheadMs,
  firstBehindMs,
  firstHeldMs,
  identityWindowMs,
  maxWindowGenerations,
  windowGenerationIds,
  windowGenerationMs,
} from '../kernel/limits.ts';
import type { Entry } from '../log/log.ts';
import { mayBeKnown } from './identity.ts';
import { IdentityWindow } from './identity-window.ts';
import type { MessageRecord } from './record.ts';
import { accountOf, entryOf, message, messageOf, Stage } from './stage.ts';

const { offlineSilenceMs } = limits;
const [ana, ben] = [accountOf(1), accountOf(2)];
const start = Date.UTC(2026, 10, 25, 9);
const everything: Pick<IdentityWindow, 'has' | 'completeFrom'> = { has: () => false, completeFrom: 0 };

function attempt(afterStampMs: number, first = true): readonly [MessageRecord, Entry] {
  const record = message('c_1' as never, ana, messageOf(1), { first, stamp: start });
  return [record, entryOf(100, start + afterStampMs, record)];
}

test('[SEQ10] a first attempt is believed from 5 s before to 30 s after its stamp, and no longer', () => {
  for (const [afterMs, asked] of [
    [-firstAheadMs - 1, true],
    [-firstAheadMs, false],
    [0, false],
    [firstBehindMs, false],
    [firstBehindMs + 1, true],
  ] as const)
    assert.equal(mayBeKnown(...attempt(afterMs), 50, everything, firstHeldMs), asked, `${afterMs} ms`);
  assert.equal(mayBeKnown(...attempt(0, false), 50, everything, firstHeldMs), true, 'no first attempt');
  assert.equal(mayBeKnown(...attempt(0), undefined, everything, firstHeldMs), false, 'a new conversation');
});

test('[SEQ10] a replay asks, whatever it says of itself', () => {
  for (const applied of [100, 101]) assert.equal(mayBeKnown(...attempt(0), applied, everything, firstHeldMs), true);
  assert.equal(mayBeKnown(...attempt(0), 99, everything, firstHeldMs), false);
});

test('[SEQ10] it asks when the window does not reach back far enough before its stamp, or has seen the id', () => {
  const [record, entry] = attempt(1_000);
  const reach = (completeFrom: number, seen = false) =>
    mayBeKnown(record, entry, 50, { has: () => seen, completeFrom }, firstHeldMs);
  assert.equal(reach(start - firstHeldMs), false);
  assert.equal(reach(start - firstHeldMs + 1), true);
  const near: typeof everything = { has: () => false, completeFrom: start - firstAheadMs };
  assert.equal(mayBeKnown(record, entry, 50, near, 0), false, 'one gateway');
  assert.equal(reach(0, true), true);
});

test('[SEQ70] a first attempt that waited on its way finds the twin that went another way meanwhile', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const again = message(conversation, ana, messageOf(701), { first: false, stamp: stage.time });
  assert.deepEqual(await stage.apply(again, 1), { state: 'accepted', seq: 2, repeat: false });
  await stage.commit();
  const stepMs = windowGenerationMs / 4;
  for (let waited = 0; waited < offlineSilenceMs; waited += stepMs) {
    await stage.say(conversation, ben, {}, stepMs);
    await stage.commit();
  }
  const late = message(conversation, ana, messageOf(701), { first: true, stamp: stage.time });
  assert.deepEqual(await stage.apply(late, 1), { state: 'accepted', seq: 2, repeat: true });
});

test('[SEQ10] a first attempt whose twin was let go from memory is still found', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const first = message(conversation, ana, messageOf(700), { first: true, stamp: stage.time });
  assert.deepEqual(await stage.apply(first, 1), { state: 'accepted', seq: 2, repeat: false });
  await stage.commit();
  assert.deepEqual(await stage.apply(first, 20_000), { state: 'accepted', seq: 2, repeat: true }, 'by the window');
  for (let n = 0; n < 10; n++) {
    await stage.say(conversation, ben, {}, windowGenerationMs);
    await stage.commit();
  }
  assert.deepEqual(await stage.apply(first, 1), { state: 'accepted', seq: 2, repeat: true }, 'by the id table');
});

test('[SEQ11] the window never calls an id unseen that it saw since it is complete', () => {
  const step = fc.record({ id: fc.nat({ max: 40 }), afterMs: fc.constantFrom(0, 1, 500, 10_000, 25_000, 70_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const window = new IdentityWindow();
      window.startAt(0);
      const seen = new Map<string, number>();
      let now = 1_000;
      for (const { id, afterMs } of steps) {
        now += afterMs;
        for (const [known, at] of seen)
          if (at >= window.completeFrom)
            assert.ok(window.has(known as never, window.completeFrom), `${known} at ${at}`);
        window.add(messageOf(id), now);
        seen.set(messageOf(id), now);
      }
      for (let n = 100; n < 110; n++) assert.equal(window.has(messageOf(n), 0), false);
    }),
  );
});

test('[SEQ11] it remembers 60 s of log time and forgets what is older', () => {
  const window = new IdentityWindow();
  window.startAt(0);
  for (let at = 0; at <= 10 * identityWindowMs; at += 1_000) window.add(messageOf(at / 1_000), at);
  const end = 10 * identityWindowMs;
  assert.ok(window.completeFrom <= end - identityWindowMs);
  assert.ok(window.completeFrom > end - identityWindowMs - 2 * windowGenerationMs);
  assert.ok(window.has(messageOf((end - identityWindowMs) / 1_000), end - identityWindowMs));
  assert.equal(window.has(messageOf(0), 0), false);
});

test('[SEQ11] its ids are bounded: in a flood it reaches less far back, and says so', () => {
  const window = new IdentityWindow();
  window.startAt(0);
  const count = windowGenerationIds * (maxWindowGenerations + 2);
  for (let n = 0; n < count; n++) window.add(`${n}` as never, n);
  assert.ok(window.size <= windowGenerationIds * maxWindowGenerations);
  assert.ok(window.completeFrom > 0);
  assert.ok(window.has(`${count - 1}` as never, window.completeFrom));
  assert.ok(window.has(`${window.completeFrom}` as never, window.completeFrom));
});

test('[SEQ12] a verdict of another log is past, one of this log after this offset is a replay', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const record = message(conversation, ana, messageOf(900));
  await stage.apply(record);
  await stage.commit();
  const row = await stage.store.get('ids', [conversation, ana, record.id]);
  assert.ok(row !== undefined);
  const other = { ...row, logId: 'log-0', offset: 99_999, seq: 2 };
  await stage.store.commit([{ table: 'ids', row: other }], null);
  assert.deepEqual(await stage.restart().apply(record), { state: 'accepted', seq: 2, repeat: true });
});

test('[SEQ12] a record that its conversation has passed is skipped with its own verdict, and remembered', async () => {
  const stage = new Stage();
  const conversation = await stage.direct(ana, ben);
  const record = message(conversation, ana, messageOf(900));
  await stage.apply(record);
  await stage.say(conversation, ben);
  await stage.commit();
  const again = stage.restart();
  again.counters.appliedOffset = 0;
  const verdict = await again.apply(record);
  assert.deepEqual(verdict, { state: 'accepted', seq: 2, repeat: false });
  assert.equal(again.window.has(record.id, Number.NEGATIVE_INFINITY), true, 'it is in the window again');
  assert.equal((await again.overlay.get('conversations', [conversation]))?.seq, 3);
});
