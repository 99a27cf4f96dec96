import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, Body, ConversationId, DeviceId, MessageId } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import fc from 'fast-check';
import { checkBody } from './check.ts';
import { encodeBytes } from './crypto/base64.ts';
import { readBody } from './crypto/plain.ts';
import { paddedLength, printInner, printSealed } from './crypto/sealed-content.ts';
import { pictureBody, pictureFault, pictureIn, readPicture, withoutExtras } from './picture.ts';
import * as made from './picture-fixture.ts';

const shown = (bytes: Uint8Array, type = 'image/png') =>
  pictureIn({ type: type as 'image/png', data: encodeBytes(bytes) });
const joined = (one: Uint8Array, other: readonly number[]) => new Uint8Array([...one, ...other]);

test('[ENC274] JPEG, PNG and WebP are told by their bytes, with their size', () => {
  const still = { moves: false, extras: [] };
  assert.deepEqual(readPicture(made.png(20, 30)), { type: 'image/png', width: 20, height: 30, ...still });
  assert.deepEqual(readPicture(made.jpeg(200, 300)), { type: 'image/jpeg', width: 200, height: 300, ...still });
  assert.deepEqual(readPicture(made.webp(192)), { type: 'image/webp', width: 192, height: 192, ...still });
  assert.deepEqual(readPicture(made.losslessWebp(512, 7)), { type: 'image/webp', width: 512, height: 7, ...still });
  for (const bytes of [made.png(20), made.jpeg(20), made.webp(20), made.losslessWebp(20)])
    assert.deepEqual(pictureFault(bytes), null);
});

test('[ENC274] what is no picture of these kinds, or broken, is neither sent nor shown', () => {
  const text = (words: string) => new TextEncoder().encode(words);
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  const others = [
    new Uint8Array(),
    text(svg),
    text('GIF89a\x01\x00\x01\x00'),
    text('RIFF\x04\x00\x00\x00WAVE'),
    text('BM'),
  ];
  for (const bytes of others) {
    assert.equal(pictureFault(bytes), 'no_picture');
    assert.equal(shown(bytes), null);
    assert.throws(() => pictureBody(bytes), { code: 'frame.invalid' });
  }
  for (const whole of [made.png(20), made.jpeg(20), made.webp(20)])
    for (let length = 0; length < whole.length; length++) assert.equal(readPicture(whole.subarray(0, length)), null);
});

test('[ENC274] whatever the bytes are, they are read to an end', () => {
  const starts = [made.png(8), made.jpeg(8), made.webp(8), made.losslessWebp(8)];
  fc.assert(
    fc.property(fc.nat(3), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), (which, changes) => {
      const bytes = new Uint8Array(starts[which] ?? []);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const file = readPicture(bytes);
      if (file !== null) assert.ok(file.width >= 1 && file.height >= 1);
    }),
    { numRuns: 2_000 },
  );
});

test('[ENC274] a picture has bounds in bytes and in pixels, wherever in it they are said, and does not move', () => {
  const side = wire.maxPictureSide;
  assert.equal(pictureFault(made.png(side)), null);
  const wide = [
    made.png(side + 1, 1),
    made.jpeg(1, side + 1),
    made.webp(side + 1),
    made.losslessWebp(side + 1),
    made.webp(8, 8, made.webpCanvas(10_000, 10_000)),
  ];
  for (const bytes of wide) {
    assert.equal(pictureFault(bytes), 'too_wide');
    assert.equal(shown(bytes), null);
  }
  const moving = [
    made.png(8, 8, made.pngPart('acTL', [0, 0, 0, 2, 0, 0, 0, 0])),
    made.webp(8, 8, made.webpCanvas(8, 8, 2)),
  ];
  for (const bytes of moving) {
    assert.equal(pictureFault(bytes), 'moves');
    assert.equal(shown(bytes), null);
  }
  assert.equal(pictureFault(made.pngOf(wire.maxPictureBytes)), null);
  assert.equal(pictureFault(made.pngOf(wire.maxPictureBytes + 1)), 'too_large');
  assert.throws(() => pictureBody(made.pngOf(wire.maxPictureBytes + 1)), { code: 'message.too_large' });
  assert.equal(shown(made.pngOf(wire.maxPictureBytes + 1)), null);
});

