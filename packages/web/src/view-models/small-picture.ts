// Makes the picture of a group small: as large and as good as fits into a message. What was drawn anew has nothing left of
// the file that somebody chose but what is seen; what the browser writes beside that is taken out as well.
import { pictureFault, withoutExtras } from '@parley/sdk/picture';

/** A file to choose may have so many bytes. */
export const maxChosenBytes = 50 * 1024 * 1024;
/** Squares in pixels, and qualities, from the best on. */
export const pictureSides = [192, 144, 96, 64] as const;
export const pictureQualities = [0.85, 0.7, 0.55, 0.4, 0.25] as const;

/** The middle of what was chosen, as a square of this side and quality. */
export type Draw = (side: number, quality: number) => Promise<Uint8Array>;

/** The first that fits; null: none does. */
export async function smallPicture(draw: Draw): Promise<Uint8Array<ArrayBuffer> | null> {
  for (const side of pictureSides)
    for (const quality of pictureQualities) {
      const bytes = withoutExtras(await draw(side, quality));
      if (bytes !== null && pictureFault(bytes) === null) return bytes;
    }
  return null;
}

/** The largest square in the middle: its corner and side. */
export function middleOf(
  width: number,
  height: number,
): { readonly x: number; readonly y: number; readonly side: number } {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}
