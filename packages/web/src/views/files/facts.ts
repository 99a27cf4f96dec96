// What a film or a sound says of itself once the browser has opened it: how long, how large, how it begins.
import type { NewFile } from '@parley/sdk';
import { factsMs } from '../../view-models/file-limits.ts';
import { thumbOf } from './thumb.ts';

type Facts = Pick<NewFile, 'look' | 'width' | 'height' | 'durationMs' | 'thumb'>;

/** Null when this browser cannot play it: then it is a file like any other. */
export async function factsOf(file: File, look: 'video' | 'audio'): Promise<Facts | null> {
  const element = document.createElement(look);
  const address = URL.createObjectURL(file);
  try {
    element.muted = true;
    element.preload = 'auto';
    const isPlayable = happens(element, 'loadedmetadata');
    element.src = address;
    if (!(await isPlayable)) return null;
    const facts = { look, ...durationOf(element) };
    if (!(element instanceof HTMLVideoElement)) return facts;
    const { videoWidth: width, videoHeight: height } = element;
    // Sound in the clothes of a film.
    if (width === 0 || height === 0) return facts;
    const isSeen = element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA || (await happens(element, 'loadeddata'));
    const thumb = isSeen ? await thumbOf(element, { width, height }) : null;
    return { ...facts, width, height, ...(thumb === null ? {} : { thumb }) };
  } finally {
    element.removeAttribute('src');
    element.load();
    URL.revokeObjectURL(address);
  }
}

function durationOf({ duration }: HTMLMediaElement): Pick<NewFile, 'durationMs'> {
  return Number.isFinite(duration) && duration > 0 ? { durationMs: Math.round(duration * 1000) } : {};
}

/** True when it comes before an error and before the time is over. */
function happens(element: HTMLMediaElement, event: 'loadedmetadata' | 'loadeddata'): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), factsMs);
    const end = (came: boolean) => () => {
      clearTimeout(timer);
      resolve(came);
    };
    element.addEventListener(event, end(true), { once: true });
    element.addEventListener('error', end(false), { once: true });
  });
}
