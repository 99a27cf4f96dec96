// Blobs in a bucket of any S3 API. An object is put only where there is none, so the first one stays; what is larger than
// one part is put in parts.
import type { BlobId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { s3PartBytes } from '../kernel/engine-limits.ts';
import { blobChunkBytes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { type BlobFacts, type Blobs, type ByteRange, isBlobId } from './blobs.ts';
import type { BlobPieces } from './pieces.ts';
import { drained, type Listed, type Parts, S3Bucket, type S3Parts } from './s3-bucket.ts';
import { S3Pieces } from './s3-pieces.ts';

/** Opens the bucket, and makes it where it is missing. @throws {Unavailable} it cannot be used */
export async function openS3Blobs(parts: S3Parts): Promise<Blobs> {
  const bucket = new S3Bucket(parts);
  const there = await bucket.ask('HEAD', '', {}, [200, 404]);
  // Somebody else may make it at the same time.
  if (there.status === 404) await drained(bucket.ask('PUT', '', {}, [200, 409]));
  return new S3Blobs(bucket);
}

class S3Blobs implements Blobs {
  readonly pieces: BlobPieces;
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
    this.pieces = new S3Pieces(bucket);
  }

  async put(
    id: BlobId,
    content: AsyncIterable<Uint8Array>,
    mostBytes: number,
  ): Promise<'done' | 'exists' | 'too_large'> {
    const key = keyOf(id);
    const parts = partsOf(content, mostBytes);
    const first = await parts.next();
    if (first.done) return first.value === 'too_large' ? 'too_large' : this.#bucket.single(key, new Uint8Array(0));
    const second = await parts.next();
    if (second.done) return second.value === 'too_large' ? 'too_large' : this.#bucket.single(key, first.value);
    return this.#bucket.inParts(key, preceded([first.value, second.value], parts));
  }

  async facts(id: BlobId): Promise<BlobFacts | undefined> {
    const { status, headers } = await drained(this.#bucket.ask('HEAD', keyOf(id), {}, [200, 404]));
    if (status === 404) return undefined;
    const bytes = Number(headers.get('content-length'));
    return { id, bytes, storedAt: Date.parse(headers.get('last-modified') ?? '') };
  }

  async read(id: BlobId, { from, to }: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    if (to <= from) return (await this.facts(id)) === undefined ? undefined : pieces(null);
    const headers = { range: `bytes=${from}-${to - 1}` };
    const answer = await this.#bucket.ask('GET', keyOf(id), { headers }, [200, 206, 404, 416]);
    // 416: it ends before the range begins.
    if (answer.status === 206 || answer.status === 200) return pieces(answer.body);
    await drained(answer);
    return answer.status === 404 ? undefined : pieces(null);
  }

  async remove(ids: readonly BlobId[]): Promise<void> {
    for (const id of ids) await this.#bucket.remove(keyOf(id));
  }

  async list(after: string, limit: number): Promise<readonly BlobFacts[]> {
    const rows: BlobFacts[] = [];
    for (let last = after; rows.length < limit; ) {
      const { objects, hasMore } = await this.#bucket.list(last, limit);
      rows.push(...objects.filter(isFacts));
      const end = objects.at(-1)?.id;
      if (end === undefined || !hasMore) break;
      last = end;
    }
    return rows.slice(0, limit);
  }

  /** An upload that its process did not finish stays in the bucket until it is called off. */
  dropUnfinished(before: number): Promise<number> {
    return this.#bucket.dropUploads(before, isBlobId);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

type Bytes = Uint8Array<ArrayBuffer>;

function keyOf(id: BlobId): string {
  assert(isBlobId(id), 'a blob has an id');
  return id;
}

/** The content in pieces of one part each, the last one smaller. */
async function* partsOf(content: AsyncIterable<Uint8Array>, most: number): Parts<Bytes> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > most) return 'too_large';
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + s3PartBytes - heldBytes);
      at += piece.length;
      heldBytes += piece.length;
      held.push(piece);
      if (heldBytes < s3PartBytes) continue;
      yield Buffer.concat(held);
      held = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
  return 'whole';
}

/** What was taken of it already, and the rest. */
async function* preceded(taken: readonly Bytes[], rest: Parts<Bytes>): Parts<Bytes> {
  yield* taken;
  return yield* rest;
}

/** A body in bounded pieces. */
async function* pieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body ?? [])
      for (let at = 0; at < chunk.length; at += blobChunkBytes) yield chunk.subarray(at, at + blobChunkBytes);
  } catch (cause) {
    throw new Unavailable('The media store broke off.', { cause });
  }
}

function isFacts(listed: Listed): listed is BlobFacts {
  return isBlobId(listed.id);
}
