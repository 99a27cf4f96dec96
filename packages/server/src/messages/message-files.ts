// Files of messages: put before the message is sent, read by whoever may read it, never looked into. A row says which
// message a file is for before its first byte comes, so that whatever is left over is found and goes (`file-sweep.ts`).
import { type AccountId, type BlobId, type ErrorCode, limits as wire } from '@parley/protocol';
import type { Files } from '../directory/files.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Upload } from '../kernel/handlers.ts';
import { maxUploads, maxUploadsPerAccount, uploadAgainMs } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { blobOf, type FilePlace } from '../media/blob-id.ts';
import type { BlobFacts, Blobs, ByteRange } from '../media/blobs.ts';

/** What files stand on. */
export interface FileParts {
  readonly files: Files;
  /** Null: this server keeps no files. */
  readonly blobs: Blobs | null;
  readonly clock: Clock;
  /** What all files of an account may take. */
  readonly bytesPerAccount: number;
}

/** A file that is there, and how to read it. */
export interface StoredFile extends BlobFacts {
  read(range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>;
}

export class MessageFiles {
  readonly #parts: FileParts;
  readonly #uploads = new Map<AccountId, number>();
  #uploading = 0;

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  /** Does this server keep files? */
  get isOpen(): boolean {
    return this.#parts.blobs !== null;
  }

  /**
   * Keeps the bytes of a file for a message. A file of this size that is there already stays as it is, and that is as
   * well: who puts it again lost the answer. [MED1] [MED2]
   */
  async put(place: FilePlace, n: number, upload: Upload): Promise<Result<BlobId, ErrorCode>> {
    const { blobs } = this.#parts;
    if (blobs === null) return refuse('blob.none');
    if (upload.bytes > wire.maxBlobBytes) return refuse('blob.too_large');
    const own = this.#uploads.get(place.account) ?? 0;
    if (own >= maxUploadsPerAccount || this.#uploading >= maxUploads)
      return refuse('rate.limited', { retry_after_ms: uploadAgainMs });
    this.#uploads.set(place.account, own + 1);
    this.#uploading += 1;
    try {
      return await this.#keep(blobs, place, n, upload);
    } finally {
      const left = (this.#uploads.get(place.account) ?? 1) - 1;
      if (left === 0) this.#uploads.delete(place.account);
      else this.#uploads.set(place.account, left);
      this.#uploading -= 1;
    }
  }

  async #keep(
    blobs: Blobs,
    place: FilePlace,
    n: number,
    { bytes, content }: Upload,
  ): Promise<Result<BlobId, ErrorCode>> {
    const { files, clock, bytesPerAccount } = this.#parts;
    const blob = blobOf(place, n);
    const there = await blobs.facts(blob);
    if (there !== undefined) return there.bytes === bytes ? ok(blob) : refuse('blob.taken');
    const [before] = await files.get([blob]);
    const used = (await files.bytesOf(place.account)) - (before?.bytes ?? 0);
    if (used + bytes > bytesPerAccount) return refuse('blob.quota');
    await files.add({ ...place, blob, bytes, createdAt: clock.now() });
    const outcome = await blobs.put(blob, content, bytes);
    if (outcome === 'done') return ok(blob);
    if (outcome === 'too_large') return refuse('blob.too_large');
    return (await blobs.facts(blob))?.bytes === bytes ? ok(blob) : refuse('blob.taken');
  }

  /** Were these put for this message, in this order, and lately enough that none of them is about to go? [MED3] */
  async arePlaced(place: FilePlace, blobs: readonly BlobId[]): Promise<boolean> {
    const { blobs: store, files, clock } = this.#parts;
    if (store === null || blobs.some((blob, n) => blob !== blobOf(place, n))) return false;
    const rows = await files.get(blobs);
    const since = clock.now() - wire.blobPlacedWithinMs;
    if (rows.length < blobs.length || rows.some(({ createdAt }) => createdAt < since)) return false;
    const facts = await Promise.all(blobs.map((blob) => store.facts(blob)));
    return facts.every((one) => one !== undefined);
  }

  /** Undefined: there is no such file, or none are kept here. */
  async stored(blob: BlobId): Promise<StoredFile | undefined> {
    const { blobs } = this.#parts;
    const facts = await blobs?.facts(blob);
    if (blobs === null || facts === undefined) return undefined;
    return { ...facts, read: (range) => blobs.read(blob, range) };
  }
}
