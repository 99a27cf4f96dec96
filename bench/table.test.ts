import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure, peerMeasure } from './measure.ts';
import { jsonOf, notRunLines, tableOf } from './table.ts';

const ws = { name: 'ws', title: 'a relay' };

test('[BEN1] the object for machines has every figure with its six fields', () => {
  const object = JSON.parse(jsonOf([measure('1a', 30_000, 20), peerMeasure('1a', ws, 10_000)], [])) as {
    readonly measures: readonly Readonly<Record<string, unknown>>[];
  };
  assert.equal(object.measures.length, 2);
  for (const each of object.measures)
    assert.deepEqual(Object.keys(each), ['id', 'name', 'value', 'unit', 'goal', 'cpu_us']);
});

test('[BEN2] the table says how much of the goal is reached and how Parley stands to its peers', () => {
  const [, own = '', peer = ''] = tableOf([measure('1a', 30_000, 20), peerMeasure('1a', ws, 10_000, 40)]);
  assert.match(own, /^1a +durable 1:1.* 30,000 msg\/s +20 +≥ 60,000 +50 %$/);
  assert.match(peer, /^ +· a relay +10,000 msg\/s +40 +3 x$/);
});

test('[BEN1] the columns of the table stand below each other', () => {
  const lines = tableOf([measure('4', 0.71, 100), measure('7', 150_000, 6.5), peerMeasure('7', ws, 90_000, 9)]);
  const end = lines[0]?.indexOf('goal') ?? 0;
  for (const line of lines.slice(1, 3)) assert.match(line.slice(0, end + 4), /[≤≥] [\d,]+$/);
});

test('[BEN6] what could not be run is named with its reason, for people and machines', () => {
  const missing = [{ name: 'offline', why: 'there is no C++ compiler' }];
  assert.deepEqual(notRunLines(missing), ['not run: offline: there is no C++ compiler']);
  assert.deepEqual((JSON.parse(jsonOf([], missing)) as { readonly not_run: unknown }).not_run, missing);
});
