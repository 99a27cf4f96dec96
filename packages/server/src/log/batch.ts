// The unit of the log: records that became durable together, behind one header. A batch is whole or it does not count.
// Its checksums start from the segment's secret nonce, so no bytes inside a message, and none of another segment, can
// pass for one. Layout, little-endian:
//   0 magic u32 · 4 format u16 · 6 zero u16 · 8 log id 16 · 24 batch number u64 · 32 first offset u64
//   40 append time u64 · 48 records u32 · 52 payload bytes u32 · 56 CRC of payload u32 · 60 CRC of bytes 0–59 u32
//   64 payload: each record as length u32, bytes
import { crc32c } from './crc32c.ts';
import { type Entry, LogRefused, type Offset } from './log.ts';

export const batchHeaderBytes = 64;
export const recordHeaderBytes = 4;
export const batchFormat = 1;
/** Contains bytes that no UTF-8 text has, which keeps the search for batches short. */
export const batchMagic = Uint8Array.of(0xf5, 0x50, 0xfa, 0x42);

/** What ties a batch to its place: both stand in the segment's header. */
export interface Belonging {
  readonly logId: Uint8Array;
  readonly nonce: Uint8Array;
}

/** What a header says. */
export interface BatchHeader {
  /** Counts batches of the log from 0. */
  readonly number: number;
  readonly first: Offset;
  readonly time: number;
  /** At least 1. */
  readonly records: number;
  readonly payloadBytes: number;
}

/** Bytes of a batch with these records. */
export function batchBytes(records: readonly Uint8Array[]): number {
  let bytes = batchHeaderBytes;
  for (const record of records) bytes += recordHeaderBytes + record.length;
  return bytes;
}

/** Encodes batches into one buffer that it keeps. */
export class BatchEncoder {
  #bytes = new Uint8Array(64 * 1024);

  /** The batch's bytes, good until the next call. */
  encode(
    place: Belonging,
    stamp: Pick<BatchHeader, 'number' | 'first' | 'time'>,
    records: readonly Uint8Array[],
  ): Uint8Array {
    const length = batchBytes(records);
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
    const bytes = this.#bytes.subarray(0, length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    let at = batchHeaderBytes;
    for (const record of records) {
      view.setUint32(at, record.length, true);
      bytes.set(record, at + recordHeaderBytes);
      at += recordHeaderBytes + record.length;
    }
    const seed = crc32c(place.nonce);
    bytes.set(batchMagic, 0);
    view.setUint16(4, batchFormat, true);
    view.setUint16(6, 0, true);
    bytes.set(place.logId, 8);
    setInteger(view, 24, stamp.number);
    setInteger(view, 32, stamp.first);
    setInteger(view, 40, stamp.time);
    view.setUint32(48, records.length, true);
    view.setUint32(52, length - batchHeaderBytes, true);
    view.setUint32(56, crc32c(bytes, seed, batchHeaderBytes), true);
    view.setUint32(60, crc32c(bytes, seed, 0, 60), true);
    return bytes;
  }
}

/**
 * The header at `at`, or null when no whole header of this segment stands there.
 * @throws {LogRefused} a newer version wrote it
 */
export function decodeHeader(bytes: Uint8Array, at: number, place: Belonging): BatchHeader | null {
  if (at + batchHeaderBytes > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, batchHeaderBytes);
  if (view.getUint32(60, true) !== crc32c(bytes, crc32c(place.nonce), at, at + 60)) return null;
  if (!sameBytes(bytes.subarray(at, at + 4), batchMagic)) return null;
  if (view.getUint16(4, true) > batchFormat) throw newerFormat();
  if (!sameBytes(bytes.subarray(at + 8, at + 24), place.logId)) return null;
  const header = {
    number: integerAt(view, 24),
    first: integerAt(view, 32),
    time: integerAt(view, 40),
    records: view.getUint32(48, true),
    payloadBytes: view.getUint32(52, true),
  };
  return header.records >= 1 && header.payloadBytes >= header.records * recordHeaderBytes ? header : null;
}

/** Whether the payload of the batch whose header stands at `at` is all there and as it was written. */
export function payloadIsWhole(bytes: Uint8Array, at: number, header: BatchHeader, place: Belonging): boolean {
  const start = at + batchHeaderBytes;
  const end = start + header.payloadBytes;
  if (end > bytes.length) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, batchHeaderBytes);
  return view.getUint32(56, true) === crc32c(bytes, crc32c(place.nonce), start, end);
}

/** The entries of a whole batch from offset `from` on; each record is a copy. */
export function decodeEntries(
  bytes: Uint8Array,
  at: number,
  header: BatchHeader,
  from: Offset = header.first,
): Entry[] {
  const entries: Entry[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let position = at + batchHeaderBytes;
  for (let n = 0; n < header.records; n++) {
    const start = position + recordHeaderBytes;
    position = start + view.getUint32(position, true);
    if (header.first + n < from) continue;
    entries.push({ offset: header.first + n, time: header.time, record: bytes.slice(start, position) });
  }
  return entries;
}

/** The refusal of everything that a newer version wrote. */
export function newerFormat(): LogRefused {
  return new LogRefused(
    'newer',
    'The log was written by a newer version of Parley. Start that version, or restore a backup that this one made.',
  );
}

/** Integers up to 2^53 − 1 in eight bytes. */
export function setInteger(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

export function integerAt(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((each, n) => each === b[n]);
}
