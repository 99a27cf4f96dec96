// Draws a picture that somebody chose anew, with the canvas of the browser. Whatever it opens it may be: what leaves here is
// only what was seen, turned as it was meant.
import { type Draw, middleOf } from '../view-models/small-picture.ts';

/** Ways to draw the file, and to let go of it; null: the browser cannot open it as a picture. */
export async function opened(file: Blob): Promise<{ readonly draw: Draw; readonly close: () => void } | null> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) return null;
  return { draw: (side, quality) => drawn(bitmap, side, quality), close: () => bitmap.close() };
}

async function drawn(bitmap: ImageBitmap, side: number, quality: number): Promise<Uint8Array> {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  // What lets the ground through would look different on each screen.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  const { x, y, side: from } = middleOf(bitmap.width, bitmap.height);
  context.drawImage(bitmap, x, y, from, from, 0, 0, side, side);
  const webp = await written(canvas, 'image/webp', quality);
  // Who cannot write it writes a PNG instead, which is far larger.
  const blob = webp?.type === 'image/webp' ? webp : await written(canvas, 'image/jpeg', quality);
  return blob === null ? new Uint8Array() : new Uint8Array(await blob.arrayBuffer());
}

function written(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, type, quality));
}
