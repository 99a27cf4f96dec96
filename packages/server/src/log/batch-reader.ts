// Reads the batches of one segment file, one after another, and checks each. Start-up and readers that are behind use
// it; it must never give out a batch that is not whole.
import { logReadBytes } from '../kernel/limits.ts';
import {
  type BatchHeader,
  batchHeaderBytes,
  batchMagic,
  decodeEntries,
  decodeHeader,
  payloadIsWhole,
} from './batch.ts';
import type { DiskFile } from './disk.ts';
import type { Entry, Offset } from './log.ts';
import type { SegmentHeader } from './segment.ts';

/** A whole batch, at `position` in its file. */
export interface FoundBatch {
  readonly header: BatchHeader;
  readonly position: number;
  readonly bytes: number;
  /** Its entries from an offset on. To be called before the next batch is read. */
  entries(from?: Offset): Entry[];
}

/** A walk through one file. */
export class BatchReader {
  readonly #file: DiskFile;
  readonly #segment: SegmentHeader;
  readonly #end: number;
  #position: number;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkStart = 0;

  /** From `position`, where a batch begins or should begin, to `end` at most. */
  constructor(file: DiskFile, segment: SegmentHeader, position: number, end: number) {
    this.#file = file;
    this.#segment = segment;
    this.#position = position;
    this.#end = end;
  }

  /** Where the next batch begins or should begin. */
  get position(): number {
    return this.#position;
  }

  /** The next batch, or null when what stands at `position` is not a whole one. */
  async next(): Promise<FoundBatch | null> {
    const at = await this.#need(batchHeaderBytes);
    const header = at === null ? null : decodeHeader(this.#chunk, at, this.#segment);
    if (header === null) return null;
    const bytes = batchHeaderBytes + header.payloadBytes;
    const start = await this.#need(bytes);
    if (start === null || !payloadIsWhole(this.#chunk, start, header, this.#segment)) return null;
    const found = { header, position: this.#position, bytes };
    const chunk = this.#chunk;
    this.#position += bytes;
    return { ...found, entries: (from) => decodeEntries(chunk, start, header, from) };
  }

  /** Has `bytes` from the position on in the chunk; answers where they begin in it, or null beyond the end. */
  async #need(bytes: number): Promise<number | null> {
    if (this.#position + bytes > this.#end) return null;
    const at = this.#position - this.#chunkStart;
    if (at + bytes <= this.#chunk.length) return at;
    const length = Math.min(Math.max(bytes, logReadBytes), this.#end - this.#position);
    const chunk = new Uint8Array(length);
    const got = await this.#file.read(chunk, this.#position);
    this.#chunk = chunk.subarray(0, got);
    this.#chunkStart = this.#position;
    return bytes <= got ? 0 : null;
  }
}

/** Where the first whole batch of the segment begins at or after `from`, or null. Reads the rest of the file at once. */
export async function findBatch(file: DiskFile, segment: SegmentHeader, from: number): Promise<number | null> {
  const rest = Buffer.alloc(Math.max(0, (await file.size()) - from));
  const bytes = rest.subarray(0, await file.read(rest, from));
  for (let at = bytes.indexOf(batchMagic); at !== -1; at = bytes.indexOf(batchMagic, at + 1)) {
    const header = decodeHeader(bytes, at, segment);
    if (header !== null && payloadIsWhole(bytes, at, header, segment)) return from + at;
  }
  return null;
}
