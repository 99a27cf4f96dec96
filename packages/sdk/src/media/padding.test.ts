import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxBlobBytes, maxFileBytes } from '@parley/protocol/limits';
import fc from 'fast-check';
import { sealedFileBytes } from './file-cipher.ts';
import { paddedFileBytes } from './padding.ts';

test('[MED20] a file is padded by at most 12 %, to one of few lengths; the small ones are all alike', () => {
  const of = (...sizes: number[]) => sizes.map(paddedFileBytes);
  assert.deepEqual(of(0, 1, 1_023, 1_024, 1_025, 1_088, 1_089), [1_024, 1_024, 1_024, 1_024, 1_088, 1_088, 1_152]);
  assert.deepEqual(of(100_000, 3_145_729, maxFileBytes), [100_352, 3_211_264, maxFileBytes]);
  fc.assert(
    fc.property(fc.integer({ min: 1_024, max: maxFileBytes }), (bytes) => {
      const padded = paddedFileBytes(bytes);
      assert.ok(padded >= bytes && padded <= bytes * 1.12 && padded <= maxFileBytes);
      // Every length in between is padded to the same, and that one is not padded any more.
      assert.equal(paddedFileBytes(padded), padded);
      assert.equal(paddedFileBytes(Math.ceil((bytes + padded) / 2)), padded);
    }),
  );
  assert.ok(sealedFileBytes(maxFileBytes) <= maxBlobBytes);
  const lengths = new Set(Array.from({ length: 10_000 }, (_, n) => paddedFileBytes(1_000_000 + 100 * n)));
  assert.ok(lengths.size <= 34, `${lengths.size} lengths between 1 and 2 million bytes`);
});
