import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { busSilenceMs } from '../kernel/engine-limits.ts';
import { Streams } from './redis-bus-streams.ts';

const message = (n: number, changes: { publisher?: string; isLate?: boolean; isLast?: boolean } = {}) => ({
  publisher: 'one',
  isLate: false,
  isLast: false,
  n,
  ...changes,
});

test('[BUS15] a stream from its beginning, in order, is whole; whatever is missing is found with the next message', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), (arrives) => {
      const streams = new Streams();
      let isWhole = true;
      for (const [at, isThere] of arrives.entries()) {
        isWhole &&= isThere;
        if (!isThere) continue;
        assert.equal(streams.heard(message(at + 1), 0), isWhole ? 'whole' : 'gap');
        isWhole = true;
      }
    }),
  );
});

test('[BUS15] a stream that begins in the middle, or late, may miss something; a new one of the same publisher does not', () => {
  const streams = new Streams();
  assert.equal(streams.heard(message(4), 0), 'gap');
  assert.equal(streams.heard(message(1, { publisher: 'other', isLate: true }), 0), 'gap');
  assert.equal(streams.heard(message(2, { publisher: 'other' }), 0), 'whole');
  assert.equal(streams.heard(message(1, { publisher: 'other' }), 0), 'whole');
});

test('[BUS15] what came before comes only once', () => {
  const streams = new Streams();
  for (const n of [1, 2, 3]) streams.heard(message(n), 0);
  assert.equal(streams.heard(message(3), 0), 'repeat');
  assert.equal(streams.heard(message(2), 0), 'repeat');
  assert.equal(streams.heard(message(4), 0), 'whole');
});

test('[BUS15] who falls silent is missed once, and who said farewell is not', () => {
  const streams = new Streams();
  streams.heard(message(1), 0);
  streams.heard(message(1, { publisher: 'goes' }), 0);
  streams.heard(message(2, { publisher: 'goes', isLast: true }), 0);
  assert.deepEqual(streams.silent(busSilenceMs - 1), []);
  assert.deepEqual(streams.silent(busSilenceMs), ['one']);
  assert.deepEqual(streams.silent(2 * busSilenceMs), []);
  assert.equal(streams.has('one'), false);
  assert.equal(streams.heard(message(2), 2 * busSilenceMs), 'gap');
});
