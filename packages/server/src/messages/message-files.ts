// Files of messages: put before the message is sent, read by whoever may read it, never looked into. A row says which
// message a file is for before its first byte comes, so that whatever is left over is found and goes (`file-sweep.ts`).
import { type BlobId, type ErrorCode, limits as wire } from '@parley/protocol';
import type { Upload } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { blobOf, type FilePlace } from '../media/blob-id.ts';
import type { BlobFacts, Blobs, ByteRange } from '../media/blobs.ts';
import { FilePieces } from './file-pieces.ts';
import { type FileParts, findRoom } from './file-room.ts';
import { UploadGate } from './upload-gate.ts';

/** A file that is there, and how to read it. */
export interface StoredFile extends BlobFacts {
  read(range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>;
}

export class MessageFiles {
  /** Files that come piece by piece. */
  readonly pieces: FilePieces;
  readonly #parts: FileParts;
  readonly #gate: UploadGate;

  constructor(parts: FileParts) {
    this.#parts = parts;
    this.#gate = new UploadGate(parts.clock);
    this.pieces = new FilePieces(parts, this.#gate);
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
    if (upload.bytes === 0) return refuse('frame.invalid', { path: '/Content-Length' });
    if (upload.bytes > wire.maxBlobBytes) return refuse('blob.too_large');
    return this.#gate.pass(place.account, upload, () => this.#keep(blobs, place, n, upload));
  }

  async #keep(
    blobs: Blobs,
    place: FilePlace,
    n: number,
    { bytes, content }: Upload,
  ): Promise<Result<BlobId, ErrorCode>> {
    const blob = blobOf(place, n);
    const there = await blobs.facts(blob);
    if (there !== undefined) return there.bytes === bytes ? ok(blob) : refuse('blob.taken');
    const [before] = await this.#parts.files.get([blob]);
    if (!(await findRoom(this.#parts, { ...place, blob, bytes }, before))) return refuse('blob.quota');
    const outcome = await blobs.put(blob, content, bytes);
    // Of the same place: it was begun in pieces before.
    await blobs.pieces.drop(blob);
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
