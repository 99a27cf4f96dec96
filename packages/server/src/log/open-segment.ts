// The segment that takes batches. It is started whole (header and, at start-up, the copied tail) under a name of its
// own and joins the log by a rename; then one write and one sync a batch. It must never report what is not synced.
import { BatchEncoder, type BatchHeader, batchBytes, batchHeaderBytes } from './batch.ts';
import { type Disk, type DiskFile, DiskFull, putFile, syncFile } from './disk.ts';
import { writeManifest } from './manifest.ts';
import { emptySegment, encodeSegmentHeader, extend, type Segment, type SegmentHeader } from './segment.ts';

/** A batch to be written. */
export interface NewBatch extends Pick<BatchHeader, 'number' | 'first' | 'time'> {
  /** At least one. */
  readonly records: readonly Uint8Array[];
}

/** What a segment is started with. */
export interface StartOptions {
  readonly disk: Disk;
  readonly header: SegmentHeader;
  /** A batch that already has its place. */
  readonly tail: NewBatch | null;
  /** The file grows by a multiple of this. */
  readonly stepBytes: number;
}

/** The newest segment, open for writing. One call at a time. */
export class OpenSegment {
  readonly segment: Segment;
  readonly #file: DiskFile;
  readonly #stepBytes: number;
  readonly #encoder = new BatchEncoder();
  /** The file reaches to here; from the last batch on it is zeroed. */
  #room: number;

  private constructor(segment: Segment, file: DiskFile, stepBytes: number) {
    this.segment = segment;
    this.#file = file;
    this.#stepBytes = stepBytes;
    this.#room = segment.bytes;
  }

  /**
   * Starts a segment that begins with `tail`, if any; it is durable when it resolves, its place in the manifest
   * included. What stands under its name is replaced. May be tried again after a fault.
   */
  static async start(options: StartOptions): Promise<OpenSegment> {
    const { disk, header, tail } = options;
    const segment = emptySegment(header);
    const batch = tail === null ? new Uint8Array(0) : new BatchEncoder().encode(header, tail, tail.records);
    if (tail !== null) extend(segment, tail.records.length, batch.length);
    const file = await putFile(disk, segment.name, Buffer.concat([encodeSegmentHeader(header), batch]));
    try {
      await writeManifest(disk, { logId: header.logId, newest: header.first });
    } catch (error) {
      await file.close();
      throw error;
    }
    return new OpenSegment(segment, file, options.stepBytes);
  }

  get empty(): boolean {
    return this.segment.end === this.segment.header.first;
  }

  /**
   * Makes sure that `bytes` more fit, so that a batch is not begun on a full disk. The room is zeroed ahead in steps:
   * most batches then change no file size, which makes their sync cheaper.
   * @throws {DiskFull}
   */
  async reserve(bytes: number): Promise<void> {
    const end = this.segment.bytes + bytes;
    if (end <= this.#room) return;
    const room = Math.ceil(end / this.#stepBytes) * this.#stepBytes;
    await this.#file.write(new Uint8Array(room - this.#room), this.#room);
    this.#room = room;
  }

  /**
   * Writes a batch and syncs it: durable when it resolves.
   * @throws {DiskFull} the batch is not in the log and will not be
   */
  async append(batch: NewBatch): Promise<void> {
    await this.reserve(batchBytes(batch.records));
    const bytes = this.#encoder.encode(this.segment.header, batch, batch.records);
    try {
      await this.#file.write(bytes, this.segment.bytes);
    } catch (error) {
      if (error instanceof DiskFull) await this.#wipe();
      throw error;
    }
    await syncFile(this.#file);
    extend(this.segment, batch.records.length, bytes.length);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Some file systems find out late that they are full. What was written may be whole, so its header goes. */
  async #wipe(): Promise<void> {
    await this.#file.write(new Uint8Array(batchHeaderBytes), this.segment.bytes);
    await syncFile(this.#file);
  }
}
