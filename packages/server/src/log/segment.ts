// A segment is one file: a header page of its own, which is never written again, then batches, then zeroed room. It is
// named by its first offset; what an older segment holds from that offset on does not count any more.
import { assert } from '../kernel/assert.ts';
import { segmentMarkBytes } from '../kernel/limits.ts';
import { type Belonging, integerAt, newerFormat, sameBytes, setInteger } from './batch.ts';
import { crc32c } from './crc32c.ts';
import { LogRefused, type Offset } from './log.ts';

export const segmentHeaderBytes = 4_096;
export const segmentFormat = 1;
const magic = new TextEncoder().encode('PARLEYLG');
const ending = '.segment';
/** In every format: the checksum of all bytes before it. */
const crcAt = segmentHeaderBytes - 4;

/** What a segment's first page says. */
export interface SegmentHeader extends Belonging {
  readonly first: Offset;
  /** Number of its first batch. */
  readonly number: number;
  /** Append time of the last record before it; 0 at the beginning of the log. */
  readonly time: number;
}

/** A segment as the running log knows it. */
export interface Segment {
  readonly name: string;
  readonly header: SegmentHeader;
  /** Everything below it, and in the file below `bytes`, is durable. */
  end: Offset;
  bytes: number;
  /** Where some of its batches begin, for readers; the first is the first batch. */
  readonly marks: Mark[];
}

interface Mark {
  readonly offset: Offset;
  readonly position: number;
}

/** A segment without a batch yet. */
export function emptySegment(header: SegmentHeader): Segment {
  return {
    name: segmentName(header.first),
    header,
    end: header.first,
    bytes: segmentHeaderBytes,
    marks: [{ offset: header.first, position: segmentHeaderBytes }],
  };
}

/** Notes that a batch of `records` in `bytes` became part of the segment. */
export function extend(segment: Segment, records: number, bytes: number): void {
  const last = segment.marks.at(-1);
  if (last === undefined || segment.bytes - last.position >= segmentMarkBytes)
    segment.marks.push({ offset: segment.end, position: segment.bytes });
  segment.end += records;
  segment.bytes += bytes;
}

/** Where to begin reading for `offset`: a batch at or before it. */
export function positionNear(segment: Segment, offset: Offset): number {
  const mark = segment.marks.findLast((each) => each.offset <= offset);
  assert(mark !== undefined, 'a segment is only asked for offsets from its first on');
  return mark.position;
}

export function segmentName(first: Offset): string {
  return `${String(first).padStart(16, '0')}${ending}`;
}

/** The first offset that a file's name says, or null when it is no segment. */
export function offsetOfName(name: string): Offset | null {
  if (!/^\d{16}\.segment$/.test(name)) return null;
  return Number(name.slice(0, -ending.length));
}

/** The header page. */
export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(segmentHeaderBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic, 0);
  view.setUint16(8, segmentFormat, true);
  bytes.set(header.logId, 16);
  bytes.set(header.nonce, 32);
  setInteger(view, 48, header.first);
  setInteger(view, 56, header.number);
  setInteger(view, 64, header.time);
  view.setUint32(crcAt, crc32c(bytes, 0, 0, crcAt), true);
  return bytes;
}

/**
 * Reads a header page. `name` is for the words of a refusal.
 * @throws {LogRefused} damaged, or of a newer version
 */
export function decodeSegmentHeader(bytes: Uint8Array, name: string): SegmentHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole =
    bytes.length === segmentHeaderBytes &&
    sameBytes(bytes.subarray(0, magic.length), magic) &&
    view.getUint32(crcAt, true) === crc32c(bytes, 0, 0, crcAt);
  if (!whole) throw damaged(name, 0, offsetOfName(name) ?? 0);
  if (view.getUint16(8, true) > segmentFormat) throw newerFormat();
  return {
    logId: bytes.slice(16, 32),
    nonce: bytes.slice(32, 48),
    first: integerAt(view, 48),
    number: integerAt(view, 56),
    time: integerAt(view, 64),
  };
}

/** The refusal of a log with bad bytes before good ones. */
export function damaged(name: string, position: number, offset: Offset): LogRefused {
  return new LogRefused(
    'damaged',
    `The log is damaged: ${name}, byte ${position}, where offset ${offset} should stand. Nothing was changed. ` +
      'Check the disk, and restore the data folder from a backup.',
  );
}
