// What happens before a log can be read or written: everything in the folder is checked, a torn last batch is cut, and
// the last whole batch, which may stand in the host's memory only, is copied into a new segment and synced. It must
// never repair damage, and a refusal must leave the folder as it was.
import type { Random } from '../kernel/random.ts';
import { batchHeaderBytes, sameBytes } from './batch.ts';
import { BatchReader, type FoundBatch, findBatch } from './batch-reader.ts';
import { type Disk, type DiskFile, DiskFull, unfinished } from './disk.ts';
import { type KnownLog, LogRefused, lost, type Offset } from './log.ts';
import { type Manifest, newLogId, readManifest, uuidText, writeManifest } from './manifest.ts';
import { type NewBatch, OpenSegment } from './open-segment.ts';
import {
  damaged,
  decodeSegmentHeader,
  emptySegment,
  extend,
  offsetOfName,
  type Segment,
  type SegmentHeader,
  segmentHeaderBytes,
  segmentName,
} from './segment.ts';

/** A log that is ready. */
export interface Recovered {
  readonly logId: Uint8Array;
  /** Oldest first, without the open one. */
  readonly sealed: readonly Segment[];
  readonly open: OpenSegment;
  /** Number of the next batch. */
  readonly number: number;
  /** Append time of the last record, 0 without one. */
  readonly time: number;
}

/** What a new log or an old one needs to be opened. */
export interface RecoveryOptions {
  readonly disk: Disk;
  readonly random: Random;
  readonly stepBytes: number;
  /** Null: nothing, so a new log may be made. */
  readonly known: KnownLog | null;
}

/** Where the next batch belongs. */
interface Place {
  readonly offset: Offset;
  readonly number: number;
  readonly time: number;
}

const beginning: Place = { offset: 0, number: 0, time: 0 };

/** One file, walked through to where its batches end. */
interface Walked {
  readonly segment: Segment;
  readonly last: FoundBatch | null;
  /** Where its last batch belongs, or would. */
  readonly beforeLast: Place;
  readonly next: Place;
}

/**
 * Opens the log in the folder, or creates one in an empty folder.
 * @throws {LogRefused} and the folder is as it was
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  try {
    return await checkAndCopy(options);
  } catch (error) {
    if (error instanceof DiskFull) throw full(error);
    throw isDenial(error) ? denied(error) : error;
  }
}

async function checkAndCopy({ disk, random, stepBytes, known }: RecoveryOptions): Promise<Recovered> {
  const firsts = (await disk.list()).flatMap((name) => offsetOfName(name) ?? []).sort((a, b) => a - b);
  const found = await readManifest(disk);
  if (found === null && firsts.length === 0 && known !== null) throw lost();
  const { logId, newest } = found ?? (await create(disk, random, firsts));
  if (known !== null && known.id !== null && known.id !== uuidText(logId)) throw another();
  if (newest !== null && !firsts.includes(newest)) throw missing(newest, null);
  const walks = await walkAll(disk, logId, firsts);
  // Listed again: what stood there unfinished may just have become the manifest.
  for (const name of await disk.list()) if (name.endsWith(unfinished)) await disk.remove(name);
  const newestWalk = walks.pop();
  const { last, beforeLast, next } = newestWalk ?? { last: null, beforeLast: beginning, next: beginning };
  const open = await OpenSegment.start({
    disk,
    header: {
      logId,
      nonce: random.bytes(16),
      first: beforeLast.offset,
      number: beforeLast.number,
      time: beforeLast.time,
    },
    tail: last === null ? null : tailOf(last),
    stepBytes,
  });
  const sealed = walks.map((each) => each.segment);
  if (newestWalk !== undefined && last !== null && beforeLast.offset > newestWalk.segment.header.first)
    sealed.push({ ...newestWalk.segment, end: beforeLast.offset, bytes: last.position });
  return { logId, sealed, open, number: next.number, time: next.time };
}

/** The manifest comes first, so that segments without one are known to have lost it. */
async function create(disk: Disk, random: Random, firsts: readonly Offset[]): Promise<Manifest> {
  if (firsts.length > 0)
    throw new LogRefused('missing', 'The log\'s file "manifest" is missing. Restore the data folder from a backup.');
  const manifest = { logId: newLogId(random), newest: null };
  await writeManifest(disk, manifest);
  return manifest;
}

