// All segments of a running log: the sealed ones, and the one that takes batches. Rolls over to a new one, drops old
// ones, reads any of them for those who are behind. It must never drop the open segment or what was not released.
import type { Random } from '../kernel/random.ts';
import { BatchReader } from './batch-reader.ts';
import { type Disk, syncNames } from './disk.ts';
import { type Entry, gone, type Offset } from './log.ts';
import { encodeManifest } from './manifest.ts';
import { type NewBatch, OpenSegment } from './open-segment.ts';
import type { Recovered } from './recovery.ts';
import { damaged, positionNear, type Segment } from './segment.ts';

/** What segments are made with. */
export interface SegmentsOptions {
  readonly disk: Disk;
  readonly random: Random;
  readonly segmentBytes: number;
  readonly stepBytes: number;
}

/** The durable part of a log at one moment. */
export interface Extent {
  /** Offset of the next record. */
  readonly end: Offset;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly manifest: Uint8Array;
}

/** The log's files. `append` and `roll` are called one at a time; readers and `drop` run beside them. */
export class Segments {
  readonly #options: SegmentsOptions;
  readonly #logId: Uint8Array;
  readonly #sealed: Segment[];
  #open: OpenSegment;
  #number: number;
  #time: number;
  /** A roll was begun and may have left a newer segment: nothing is appended to the old one any more. */
  #rolling = false;
  #released: Offset = -1;
  #dropping: Promise<void> | null = null;
  /** Copies that are being made: nothing is dropped meanwhile. */
  #holds = 0;

  constructor(options: SegmentsOptions, recovered: Recovered) {
    this.#options = options;
    this.#logId = recovered.logId;
    this.#sealed = [...recovered.sealed];
    this.#open = recovered.open;
    this.#number = recovered.number;
    this.#time = recovered.time;
  }

  /** First offset that is still kept, or the end. */
  get first(): Offset {
    return (this.#sealed[0] ?? this.#open.segment).header.first;
  }

  /** Everything below it is durable. */
  get end(): Offset {
    return this.#open.segment.end;
  }

  /** Whether the open segment holds no batch. */
  get openIsEmpty(): boolean {
    return this.#open.empty;
  }

  /** Whether a batch of `bytes` must wait for a new segment. */
  isFullFor(bytes: number): boolean {
    return this.#rolling || (!this.#open.empty && this.#open.segment.bytes + bytes > this.#options.segmentBytes);
  }

  /** Has room for `bytes` more. @throws {DiskFull} */
  reserve(bytes: number): Promise<void> {
    return this.#open.reserve(bytes);
  }

  /** Durable when it resolves. Records are at least one. @throws {DiskFull} nothing was appended */
  async append(records: readonly Uint8Array[], time: number): Promise<void> {
    const batch: NewBatch = { number: this.#number, first: this.end, time, records };
    await this.#open.append(batch);
    this.#number++;
    this.#time = time;
  }

  /** Seals the open segment and starts another. May be tried again after a fault. */
  async roll(): Promise<void> {
    const { disk, random, stepBytes } = this.#options;
    const header = {
      logId: this.#logId,
      nonce: random.bytes(16),
      first: this.end,
      number: this.#number,
      time: this.#time,
    };
    this.#rolling = true;
    const next = await OpenSegment.start({ disk, header, tail: null, stepBytes });
    const old = this.#open;
    if (!old.empty) this.#sealed.push(old.segment);
    this.#open = next;
    this.#rolling = false;
    await old.close();
  }

  /** Drops the sealed segments of which everything up to `upTo` was released, now and as they get sealed. */
  drop(upTo: Offset = this.#released): Promise<void> {
    this.#released = Math.max(this.#released, Math.min(upTo, this.end - 1));
    if (this.#holds > 0) return Promise.resolve();
    this.#dropping ??= this.#dropReleased().finally(() => {
      this.#dropping = null;
    });
    return this.#dropping;
  }

  /** Drops nothing until the returned function was called; what was released meanwhile goes with the next `drop`. */
  hold(): () => void {
    this.#holds++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#holds--;
      isHeld = false;
    };
  }

  /** What is durable now, as files: each with how many of its bytes count, and the manifest that names them. */
  extent(): Extent {
    const all = [...this.#sealed, this.#open.segment];
    const manifest = encodeManifest({ logId: this.#logId, newest: this.#open.segment.header.first });
    return { end: this.end, files: all.map(({ name, bytes }) => ({ name, bytes })), manifest };
  }

  /** Whole batches from offset `next` up to what is durable now. @throws {LogRefused} dropped meanwhile, or damaged */
  async *read(next: Offset): AsyncGenerator<readonly Entry[]> {
    const end = this.end;
    let from = next;
    while (from < end) {
      const segment = this.#holding(from);
      const until = Math.min(segment.end, end);
      const file = await this.#options.disk.open(segment.name);
      try {
        const reader = new BatchReader(file, segment.header, positionNear(segment, from), segment.bytes);
        while (from < until) {
          const { position } = reader;
          const batch = await reader.next();
          if (batch === null) throw damaged(segment.name, position, from);
          const entries = batch.entries(from);
          if (entries.length > 0) yield entries;
          from = Math.max(from, batch.header.first + batch.header.records);
        }
      } finally {
        await file.close();
      }
    }
  }

  /** Waits for drops, whose faults are for those who began them, then closes the file. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#dropping]);
    await this.#open.close();
  }

  /** Oldest first, each durable before the next, so that a power cut leaves no hole. */
  async #dropReleased(): Promise<void> {
    for (
      let oldest = this.#sealed[0];
      oldest !== undefined && oldest.end - 1 <= this.#released && this.#holds === 0;
      oldest = this.#sealed[0]
    ) {
      await this.#options.disk.remove(oldest.name);
      this.#sealed.shift();
      await syncNames(this.#options.disk);
    }
  }

  #holding(offset: Offset): Segment {
    if (offset < this.first) throw gone(offset, this.first);
    return this.#sealed.find((each) => offset < each.end) ?? this.#open.segment;
  }
}
