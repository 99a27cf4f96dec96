import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMoving, lookOf, passiveType, shownName } from './showable.ts';

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (sign) => sign.charCodeAt(0)) : part)),
  );

test('[WEB65] only bytes that do nothing by themselves have a type of their own', () => {
  assert.equal(passiveType('image/jpeg'), 'image/jpeg');
  assert.equal(passiveType('Audio/OGG; codecs=opus'), 'audio/ogg');
  for (const active of ['image/svg+xml', 'text/html', 'application/pdf', 'video/x-msvideo', 'image/', ''])
    assert.equal(passiveType(active), 'application/octet-stream', active);
});

test('[WEB65] what claims to be a picture and cannot be shown as one is a file', () => {
  assert.equal(lookOf({ look: 'image', mediaType: 'image/png' }), 'image');
  assert.equal(lookOf({ look: 'voice', mediaType: 'audio/ogg' }), 'voice');
  assert.equal(lookOf({ look: 'image', mediaType: 'image/svg+xml' }), 'file');
  assert.equal(lookOf({ look: 'image', mediaType: 'video/mp4' }), 'file');
  assert.equal(lookOf({ look: 'file', mediaType: 'image/png' }), 'file');
});

test('[WEB65] a name shows the ending that it has', () => {
  assert.equal(shownName('photo\u202egpj.exe'), 'photogpj.exe');
  assert.equal(shownName('a\u2066b\u200bc\n.txt'), 'abc.txt');
  assert.equal(shownName('שלום.txt'), 'שלום.txt');
  assert.equal(shownName(' \u202e '), 'file');
});

/** A GIF with so many pictures of one pixel, each after a comment. */
function gif(pictures: number, colours: readonly number[] = [0x80, 0, 0]) {
  const table = (colours[0] ?? 0) & 0x80 ? [0, 0, 0, 255, 255, 255] : [];
  const comment = [0x21, 0xfe, 2, 0x2c, 0x2c, 0];
  const picture = [...comment, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x2c, 0x3b, 0];
  return bytes('GIF89a', [1, 0, 1, 0], colours, table, ...Array.from({ length: pictures }, () => picture), [0x3b]);
}

test('[WEB61] pictures that move are told from those that do not', () => {
  assert.equal(isMoving(gif(1)), false);
  assert.equal(isMoving(gif(2)), true);
  assert.equal(isMoving(gif(2, [0, 0, 0])), true, 'without colours of its own');
  assert.equal(isMoving(gif(2).subarray(0, 30)), false, 'as far as it is here');
  const webp = (flags: number) => bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0], [flags, 0, 0, 0]);
  assert.equal(isMoving(webp(0x10)), false);
  assert.equal(isMoving(webp(0x12)), true);
  const png = (...chunks: readonly string[]) =>
    bytes([0x89], 'PNG', [13, 10, 26, 10], ...chunks.flatMap((name) => [[0, 0, 0, 1], name, [9, 0, 0, 0, 0]]));
  assert.equal(isMoving(png('IHDR', 'IDAT', 'acTL')), false);
  assert.equal(isMoving(png('IHDR', 'acTL', 'IDAT')), true);
  assert.equal(isMoving(bytes([0, 0, 0, 24], 'ftypavis')), true);
  assert.equal(isMoving(bytes([0xff, 0xd8, 0xff, 0xe1], 'Exif')), false);
  assert.equal(isMoving(new Uint8Array()), false);
});
