// What the camera of a test's browser sees: a code on paper, as a film of one picture in the plainest format there is.
import { writeFile } from 'node:fs/promises';
import encodeQR from 'qr';

const [width, height] = [640, 480];
/** A square of the code, and where the paper begins. Points. */
const [side, margin] = [5, 20];
const [paper, ink, desk] = [235, 16, 120];

/** Holds the code of this text before the camera, or takes it away; that is seen by whoever opens the camera afterwards. */
export async function holdBeforeCamera(camera: string, text: string | null): Promise<void> {
  const rows = text === null ? [] : encodeQR(text, 'raw');
  const brightness = Buffer.alloc(width * height, desk);
  for (const [y, row] of rows.entries())
    for (const [x, isDark] of row.entries())
      for (let line = 0; line < side; line++) {
        const from = (margin + y * side + line) * width + margin + x * side;
        brightness.fill(isDark ? ink : paper, from, from + side);
      }
  const colours = Buffer.alloc((width * height) / 2, 128);
  const header = `YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\nFRAME\n`;
  await writeFile(camera, Buffer.concat([Buffer.from(header), brightness, colours]));
}
