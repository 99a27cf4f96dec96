// Known stretches of a conversation, against a plain set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maxRanges } from './limits.ts';
import { cover, cutAbove, newest, type Range, rangeAt, reached } from './ranges.ts';

const anyRange = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -1, max: 8 }))
  .map(([from, more]) => [from, from + more] as const);

function seqsOf(ranges: readonly Range[]): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
}

test('[INB1] stretches are what was added to them, sorted, apart, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 20 }), (added) => {
      const ranges = added.reduce<readonly Range[]>((all, [from, to]) => cover(all, from, to), []);
      const expected = [...new Set(seqsOf(added))].sort((a, b) => a - b);
      assert.deepEqual(seqsOf(ranges), expected);
      for (let at = 1; at < ranges.length; at++) assert.ok((ranges[at]?.[0] ?? 0) > (ranges[at - 1]?.[1] ?? 0) + 1);
      for (let seq = 1; seq <= 70; seq++) assert.equal(rangeAt(ranges, seq) !== null, expected.includes(seq));
      assert.equal(reached(ranges), expected.at(-1) ?? 0);
    }),
  );
});

test('[SYN6] what is cut off above is not known any more', () => {
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 10 }), fc.nat({ max: 70 }), (added, at) => {
      const ranges = added.reduce<readonly Range[]>((all, [from, to]) => cover(all, from, to), []);
      assert.deepEqual(
        seqsOf(cutAbove(ranges, at)),
        seqsOf(ranges).filter((seq) => seq <= at),
      );
    }),
  );
});

test('[INB1] the number of stretches is bounded; the newest stay', () => {
  let ranges: readonly Range[] = [];
  for (let at = 1; at <= maxRanges + 10; at++) ranges = cover(ranges, at * 10, at * 10 + 1);
  assert.equal(ranges.length, maxRanges);
  assert.deepEqual(newest(ranges), [(maxRanges + 10) * 10, (maxRanges + 10) * 10 + 1]);
});
