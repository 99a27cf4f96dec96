// The pieces of one sealed file, one at a time. A key and a nonce never meet two texts: a piece is sealed once and held
// until another is wanted; if it has to be sealed again it must come out the same. [MED33]
import { blobPieceBytes, fileChunkBytes } from '@parley/protocol/limits';
import { encodeBytes } from '../crypto/base64.ts';
import { hashing } from '../crypto/sha256.ts';
import { ChatError } from '../error.ts';
import { type Pieces, plainSpan, sealedFileBytes, sealFile } from './file-cipher.ts';

/** A file, as far as sealing it goes. */
export interface PlainFile {
  readonly key: Uint8Array;
  readonly bytes: number;
  /** Its bytes, from and to before. */
  readonly plain: (from: number, to: number) => Pieces;
}

/** Sealed bytes that may go up, as often as it takes. */
export interface SealedPiece {
  readonly n: number;
  readonly length: number;
  /** In base64url. */
  readonly sha256: string;
  readonly chunks: readonly Uint8Array[];
}

const chunksPerPiece = blobPieceBytes / (fileChunkBytes + 16);

export class SealedPieces {
  readonly length: number;
  readonly count: number;
  readonly #file: PlainFile;
  readonly #hashes = new Map<number, string>();
  #held: SealedPiece | null = null;

  constructor(file: PlainFile) {
    this.#file = file;
    this.length = sealedFileBytes(file.bytes);
    this.count = Math.ceil(this.length / blobPieceBytes);
  }

  /** Bytes of these pieces together. */
  bytesOf(pieces: readonly number[]): number {
    return pieces.reduce((sum, n) => sum + Math.min(blobPieceBytes, this.length - n * blobPieceBytes), 0);
  }

  /** @throws {ChatError} `client.unreadable_file`: also when it is not what it was the first time */
  async piece(n: number): Promise<SealedPiece> {
    if (this.#held?.n === n) return this.#held;
    this.#held = null;
    const { key, bytes, plain } = this.#file;
    const span = plainSpan(bytes, n * chunksPerPiece, chunksPerPiece);
    const chunks: Uint8Array[] = [];
    const hash = hashing();
    for await (const chunk of sealFile(key, bytes, plain(span.from, span.to), span)) {
      hash.update(chunk);
      chunks.push(chunk);
    }
    const sha256 = encodeBytes(hash.digest(), 'base64url');
    if ((this.#hashes.get(n) ?? sha256) !== sha256) throw new ChatError('client.unreadable_file');
    this.#hashes.set(n, sha256);
    this.#held = { n, length: this.bytesOf([n]), sha256, chunks };
    return this.#held;
  }
}

/** The chunks of a piece, as they go up. */
export async function* inTurn(chunks: SealedPiece['chunks']): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
