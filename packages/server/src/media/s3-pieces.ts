// Pieces of blobs in a bucket: an object each, `pieces/b_a…/7`, until the engine itself copies them into one.
import type { BlobId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { Unavailable } from '../kernel/result.ts';
import { isBlobId } from './blobs.ts';
import type { BlobPieces } from './pieces.ts';
import type { Parts, S3Bucket } from './s3-bucket.ts';

const prefix = 'pieces/';
/** More than the pieces of one blob. */
const pageObjects = 1_000;

export class S3Pieces implements BlobPieces {
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  async keep(id: BlobId, n: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    await this.#bucket.replace(keyOf(id, n), Buffer.concat(chunks));
  }

  async kept(id: BlobId): Promise<readonly number[]> {
    const own = keyOf(id, '');
    const { objects } = await this.#bucket.list('', pageObjects, own);
    return objects.map(({ id: key }) => Number(key.slice(own.length))).sort((a, b) => a - b);
  }

  async join(id: BlobId, count: number): Promise<'done' | 'exists' | 'missing'> {
    const kept = await this.kept(id);
    for (let n = 0; n < count; n++) if (kept[n] !== n) return 'missing';
    const outcome = await this.#bucket.inParts(id, copies(id, count));
    // Whoever was first may have failed after all.
    if (outcome !== 'done' && !(await this.#bucket.has(id))) throw new Unavailable('The media store was busy.');
    await this.#remove(id, kept);
    return outcome === 'done' ? 'done' : 'exists';
  }

  async drop(id: BlobId): Promise<void> {
    await this.#remove(id, await this.kept(id));
  }

  async begun(after: string, limit: number): Promise<readonly BlobId[]> {
    // All of a blob's keys are below this one.
    const { objects } = await this.#bucket.list(after === '' ? '' : `${prefix}${after}0`, pageObjects, prefix);
    const ids = objects.map(({ id: key }) => key.split('/')[1] ?? '').filter(isBlobId);
    return [...new Set(ids)].slice(0, limit);
  }

  async #remove(id: BlobId, kept: readonly number[]): Promise<void> {
    for (const n of kept) await this.#bucket.remove(keyOf(id, n));
  }
}

async function* copies(id: BlobId, count: number): Parts {
  for (let n = 0; n < count; n++) yield { copyOf: keyOf(id, n) };
  return 'whole';
}

function keyOf(id: BlobId, n: number | ''): string {
  assert(isBlobId(id), 'a blob has an id');
  return `${prefix}${id}/${n}`;
}
