import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  goalOf,
  goals,
  measure,
  median,
  middleOf,
  peerMeasure,
  placeOf,
  ratio,
  rounded,
  shareOfGoal,
} from './measure.ts';

const ws = { name: 'ws', title: 'a relay' };

test('[BEN1] every row of the goals can be found by its id, and no two have the same', () => {
  assert.equal(new Set(goals.map(({ id }) => id)).size, goals.length);
  for (const goal of goals) assert.equal(goalOf(goal.id), goal);
  for (const row of ['1a', '1b', '2', '3', '4', '5', '6', '7', '8', '9', '10']) assert.ok(goalOf(row), row);
  assert.equal(goalOf('99'), undefined);
});

test('[BEN1] a figure carries what its row says, a peer’s has no goal', () => {
  assert.deepEqual(measure('1a', 31_234.567, 15.678), {
    id: '1a',
    name: 'durable 1:1, burst, 200 connections x 8',
    value: 31_230,
    unit: 'msg/s',
    goal: 60_000,
    cpu_us: 15.7,
  });
  const peer = peerMeasure('1a', ws, 20_000);
  assert.deepEqual([peer.id, peer.name, peer.goal, peer.cpu_us], ['1a:ws', 'a relay', null, null]);
  assert.deepEqual(placeOf(peer), { row: '1a', peer: 'ws' });
  assert.deepEqual(placeOf(measure('4-p99', 1)), { row: '4-p99', peer: null });
});

test('[BEN2] half of what more of is better is 0.5, and twice of what less of is better too', () => {
  assert.equal(shareOfGoal(measure('1a', 30_000)), 0.5);
  assert.equal(shareOfGoal(measure('4', 4)), 0.5);
  assert.equal(shareOfGoal(peerMeasure('1a', ws, 1)), null);
  assert.equal(shareOfGoal(measure('1a', 0)), null);
});

test('[BEN2] a ratio is above 1 when Parley is better', () => {
  assert.equal(ratio(measure('1a', 40_000), peerMeasure('1a', ws, 20_000)), 2);
  assert.equal(ratio(measure('5', 5), peerMeasure('5', ws, 20)), 4);
});

test('[BEN3] the middle of rounds lies between them, wherever the outliers are', () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1 }), (values) => {
      const middle = median(values);
      const half = values.length / 2;
      assert.ok(values.filter((value) => value <= middle).length >= half);
      assert.ok(values.filter((value) => value >= middle).length >= half);
    }),
  );
  assert.equal(median([1, 2, 3, 1_000]), 2.5);
  assert.throws(() => median([]), RangeError);
});

test('[BEN3] rounds become one figure a row, by row, peers behind theirs', () => {
  const rounds = [
    peerMeasure('1a', ws, 10, 5),
    measure('7', 100, 9),
    measure('1a', 30, 20),
    measure('1a', 10, 22),
    measure('1a', 20, 90),
    measure('1b', 7),
  ];
  const middle = middleOf(rounds);
  assert.deepEqual(
    middle.map(({ id, value, cpu_us }) => [id, value, cpu_us]),
    [
      ['1a', 20, 22],
      ['1a:ws', 10, 5],
      ['1b', 7, null],
      ['7', 100, 9],
    ],
  );
});

test('[BEN1] no more figures are shown than count', () => {
  assert.equal(rounded(123_456), 123_500);
  assert.equal(rounded(12.3456), 12.3);
  assert.equal(rounded(0.012345), 0.0123);
});
