// The place that a file takes between the messages, before anything of it is there: nothing moves when it comes. Pure.
import type { FileView } from '@parley/sdk';

const usualPx = { width: 260, height: 195 } as const;
const widestPx = 320;
const highestPx = 360;
/** Narrower or flatter pictures are cut at their edges. */
const leastPx = { width: 140, height: 80 } as const;
const cardPx = 56;

/** Pixels of a picture or film as it is shown between the messages, on a page that is wide enough. */
export function placeOf({ width, height }: Pick<FileView, 'width' | 'height'>): {
  readonly width: number;
  readonly height: number;
} {
  if (width === null || height === null) return usualPx;
  const scale = Math.min(1, widestPx / width, highestPx / height);
  return {
    width: Math.max(leastPx.width, Math.round(width * scale)),
    height: Math.max(leastPx.height, Math.round(height * scale)),
  };
}

/** About how high it stands in its bubble. */
export function heightOf(file: FileView): number {
  return file.look === 'image' || file.look === 'video' ? placeOf(file).height : cardPx;
}
