// Port of media files: immutable bytes by id. What was put is on disk and whole, or not there at all: nobody ever
// reads half of a file. It must not know what the bytes are, who may have them, or who refers to them.

import type { BlobId } from '@parley/protocol';
import type { BlobPieces } from './pieces.ts';

/** What is known of a stored blob. */
export interface BlobFacts {
  readonly id: BlobId;
  readonly bytes: number;
  /** When it was put: milliseconds since the Unix epoch. */
  readonly storedAt: number;
}

/** Part of a blob: from this byte on, and where to stop (exclusive, not beyond the end). */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Files by id. Faults of the engine are `Unavailable`. */
export interface Blobs extends AsyncDisposable {
  /** Of those that are not whole yet. They are in nothing else of this port. */
  readonly pieces: BlobPieces;
  /**
   * Keeps everything that `content` yields, in its order. `exists`: the id is taken, whatever its bytes are, and stays
   * as it was. `too_large`: there are more than `mostBytes`, and nothing is kept. When `content` throws, nothing is kept
   * and the error goes on. [BLB1] [BLB2] [BLB3]
   */
  put(id: BlobId, content: AsyncIterable<Uint8Array>, mostBytes: number): Promise<'done' | 'exists' | 'too_large'>;
  facts(id: BlobId): Promise<BlobFacts | undefined>;
  /** The bytes of a range in pieces of at most `blobChunkBytes`; undefined: no such blob. [BLB4] */
  read(id: BlobId, range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Removes those that are there. Who is reading one may be told `Unavailable`. [BLB5] */
  remove(ids: readonly BlobId[]): Promise<void>;
  /** Those with an id above `after` in the order of ids, at most `limit`: so that nobody's can be found. [BLB6] */
  list(after: string, limit: number): Promise<readonly BlobFacts[]>;
  /** Drops what was left by uploads that were begun before this moment and never finished; how many. [BLB12] */
  dropUnfinished(before: number): Promise<number>;
}

const shape = /^b_[A-Za-z0-9_-]{22}$/;

/** Is this an id? Adapters make file names and keys of it, so they take nothing else. */
export function isBlobId(text: string): text is BlobId {
  return shape.test(text);
}
