// Files that are put piece by piece, so that an upload that breaks off goes on where it stopped, at whichever gateway. Size
// and room are decided with the first piece; a message cannot carry the file before the last one has come. [MED]
import { type BlobId, type ErrorCode, limits as wire } from '@parley/protocol';
import type { FileRow } from '../directory/files.ts';
import type { Upload } from '../kernel/handlers.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { blobOf, type FilePlace } from '../media/blob-id.ts';
import type { Blobs } from '../media/blobs.ts';
import { checked, Damaged } from '../media/pieces.ts';
import { type FileParts, findRoom } from './file-room.ts';
import type { UploadGate } from './upload-gate.ts';

/** How far a file has come. */
export interface FileProgress {
  readonly blob: BlobId;
  /** Numbers of the pieces that are kept; none once it is whole. */
  readonly pieces: number[];
  readonly whole: boolean;
}

/** One piece of a file of `total` bytes, and the hash that it must have. */
export interface Piece extends Upload {
  readonly n: number;
  readonly total: number;
  /** In base64url. */
  readonly sha256: string;
}

type Answer = Result<FileProgress, ErrorCode>;

export class FilePieces {
  readonly #parts: FileParts;
  readonly #gate: UploadGate;

  constructor(parts: FileParts, gate: UploadGate) {
    this.#parts = parts;
    this.#gate = gate;
  }

  /** Keeps a piece, whole or not at all; with the last that was missing the file is there. [MED10] */
  async put(place: FilePlace, n: number, piece: Piece): Promise<Answer> {
    const { blobs } = this.#parts;
    if (blobs === null) return refuse('blob.none');
    if (piece.total > wire.maxBlobBytes) return refuse('blob.too_large');
    const left = piece.total - piece.n * wire.blobPieceBytes;
    if (left <= 0) return refuse('frame.invalid', { path: '/piece' });
    if (piece.bytes !== Math.min(left, wire.blobPieceBytes))
      return refuse('frame.invalid', { path: '/Content-Length' });
    const row = { ...place, blob: blobOf(place, n), bytes: piece.total };
    return this.#gate.pass(place.account, piece, () => this.#keep(blobs, row, piece));
  }

  /** [MED10] */
  async progress(place: FilePlace, n: number): Promise<Answer> {
    const { blobs } = this.#parts;
    if (blobs === null) return refuse('blob.none');
    const blob = blobOf(place, n);
    return ok((await blobs.facts(blob)) === undefined ? await begun(blobs, blob) : wholeFile(blob));
  }

  /** Forgets what is not whole, and gives its room back. [MED12] */
  async drop(place: FilePlace, n: number): Promise<Result<Record<string, never>, ErrorCode>> {
    const { blobs, files } = this.#parts;
    if (blobs === null) return refuse('blob.none');
    const blob = blobOf(place, n);
    const [row] = await files.get([blob]);
    if (row === undefined || (await blobs.facts(blob)) !== undefined) return ok({});
    // In this order: a piece that comes meanwhile finds that it has no row (`#keep`).
    await files.remove([blob]);
    await blobs.pieces.drop(blob);
    if ((await blobs.facts(blob)) !== undefined) await files.add(row);
    return ok({});
  }

  async #keep(blobs: Blobs, row: Omit<FileRow, 'createdAt'>, { n, total, sha256, content }: Piece): Promise<Answer> {
    const { blob } = row;
    const there = await blobs.facts(blob);
    if (there !== undefined) return there.bytes === total ? ok(wholeFile(blob)) : refuse('blob.taken');
    const refused = await this.#begin(blobs, row);
    if (refused !== null) return refuse(refused);
    try {
      await blobs.pieces.keep(blob, n, checked(content, sha256));
    } catch (error) {
      if (error instanceof Damaged) return refuse('blob.damaged');
      throw error;
    }
    return this.#settle(blobs, row);
  }

  /** Finds room for all of it with its first piece. A file that was begun too long ago for its message begins anew. [MED11] */
  async #begin(blobs: Blobs, row: Omit<FileRow, 'createdAt'>): Promise<ErrorCode | null> {
    const { files, clock } = this.#parts;
    const [before] = await files.get([row.blob]);
    const isCurrent = before !== undefined && before.createdAt > clock.now() - wire.blobPlacedWithinMs;
    if (isCurrent && before.bytes === row.bytes) return null;
    if (isCurrent && (await blobs.pieces.kept(row.blob)).length > 0) return 'blob.taken';
    if (!(await findRoom(this.#parts, row, before))) return 'blob.quota';
    await blobs.pieces.drop(row.blob);
    return null;
  }

  /** What has become of it with this piece. */
  async #settle(blobs: Blobs, { blob, bytes }: Omit<FileRow, 'createdAt'>): Promise<Answer> {
    const isWanted = async () => (await this.#parts.files.get([blob])).length > 0;
    const bytesThere = async () => (await blobs.facts(blob))?.bytes;
    // Dropped, or put in another way, while this piece came: nothing of it may stay that no row counts.
    const isLate = !(await isWanted()) || (await bytesThere()) !== undefined;
    if (isLate) await blobs.pieces.drop(blob);
    else {
      const progress = await begun(blobs, blob);
      if (progress.pieces.length < Math.ceil(bytes / wire.blobPieceBytes)) return ok(progress);
      await blobs.pieces.join(blob, progress.pieces.length);
      if (!(await isWanted())) await blobs.remove([blob]);
    }
    const there = await bytesThere();
    if (there === undefined) return refuse('blob.unknown');
    return there === bytes ? ok(wholeFile(blob)) : refuse('blob.taken');
  }
}

const wholeFile = (blob: BlobId): FileProgress => ({ blob, pieces: [], whole: true });

async function begun(blobs: Blobs, blob: BlobId): Promise<FileProgress> {
  return { blob, pieces: [...(await blobs.pieces.kept(blob))], whole: false };
}
