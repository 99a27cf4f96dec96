// Files for the browser tests of files: pictures that a browser has drawn, one of them with what a camera writes beside it.
import type { Page } from 'playwright-core';

export interface SampleFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A landscape, drawn by the browser, without anything else in its file. */
export async function landscape(
  page: Page,
  type: 'image/png' | 'image/jpeg',
  width: number,
  height: number,
): Promise<Buffer> {
  const base64 = await page.evaluate(
    async (of) => {
      const canvas = new OffscreenCanvas(of.width, of.height);
      const pen = canvas.getContext('2d');
      if (pen === null) throw new Error('this browser cannot draw');
      const sky = pen.createLinearGradient(0, 0, 0, of.height);
      for (const [at, colour] of [
        [0, '#1d4e89'],
        [0.55, '#f7b267'],
        [0.56, '#12664f'],
        [1, '#0b3d2e'],
      ] as const)
        sky.addColorStop(at, colour);
      pen.fillStyle = sky;
      pen.fillRect(0, 0, of.width, of.height);
      pen.fillStyle = '#fff3c4';
      pen.beginPath();
      pen.arc(of.width * 0.7, of.height * 0.3, of.height * 0.1, 0, 7);
      pen.fill();
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: of.type, quality: 0.9 })).arrayBuffer());
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    },
    { type, width, height },
  );
  return Buffer.from(base64, 'base64');
}

/** The place that the camera wrote down, as it stands in the file. */
export const whereItWas = { north: Buffer.from('N\0\0\0'), degrees: Buffer.from([0, 0, 0, 59, 0, 0, 0, 1]) } as const;

/** The JPEG with an Exif segment after its beginning: turned a quarter to the right, and where it was taken. */
export function withPlace(jpeg: Buffer): Buffer {
  const number = (value: number, bytes: 2 | 4) => {
    const field = Buffer.alloc(bytes);
    field.writeUIntBE(value, 0, bytes);
    return field;
  };
  const entry = (tag: number, type: number, count: number, value: Buffer) =>
    Buffer.concat([number(tag, 2), number(type, 2), number(count, 4), value]);
  const gpsAt = 8 + 2 + 2 * 12 + 4;
  const degreesAt = gpsAt + 2 + 2 * 12 + 4;
  const tiff = Buffer.concat([
    Buffer.from('MM\0*'),
    number(8, 4),
    number(2, 2),
    entry(0x0112, 3, 1, Buffer.from([0, 6, 0, 0])),
    entry(0x8825, 4, 1, number(gpsAt, 4)),
    number(0, 4),
    number(2, 2),
    entry(1, 2, 2, whereItWas.north),
    entry(2, 5, 3, number(degreesAt, 4)),
    number(0, 4),
    ...Array.from({ length: 3 }, () => whereItWas.degrees),
  ]);
  const segment = Buffer.concat([Buffer.from('Exif\0\0'), tiff]);
  return Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xe1]),
    number(segment.length + 2, 2),
    segment,
    jpeg.subarray(2),
  ]);
}