test('[ENC274] what a file says beside what it shows is named, and not sent', () => {
  const parts: readonly (readonly [Uint8Array, string])[] = [
    [made.jpeg(8, 8, made.jpegPart(0xe1, 'Exif\0\0 GPS 52.5 13.4')), 'EXIF or XMP'],
    [made.jpeg(8, 8, made.jpegPart(0xed, 'Photoshop')), 'APP13'],
    [made.jpeg(8, 8, made.jpegPart(0xfe, 'by Lin')), 'a comment'],
    [joined(made.jpeg(8), [1, 2, 3]), 'something behind the picture'],
    [made.png(8, 8, made.pngPart('tEXt', [65, 0, 66])), 'tEXt'],
    [made.png(8, 8, made.pngPart('eXIf', [65])), 'eXIf'],
    [joined(made.png(8), [1]), 'something behind the picture'],
    [made.webp(8, 8, made.webpPart('EXIF', [65, 66])), 'EXIF'],
    [made.webp(8, 8, made.webpPart('XMP ', [65])), 'XMP'],
    [joined(made.webp(8), [1]), 'something behind the picture'],
  ];
  for (const [bytes, extra] of parts) {
    assert.deepEqual(readPicture(bytes)?.extras, [extra]);
    assert.equal(pictureFault(bytes), 'extras');
    assert.throws(() => pictureBody(bytes), { code: 'frame.invalid' });
    const { type } = readPicture(bytes) ?? assert.fail();
    const bare = { 'image/jpeg': made.jpeg(8), 'image/png': made.png(8), 'image/webp': made.webp(8) }[type];
    assert.deepEqual(withoutExtras(bytes), bare);
  }
  const announced = made.webp(8, 8, [...made.webpCanvas(8, 8, 0x3c), ...made.webpPart('EXIF', [65, 66])]);
  assert.deepEqual(withoutExtras(announced), made.webp(8, 8, made.webpCanvas(8, 8, 0x10)), 'and not announced');
  assert.equal(withoutExtras(made.png(8).subarray(0, 30)), null);
  assert.equal(pictureFault(made.jpeg(8, 8, made.jpegPart(0xe0, 'JFIF\0'))), null);
});

test('[ENC274] what is shown is what its bytes are, whatever its sender calls it', () => {
  assert.deepEqual(shown(made.jpeg(8), 'image/webp'), { type: 'image/jpeg', bytes: made.jpeg(8) });
  assert.equal(pictureIn({ type: 'image/png', data: 'AAB=' }), null);
  const body = (picture: unknown) => readBody({ type: 'state', title: 'Tea', picture });
  const { data } = pictureBody(made.png(8));
  const tea = { type: 'state', title: 'Tea' };
  assert.deepEqual(body({ type: 'image/png', data, more: 1 }), { ...tea, picture: { type: 'image/png', data } });
  assert.deepEqual(body(null), { ...tea, picture: null });
  const long = 'A'.repeat(wire.maxPictureCharacters + 1);
  const wrong = [
    { type: 'image/svg+xml', data },
    { type: 'image/png', data: '' },
    { type: 'image/png', data: long },
  ];
  for (const picture of [
    ...wrong,
    { type: 'image/png' },
    { data },
    { type: 'image/png', data, of: 3 },
    'https://x',
    7,
    [],
  ])
    assert.deepEqual(body(picture), tea);
  assert.deepEqual(readBody({ ...tea, picture: { type: 'image/png', data }, repeats: 3 }), { ...tea, repeats: 3 });
});

test('[ENC274] the largest picture with the longest title and all pins fits into one sealed message', () => {
  const last = wire.maxInteger;
  const body: Body = {
    type: 'state',
    // Six bytes each, as JSON writes them.
    title: '\u0001'.repeat(wire.maxTitleCharacters),
    pins: [last, last - 1, last - 2],
    timer_seconds: wire.maxTimerSeconds,
    picture: { ...pictureBody(made.pngOf()), of: last },
    changed: 'picture',
    repeats: last,
  };
  assert.equal(body.picture?.data.length, wire.maxPictureCharacters);
  assert.deepEqual(readBody(JSON.parse(JSON.stringify(body))), body);
  checkBody(body);
  const hash = 'h'.repeat(64);
  const printed = printInner({
    conversation: `c_${'A'.repeat(22)}` as ConversationId,
    id: '01930000-0000-7000-8000-000000000001' as MessageId,
    sender: `a_${'A'.repeat(22)}` as AccountId,
    device: `d_${'A'.repeat(22)}` as DeviceId,
    ...{ entry: hash, witness: [last, last, hash, last], body },
  });
  assert.ok(printed);
  assert.equal(printed.length, 20 * 1024, 'and always in the same bucket, which says that there is a picture');
  // A Megolm message is what it encrypts, up to 16 bytes of padding, and less than 128 bytes around it.
  const ciphertext = encodeBytes(new Uint8Array(paddedLength(printed.length) + 16 + 128));
  assert.ok(printSealed({ session: 'A'.repeat(43), ciphertext }).length <= wire.maxContentBytes);
});
