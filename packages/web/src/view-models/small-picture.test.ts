import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxPictureBytes } from '@parley/protocol/limits';
import { readPicture } from '@parley/sdk/picture';
import { jpeg, jpegPart, pngOf } from '../../../sdk/src/picture-fixture.ts';
import { middleOf, pictureQualities, pictureSides, smallPicture } from './small-picture.ts';

test('[WEB104] a picture is drawn smaller and less sharp until it fits, and no more than that', async () => {
  const drawn: (readonly [number, number])[] = [];
  const bytes = await smallPicture(async (side, quality) => {
    drawn.push([side, quality]);
    return pngOf(drawn.length < 7 ? maxPictureBytes + 1 : maxPictureBytes);
  });
  assert.equal(bytes?.length, maxPictureBytes);
  const first = pictureQualities.map((quality) => [pictureSides[0], quality]);
  const [best, next] = pictureQualities;
  assert.deepEqual(drawn, [...first, [pictureSides[1], best], [pictureSides[1], next]]);
  let tries = 0;
  const never = await smallPicture(async () => {
    tries++;
    return pngOf(maxPictureBytes + 1);
  });
  assert.deepEqual([never, tries], [null, pictureSides.length * pictureQualities.length]);
});

test('[WEB104] what a browser writes beside the picture is taken out', async () => {
  const bytes = await smallPicture(async () => jpeg(192, 192, jpegPart(0xe1, 'Exif\0\0')));
  assert.deepEqual(readPicture(bytes ?? new Uint8Array())?.extras, []);
  assert.equal(await smallPicture(async () => new Uint8Array(8)), null);
});

test('[WEB104] the middle of a picture is kept, whichever side is longer', () => {
  assert.deepEqual(middleOf(400, 300), { x: 50, y: 0, side: 300 });
  assert.deepEqual(middleOf(301, 400), { x: 0, y: 49, side: 301 });
});
