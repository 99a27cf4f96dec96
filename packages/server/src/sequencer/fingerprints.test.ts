import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fingerprints, fingerprint } from './fingerprints.ts';

test('[SEQ11] a set of fingerprints never misses what was added, however many there are', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uuid(), fc.string()), { maxLength: 3_000 }), (texts) => {
      const set = new Fingerprints();
      for (const text of texts) set.add(fingerprint(text));
      for (const text of texts) assert.ok(set.has(fingerprint(text)));
      assert.ok(set.size <= new Set(texts).size);
    }),
    { numRuns: 50 },
  );
});

test('[SEQ11] of a hundred thousand ids made one after the other hardly any two are taken for each other', () => {
  const set = new Fingerprints();
  const idOf = (n: number) =>
    `0198c0de-${(n & 0xffff).toString(16).padStart(4, '0')}-7000-8000-${n.toString(16).padStart(12, '0')}`;
  for (let n = 0; n < 100_000; n++) set.add(fingerprint(idOf(n)));
  assert.ok(set.size >= 99_999, `${set.size}`);
  let mistaken = 0;
  for (let n = 100_000; n < 200_000; n++) if (set.has(fingerprint(idOf(n)))) mistaken++;
  assert.ok(mistaken <= 1, `${mistaken}`);
});

test('[SEQ11] a fingerprint is a whole number that a double holds, and never nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const print = fingerprint(text);
      assert.ok(Number.isSafeInteger(print) && print > 0);
    }),
  );
});
