import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from './file-place.ts';

test('[WEB63] the place of a picture has its shape, within bounds', () => {
  assert.deepEqual(placeOf({ width: 1_600, height: 1_200 }), { width: 320, height: 240 });
  assert.deepEqual(placeOf({ width: 1_200, height: 1_600 }), { width: 270, height: 360 });
  assert.deepEqual(placeOf({ width: 200, height: 150 }), { width: 200, height: 150 }, 'never larger than it is');
  assert.deepEqual(placeOf({ width: 100_000, height: 1 }), { width: 320, height: 80 });
  assert.deepEqual(placeOf({ width: 1, height: 100_000 }), { width: 140, height: 360 });
  assert.deepEqual(placeOf({ width: null, height: null }), { width: 260, height: 195 });
});
