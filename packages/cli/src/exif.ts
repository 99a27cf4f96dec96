// Does a JPEG say more than what it shows: where and when it was taken, and with what?

/** The marker of a segment of an application, and what its first bytes are where it is Exif. */
const application = 0xe1;
const scan = 0xda;
const name = 'Exif\0\0';

/** How much of the beginning of a file has to be looked at. */
export const exifLookBytes = 256 * 1024;

/** Looks at the segments before the picture itself. */
export function hasExif(start: Uint8Array): boolean {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.length);
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return false;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== scan; ) {
    if (bytes[at + 1] === application && bytes.toString('latin1', at + 4, at + 10) === name) return true;
    at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return false;
}
