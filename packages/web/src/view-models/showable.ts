// What may be shown of a file whose name and type are its author's word, and whether a picture moves. Pure.
import type { FileView } from '@parley/sdk';

/** Types whose bytes do nothing when they are shown. SVG, HTML and PDF are none. */
const passive = new Set([
  ...['jpeg', 'png', 'webp', 'gif', 'avif'].map((name) => `image/${name}`),
  ...['mp4', 'webm'].map((name) => `video/${name}`),
  ...['mpeg', 'mp4', 'aac', 'ogg', 'wav', 'webm', 'flac', 'x-m4a'].map((name) => `audio/${name}`),
]);

const anything = 'application/octet-stream';

/** The type that the page gives to its bytes. */
export function passiveType(mediaType: string): string {
  const [name = ''] = mediaType.toLowerCase().split(';');
  return passive.has(name.trim()) ? name.trim() : anything;
}

/** How it is shown: what it claims to be, if that can be shown at all. */
export function lookOf({ look, mediaType }: Pick<FileView, 'look' | 'mediaType'>): FileView['look'] {
  const kind = look === 'voice' ? 'audio' : look;
  return passiveType(mediaType).startsWith(`${kind}/`) ? look : 'file';
}

/** Signs that turn the text around them, or that cannot be seen: a name could show another ending than it has. */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\ufeff]/gu;

/** A name as it is shown and saved. */
export function shownName(name: string): string {
  const shown = name.replace(unseen, '').trim();
  return shown === '' ? 'file' : shown;
}

/** Is it a GIF, WebP, PNG or AVIF of more than one picture? Drawing it anew would keep the first. */
export function isMoving(bytes: Uint8Array): boolean {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, 4) === 'GIF8') return gifPictures(bytes) > 1;
  if (text(0, 4) === 'RIFF' && text(8, 16) === 'WEBPVP8X') return ((bytes[20] ?? 0) & 2) !== 0;
  if (text(1, 4) === 'PNG') return isMovingPng(bytes, text);
  return text(4, 12) === 'ftypavis';
}

/** The chunk that says how often it moves stands before the picture. */
function isMovingPng(bytes: Uint8Array, text: (from: number, to: number) => string): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 8 <= bytes.length; at += view.getUint32(at) + 12) {
    const type = text(at + 4, at + 8);
    if (type === 'acTL') return true;
    if (type === 'IDAT') return false;
  }
  return false;
}

/** How many pictures a GIF has, as far as it is here; two are enough. */
function gifPictures(bytes: Uint8Array): number {
  const byte = (at: number) => bytes[at] ?? 0;
  const colours = (flags: number) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  const afterBlocks = (from: number) => {
    let at = from;
    while (at < bytes.length && byte(at) > 0) at += byte(at) + 1;
    return at + 1;
  };
  let pictures = 0;
  let at = 13 + colours(byte(10));
  while (at < bytes.length && pictures < 2) {
    const mark = byte(at);
    if (mark === 0x21) at = afterBlocks(at + 2);
    else if (mark === 0x2c) {
      pictures++;
      at = afterBlocks(at + 11 + colours(byte(at + 9)));
    } else break;
  }
  return pictures;
}
