// Pictures for tests, byte for byte: real PNGs, and frames of JPEG and WebP around nothing, as `picture.ts` reads them.
import { crc32, deflateSync } from 'node:zlib';
import { maxPictureBytes } from '@parley/protocol/limits';

const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];
const big = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, at) => (value >> (8 * (bytes - 1 - at))) & 255);
const little = (value: number, bytes: number) => big(value, bytes).reverse();

export function pngPart(name: string, inside: Uint8Array | readonly number[]): readonly number[] {
  const named = [...ascii(name), ...inside];
  return [...big(inside.length, 4), ...named, ...big(crc32(new Uint8Array(named)), 4)];
}

/** A PNG of one colour; `more` stands before its pixels. */
export function png(width: number, height = width, more: readonly number[] = [], grey = 120): Uint8Array {
  const rows = Buffer.alloc((width + 1) * height, grey);
  for (let row = 0; row < height; row++) rows[row * (width + 1)] = 0;
  return new Uint8Array([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...pngPart('IHDR', [...big(width, 4), ...big(height, 4), 8, 0, 0, 0, 0]),
    ...more,
    ...pngPart('IDAT', deflateSync(rows)),
    ...pngPart('IEND', []),
  ]);
}

/** One of exactly so many bytes. */
export function pngOf(bytes: number = maxPictureBytes): Uint8Array {
  const bare = png(64).length;
  return png(64, 64, pngPart('IDAT', new Uint8Array(bytes - bare - 12)));
}

export function jpeg(width: number, height = width, more: readonly number[] = []): Uint8Array {
  const frame = [0xff, 0xc0, ...big(11, 2), 8, ...big(height, 2), ...big(width, 2), 1, 1, 0x11, 0];
  const scan = [0xff, 0xda, ...big(8, 2), 1, 1, 0, 0, 63, 0, 0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56];
  return new Uint8Array([0xff, 0xd8, ...more, ...frame, ...scan, 0xff, 0xd9]);
}

export function jpegPart(marker: number, inside: string): readonly number[] {
  return [0xff, marker, ...big(inside.length + 2, 2), ...ascii(inside)];
}

export function webpPart(name: string, inside: readonly number[]): readonly number[] {
  return [...ascii(name), ...little(inside.length, 4), ...inside, ...(inside.length % 2 === 1 ? [0] : [])];
}

/** One that has a lossy frame. */
export function webp(width: number, height = width, more: readonly number[] = []): Uint8Array {
  const frame = [0, 0, 0, 0x9d, 0x01, 0x2a, ...little(width, 2), ...little(height, 2), 1, 2];
  return riff([...more, ...webpPart('VP8 ', frame)]);
}

/** One without loss: its sides are packed into 14 bits each. */
export function losslessWebp(width: number, height = width): Uint8Array {
  return riff(webpPart('VP8L', [0x2f, ...little((width - 1) | ((height - 1) << 14), 4), 0, 0, 0, 0, 0]));
}

/** The canvas of one that has more than a frame. */
export function webpCanvas(width: number, height: number, flags = 0): readonly number[] {
  return webpPart('VP8X', [flags, 0, 0, 0, ...little(width - 1, 3), ...little(height - 1, 3)]);
}

function riff(parts: readonly number[]): Uint8Array {
  return new Uint8Array([...ascii('RIFF'), ...little(parts.length + 4, 4), ...ascii('WEBP'), ...parts]);
}
