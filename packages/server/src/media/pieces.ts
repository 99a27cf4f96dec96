// Port of the pieces of blobs that are not whole yet: they outlive the process that took them, and any process that sees
// the same engine may take the next. It must not know who may put them, or how large a piece has to be.
import { createHash } from 'node:crypto';
import type { BlobId } from '@parley/protocol';

/** Pieces by blob and number, from 0. Faults of the engine are `Unavailable`. */
export interface BlobPieces {
  /** Keeps one instead of whatever it was before. When `content` throws, what was before stays, and the error goes on. [BLB9] */
  keep(id: BlobId, n: number, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Numbers of those that are there, from the lowest. [BLB9] */
  kept(id: BlobId): Promise<readonly number[]>;
  /** Puts the first `count` pieces as one blob, as `Blobs.put` would, and drops them. `missing`: not all are there. [BLB10] */
  join(id: BlobId, count: number): Promise<'done' | 'exists' | 'missing'>;
  /** Removes all of a blob's. [BLB11] */
  drop(id: BlobId): Promise<void>;
  /** Blobs of which pieces are there, above `after` in the order of ids, at most `limit`: none means that it was all. [BLB11] */
  begun(after: string, limit: number): Promise<readonly BlobId[]>;
}

/** The bytes of a piece are not those of its hash. */
export class Damaged extends Error {
  override name = 'Damaged';
}

/** The same bytes; fails with `Damaged` behind the last of them when their SHA-256, in base64url, is another. [MED10] */
export async function* checked(content: AsyncIterable<Uint8Array>, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('base64url') !== sha256) throw new Damaged();
}
