// A picture is made ready where it is in the clear: drawn anew at a bounded size, so that nothing of the file but what it
// shows goes out, the place where it was taken least of all.
import type { NewFile } from '@parley/sdk';
import * as limits from '../../view-models/file-limits.ts';
import { isMoving } from '../../view-models/showable.ts';
import type { Prepared } from '../../view-models/uploads.ts';
import { thumbOf } from './thumb.ts';

/** Rows of a picture that are looked through at a time. */
const bandRows = 256;

/** Can it be drawn anew without loss of what it is? The decoded picture is the caller's to close. */
export async function decoded(file: Blob): Promise<ImageBitmap | null> {
  if (!file.type.startsWith('image/') || file.type === 'image/svg+xml') return null;
  try {
    const start = new Uint8Array(await file.slice(0, limits.maxScannedBytes).arrayBuffer());
    if (isMoving(start)) return null;
    // The way up that the file asks for is taken over into the drawing.
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    // What this browser cannot draw is no picture here.
    return null;
  }
}

/** The picture as it is sent; null when it can only be sent as it is. */
export async function drawnAnew(original: File, name: string, maxSide: number): Promise<Prepared | null> {
  const bitmap = await decoded(original);
  if (bitmap === null) return null;
  try {
    const canvas = drawn(bitmap, maxSide);
    const isOpaque = original.type === 'image/jpeg' || !hasHoles(canvas);
    const type = isOpaque ? 'image/jpeg' : 'image/webp';
    const content = await canvas.convertToBlob({ type, quality: limits.pictureQuality });
    const thumb = await thumbOf(bitmap, bitmap);
    const file: NewFile = {
      source: sourceOf(content),
      // A browser that cannot write this type writes another one.
      name: withEnding(name, content.type),
      mediaType: content.type,
      look: 'image',
      width: canvas.width,
      height: canvas.height,
      ...(thumb === null ? {} : { thumb }),
    };
    return { file, content };
  } finally {
    bitmap.close();
  }
}

/** Draws it with its longer side at most so long. */
export function drawn(bitmap: ImageBitmap, maxSide: number): OffscreenCanvas {
  const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
  const size = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  const canvas = new OffscreenCanvas(size(bitmap.width), size(bitmap.height));
  // It is read again: looked through, and written as a file.
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (pen === null) throw new Error('this browser cannot draw');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A file of the page, read a piece at a time. */
export function sourceOf(blob: Blob): NewFile['source'] {
  return {
    size: blob.size,
    read: async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer()),
  };
}

/** Does anything shine through it? */
function hasHoles(canvas: OffscreenCanvas): boolean {
  const pen = canvas.getContext('2d');
  for (let top = 0; pen !== null && top < canvas.height; top += bandRows) {
    const { data } = pen.getImageData(0, top, canvas.width, Math.min(bandRows, canvas.height - top));
    for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return true;
  }
  return false;
}

/** Named by what it is now. */
function withEnding(name: string, type: string): string {
  const ending = type === 'image/jpeg' ? 'jpg' : type.slice(type.indexOf('/') + 1);
  return `${name.replace(/\.[^.]*$/, '') || 'picture'}.${ending}`;
}
