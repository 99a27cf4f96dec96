// The small picture that stands in the message itself.
import * as wire from '@parley/protocol/limits';
import { thumbQuality, thumbSide } from '../../view-models/file-limits.ts';

/** A JPEG of at most 4 KiB, on white; null when it does not come out as small. */
export async function thumbOf(
  picture: CanvasImageSource,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Uint8Array | null> {
  const scale = thumbSide / Math.max(width, height);
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const pen = canvas.getContext('2d');
  if (pen === null) return null;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: thumbQuality });
  return blob.size > wire.maxThumbBytes ? null : new Uint8Array(await blob.arrayBuffer());
}
