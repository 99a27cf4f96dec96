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
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
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

const rate = 8_000;

/** A tone of so many seconds, as a WAV. */
export function tone(seconds: number): Buffer {
  const samples = Math.round(rate * seconds);
  const file = Buffer.alloc(44 + samples, 128);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ] as const)
    file.writeUInt16LE(value, at);
  for (const at of [24, 28]) file.writeUInt32LE(rate, at);
  file.write('data', 36);
  file.writeUInt32LE(samples, 40);
  for (let at = 0; at < samples; at++) file[44 + at] = 128 + Math.round(60 * Math.sin((at * 440 * 2 * Math.PI) / rate));
  return file;
}

/** Some pictures that the browser has recorded, as a WebM that does not say how long it is. */
export async function film(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 180];
    const pen = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/webm' });
    const parts: Blob[] = [];
    const ended = new Promise<void>((resolve) => {
      recorder.onstop = () => resolve();
      recorder.ondataavailable = ({ data }) => parts.push(data);
    });
    recorder.start();
    for (let at = 0; at < 20; at++) {
      await new Promise(requestAnimationFrame);
      if (pen === null) throw new Error('this browser cannot draw');
      pen.fillStyle = `hsl(${190 + at} 60% 40%)`;
      pen.fillRect(0, 0, 320, 180);
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  return Buffer.from(base64, 'base64');
}