async function walkAll(disk: Disk, logId: Uint8Array, firsts: readonly Offset[]): Promise<Walked[]> {
  const walks: Walked[] = [];
  for (const [n, first] of firsts.entries()) {
    const file = await disk.open(segmentName(first));
    try {
      const header = await readSegmentHeader(file, first, logId);
      const before = walks.at(-1)?.next;
      const follows = before === undefined || (before.number === header.number && before.time === header.time);
      if (!follows) throw damaged(segmentName(first), 0, first);
      walks.push(await walk(file, header, firsts[n + 1] ?? null));
    } finally {
      await file.close();
    }
  }
  return walks;
}

async function readSegmentHeader(file: DiskFile, first: Offset, logId: Uint8Array): Promise<SegmentHeader> {
  const page = new Uint8Array(segmentHeaderBytes);
  const header = decodeSegmentHeader(page.subarray(0, await file.read(page, 0)), segmentName(first));
  if (!sameBytes(header.logId, logId))
    throw new LogRefused(
      'foreign',
      `The file ${segmentName(first)} belongs to another log. Take away what was copied into this folder, or restore ` +
        'the data folder from a backup.',
    );
  if (header.first !== first) throw damaged(segmentName(first), 0, first);
  return header;
}

/** Walks to `until`, the first offset of the next segment, or to the end of the log when there is none. */
async function walk(file: DiskFile, header: SegmentHeader, until: Offset | null): Promise<Walked> {
  const reader = new BatchReader(file, header, segmentHeaderBytes, await file.size());
  const segment = emptySegment(header);
  let next: Place = { offset: header.first, number: header.number, time: header.time };
  let beforeLast = next;
  let last: FoundBatch | null = null;
  while (until === null || next.offset < until) {
    const { position } = reader;
    const found = await reader.next();
    if (found === null) {
      if (until === null && (await findBatch(file, header, position + 1)) === null) break;
      if (until !== null && (await isBlank(file, position))) throw missing(next.offset, until);
      throw damaged(segment.name, position, next.offset);
    }
    const after = follow(next, found);
    if (after === null || (until !== null && after.offset > until)) throw damaged(segment.name, position, next.offset);
    extend(segment, found.header.records, found.bytes);
    beforeLast = next;
    last = found;
    next = after;
  }
  return { segment, last, beforeLast, next };
}

/** The place after a batch, or null when the batch does not belong at `place`. */
function follow(place: Place, { header }: FoundBatch): Place | null {
  const belongs = header.number === place.number && header.first === place.offset && header.time >= place.time;
  return belongs ? { offset: place.offset + header.records, number: place.number + 1, time: header.time } : null;
}

function tailOf(last: FoundBatch): NewBatch {
  const { number, first, time } = last.header;
  return { number, first, time, records: last.entries().map((entry) => entry.record) };
}

/** Whether nothing was ever written there: the batches simply end. */
async function isBlank(file: DiskFile, position: number): Promise<boolean> {
  const bytes = new Uint8Array(batchHeaderBytes);
  const got = await file.read(bytes, position);
  return bytes.subarray(0, got).every((each) => each === 0);
}

function another(): LogRefused {
  return new LogRefused(
    'foreign',
    'The folder "log" holds another log than the one that the store was made from. Nothing was changed. Put the ' +
      "store's own log back, or restore the whole data folder from one backup.",
  );
}

function missing(from: Offset, until: Offset | null): LogRefused {
  const upTo = until === null ? '' : ` up to ${until - 1}`;
  return new LogRefused(
    'missing',
    `A segment of the log is missing: it should hold the offsets from ${from}${upTo}. Nothing was changed. Put ` +
      `${segmentName(from)} back, or restore the data folder from a backup.`,
  );
}

function isDenial(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code));
}

function denied(cause: unknown): LogRefused {
  return new LogRefused(
    'denied',
    "The log's folder cannot be read and written. Give it and its files to the user that runs the server, and see " +
      'that its file system is not mounted read-only.',
    { cause },
  );
}

function full(cause: DiskFull): LogRefused {
  return new LogRefused('full', 'The disk of the log is full. Make room, then start again; nothing is lost.', {
    cause,
  });
}
