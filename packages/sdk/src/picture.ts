// What a picture of a group may be, by its bytes: whoever sends one, and whoever shows one, looks here first. It reads the
// frame of JPEG, PNG and WebP and never decodes what is inside; it must never believe what somebody says of a picture. [ENC]
import type { PictureBody } from '@parley/protocol';
import { maxPictureBytes, maxPictureSide } from '@parley/protocol/limits';
import { decodeBytes, encodeBytes } from './crypto/base64.ts';
import { ChatError } from './error.ts';
import type { GroupPicture } from './views.ts';

/** What a file is. `extras`: parts that say something else than what is seen: where and when it was taken, by whom. */
export interface PictureFile {
  readonly type: GroupPicture['type'];
  readonly width: number;
  readonly height: number;
  readonly moves: boolean;
  readonly extras: readonly string[];
}

/** Why a file cannot be the picture of a group; null: it can. */
export type PictureFault = 'no_picture' | 'too_large' | 'too_wide' | 'moves' | 'extras';

/** The file; null when it is none of the three, or broken. */
export function readPicture(bytes: Uint8Array): PictureFile | null {
  const read = partsOf(bytes);
  if (read === null || read.parts.sides.length === 0) return null;
  const { type, parts } = read;
  // A file may say it more than once: what a decoder goes by is among them.
  const [width, height] = [0, 1].map((side) => Math.max(...parts.sides.map((sides) => sides[side] ?? 0)));
  const { moves, extras } = parts;
  return width && height ? { type, width, height, moves, extras: [...new Set(extras)] } : null;
}

/** May it be sent? */
export function pictureFault(bytes: Uint8Array): PictureFault | null {
  const file = readPicture(bytes);
  if (file === null) return 'no_picture';
  if (bytes.length > maxPictureBytes) return 'too_large';
  if (Math.max(file.width, file.height) > maxPictureSide) return 'too_wide';
  if (file.moves) return 'moves';
  return file.extras.length > 0 ? 'extras' : null;
}

/** The file without its extras; null when it is none. How it is turned may be said there: it is for what was drawn anew. */
export function withoutExtras(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const read = partsOf(bytes);
  if (read === null) return null;
  const { type, parts } = read;
  const kept = new Uint8Array(bytes.length - parts.cuts.reduce((sum, [from, to]) => sum + to - from, 0));
  let [at, from] = [0, 0];
  for (const [start, end] of [...parts.cuts, [bytes.length, bytes.length] as const]) {
    kept.set(bytes.subarray(from, start), at);
    [at, from] = [at + start - from, end];
  }
  if (type !== 'image/webp') return kept;
  viewOf(kept).setUint32(4, kept.length - 8, true);
  // What is gone is not announced: colours, EXIF and XMP.
  if (nameAt(kept, 12) === 'VP8X') kept[20] = (kept[20] ?? 0) & ~0x2c;
  return kept;
}

/** As it is sent. */
export function pictureBody(bytes: Uint8Array): PictureBody {
  const fault = pictureFault(bytes);
  const file = readPicture(bytes);
  if (fault !== null || file === null)
    throw new ChatError(fault === 'too_large' ? 'message.too_large' : 'frame.invalid');
  return { type: file.type, data: encodeBytes(bytes) };
}

/** What somebody has sent; null when it is not to be shown. What it says beside what is seen is theirs to say. */
export function pictureIn({ data }: PictureBody): GroupPicture | null {
  const bytes = decodeBytes(data);
  const file = bytes && readPicture(bytes);
  const fault = bytes && pictureFault(bytes);
  if (!bytes || !file || (fault !== null && fault !== 'extras')) return null;
  return { type: file.type, bytes: new Uint8Array(bytes) };
}

/** What was found in a file, and where its extras are. */
interface Parts {
  readonly sides: (readonly [width: number, height: number])[];
  moves: boolean;
  readonly extras: string[];
  readonly cuts: (readonly [from: number, to: number])[];
}

function partsOf(bytes: Uint8Array): { readonly type: PictureFile['type']; readonly parts: Parts } | null {
  const parts: Parts = { sides: [], moves: false, extras: [], cuts: [] };
  const type = starts(bytes, jpegStart) ? 'image/jpeg' : starts(bytes, pngStart) ? 'image/png' : 'image/webp';
  const read = { 'image/jpeg': readJpeg, 'image/png': readPng, 'image/webp': readWebp }[type];
  return read(bytes, parts) ? { type, parts } : null;
}

