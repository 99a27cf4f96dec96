// Puts a file on the server piece by piece. When the line breaks, or the server is away, it asks what is there and goes on
// with what is missing. Nothing of it stays there when it is given up. [MED]
import type { Core } from '../core.ts';
import { ChatError } from '../error.ts';
import * as limits from '../limits.ts';
import { pathOf, refusal } from '../rest.ts';
import { Patience } from './patience.ts';
import { inTurn, SealedPieces } from './sealed-pieces.ts';
import { type Ends, eitherOf, faultOf } from './transfer.ts';
import type { Upload } from './upload.ts';

/** How far the server has it. */
interface Progress {
  readonly pieces: readonly number[];
  readonly whole: boolean;
}

/** Resolves when the server has all of it. @throws {ChatError} */
export async function putInPieces(core: Core, file: Upload, ends: Ends): Promise<void> {
  try {
    await new PieceUpload(core, file, ends).run();
  } catch (error) {
    drop(core, file);
    throw error;
  }
}

class PieceUpload {
  readonly #core: Core;
  readonly #file: Upload;
  readonly #ends: Ends;
  readonly #pieces: SealedPieces;
  readonly #patience: Patience;
  /** Pieces that the server may still take: one that forgets them again and again has no end. */
  #left: number;

  constructor(core: Core, file: Upload, ends: Ends) {
    this.#core = core;
    this.#file = file;
    this.#ends = ends;
    this.#pieces = new SealedPieces(file);
    this.#patience = new Patience(core, ends);
    this.#left = limits.maxUploadRounds * this.#pieces.count;
  }

  async run(): Promise<void> {
    // Null: nobody knows before the server was asked.
    let there: Progress | null = { pieces: [], whole: false };
    let kept = 0;
    while (there?.whole !== true) {
      try {
        there = there === null ? await this.#ask() : await this.#put(there);
        kept = there.whole ? this.#pieces.length : this.#pieces.bytesOf(there.pieces);
      } catch (cause) {
        const fault = faultOf(cause, this.#ends);
        there = null;
        this.#file.onProgress(kept, this.#pieces.length, true);
        await this.#patience.outlast(fault);
      }
    }
    this.#file.onProgress(kept, kept, false);
  }

  /** Puts the first piece that is missing. */
  async #put({ pieces }: Progress): Promise<Progress> {
    let n = 0;
    while (pieces.includes(n)) n += 1;
    const piece = await this.#pieces.piece(n);
    const before = this.#pieces.bytesOf(pieces);
    const path = `${pathOf('putBlobPiece', { ...placeOf(this.#file), piece: n })}?bytes=${this.#pieces.length}&sha256=${piece.sha256}`;
    const { status, body } = await this.#core.host.bytes.send({
      path,
      length: piece.length,
      pieces: inTurn(piece.chunks),
      onProgress: (bytes) => this.#file.onProgress(before + bytes, this.#pieces.length, false),
      signal: eitherOf(this.#ends),
    });
    if (status !== 200) throw refusal(body, status);
    const there = this.#read(body);
    this.#left -= 1;
    if (!there.whole && (this.#left <= 0 || !there.pieces.includes(n))) throw new ChatError('client.unexpected');
    this.#patience.renew();
    return there;
  }

  async #ask(): Promise<Progress> {
    const signal = eitherOf(this.#ends);
    return this.#read(await this.#core.rest('getBlobPieces', { params: placeOf(this.#file), signal }));
  }

  #read(body: unknown): Progress {
    const { blob, pieces, whole } = (body ?? {}) as { blob?: unknown; pieces?: unknown; whole?: unknown };
    const areNumbers = Array.isArray(pieces) && pieces.every((n) => Number.isInteger(n) && n >= 0);
    if (blob !== this.#file.blob || !areNumbers || typeof whole !== 'boolean') throw new ChatError('client.unexpected');
    return { pieces: (pieces as number[]).filter((n) => n < this.#pieces.count), whole };
  }
}

/** Whatever comes of it: what is not dropped now goes within a day. */
function drop(core: Core, file: Upload): void {
  core.rest('dropBlobPieces', { params: placeOf(file) }).catch(() => {});
}

const placeOf = ({ conversation, message }: Upload) => ({ conversation_id: conversation, id: message, n: 0 });
