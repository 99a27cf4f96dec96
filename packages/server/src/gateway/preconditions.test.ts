import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasAlready, partHolds, reads } from './preconditions.ts';

test('[API98] a coding is sent only where it can be read', () => {
  for (const [given, readable] of [
    ['gzip', true],
    ['br, GZIP ; q=0.5', true],
    ['*', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000, *', false],
    ['*;q=0', false],
    ['br', false],
    ['xgzip', false],
    ['', false],
  ] as const)
    assert.equal(reads({ 'accept-encoding': given }, 'gzip'), readable, given);
  assert.equal(reads({}, 'gzip'), false);
});

test('[API98] what the caller has is found in a list, weak or strong, and by a star', () => {
  for (const [given, has] of [
    ['"a"', true],
    ['W/"a"', true],
    ['"b", W/"a"', true],
    [' * ', true],
    ['"b"', false],
    ['a', false],
    ['"a-br"', false],
  ] as const)
    assert.equal(hasAlready({ 'if-none-match': given }, '"a"'), has, given);
  assert.equal(hasAlready({}, '"a"'), false);
});

test('[API98] a part goes with what the caller has only where that is the very same', () => {
  assert.equal(partHolds({}, '"a"'), true);
  assert.equal(partHolds({ 'if-range': '"a"' }, '"a"'), true);
  for (const given of ['W/"a"', '"b"', 'Mon, 30 Nov 2026 08:00:00 GMT'])
    assert.equal(partHolds({ 'if-range': given }, '"a"'), false, given);
});