function extra(parts: Parts, name: string, from: number, to: number): void {
  parts.extras.push(name);
  parts.cuts.push([from, to]);
}

const jpegStart = [0xff, 0xd8, 0xff];
const pngStart = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Parts of a PNG that say how its colours are meant. All others say something else, or are not known. */
const pngParts = ['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'sBIT', 'bKGD', 'pHYs'];
const behind = 'something behind the picture';

/** Segment after segment. Between scans there is anything, as long as no marker is in it. */
function readJpeg(bytes: Uint8Array, parts: Parts): boolean {
  const view = viewOf(bytes);
  let at = 2;
  for (;;) {
    if (at + 4 > bytes.length && at + 2 !== bytes.length) return false;
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff) return false;
    if (marker === 0xd9) {
      if (at + 2 < bytes.length) extra(parts, behind, at + 2, bytes.length);
      return true;
    }
    const length = at + 4 > bytes.length ? 0 : view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) return false;
    if (isFrame(marker)) {
      if (length < 8) return false;
      parts.sides.push([view.getUint16(at + 7), view.getUint16(at + 5)]);
    }
    const name = jpegExtra(marker);
    if (name !== null) extra(parts, name, at, at + 2 + length);
    at += 2 + length;
    if (marker === 0xda) at = scanEnd(bytes, at);
  }
}

/** Segments with a frame's height and width. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** APP0 says how large a pixel is, APP14 how colours are meant. */
function jpegExtra(marker: number): string | null {
  if (marker === 0xe1) return 'EXIF or XMP';
  if (marker === 0xfe) return 'a comment';
  return marker > 0xe0 && marker <= 0xef && marker !== 0xee ? `APP${marker - 0xe0}` : null;
}

function scanEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1] ?? 0;
    if (bytes[at] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}

function readPng(bytes: Uint8Array, parts: Parts): boolean {
  const view = viewOf(bytes);
  let at = pngStart.length;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const name = nameAt(bytes, at + 4);
    if (length > bytes.length || at + 12 + length > bytes.length) return false;
    if (name === 'IHDR') parts.sides.push([view.getUint32(at + 8), view.getUint32(at + 12)]);
    if (name === 'acTL' || name === 'fcTL') parts.moves = true;
    if (!pngParts.includes(name)) extra(parts, name, at, at + 12 + length);
    at += 12 + length;
    if (name !== 'IEND') continue;
    if (at < bytes.length) extra(parts, behind, at, bytes.length);
    return true;
  }
  return false;
}

function readWebp(bytes: Uint8Array, parts: Parts): boolean {
  if (bytes.length < 20 || nameAt(bytes, 0) !== 'RIFF' || nameAt(bytes, 8) !== 'WEBP') return false;
  const view = viewOf(bytes);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) return false;
  let at = 12;
  while (at + 8 <= end) {
    const name = nameAt(bytes, at);
    const length = view.getUint32(at + 4, true);
    const inside = at + 8;
    const next = inside + length + (length % 2);
    if (next > end) return false;
    if (name === 'ANIM' || name === 'ANMF') parts.moves = true;
    else if (!webpSides(view, { name, inside, length }, parts) && name !== 'ALPH') extra(parts, name.trim(), at, next);
    at = next;
  }
  if (end < bytes.length) extra(parts, behind, end, bytes.length);
  return at === end;
}

/** Takes width and height; false where there are none to take. */
function webpSides(view: DataView, part: { name: string; inside: number; length: number }, parts: Parts): boolean {
  const { name, inside, length } = part;
  if (length < 10) return false;
  if (name === 'VP8X') {
    const side = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
    if ((view.getUint8(inside) & 2) !== 0) parts.moves = true;
    parts.sides.push([side(inside + 4), side(inside + 7)]);
    return true;
  }
  if (name === 'VP8 ') {
    parts.sides.push([view.getUint16(inside + 6, true) & 0x3fff, view.getUint16(inside + 8, true) & 0x3fff]);
    return true;
  }
  if (name !== 'VP8L') return false;
  const both = view.getUint32(inside + 1, true);
  parts.sides.push([(both & 0x3fff) + 1, ((both >> 14) & 0x3fff) + 1]);
  return true;
}

function starts(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}

function nameAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
