// Blobs in memory, for tests and the simulation.
import type { BlobId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import type { Clock } from '../kernel/clock.ts';
import { blobChunkBytes } from '../kernel/limits.ts';
import { type BlobFacts, type Blobs, type ByteRange, isBlobId } from './blobs.ts';
import type { BlobPieces } from './pieces.ts';

interface Kept {
  readonly content: Uint8Array;
  readonly storedAt: number;
}

/** Nothing is durable. */
export class MemoryBlobs implements Blobs {
  readonly #clock: Clock;
  readonly #blobs = new Map<BlobId, Kept>();
  readonly pieces: BlobPieces;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.pieces = memoryPieces((id, content) => this.put(id, content, Number.POSITIVE_INFINITY));
  }

  async put(
    id: BlobId,
    content: AsyncIterable<Uint8Array>,
    mostBytes: number,
  ): Promise<'done' | 'exists' | 'too_large'> {
    assert(isBlobId(id), 'a blob has an id');
    if (this.#blobs.has(id)) return 'exists';
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of content) {
      bytes += chunk.length;
      if (bytes > mostBytes) return 'too_large';
      chunks.push(Uint8Array.from(chunk));
    }
    if (this.#blobs.has(id)) return 'exists';
    this.#blobs.set(id, { content: Buffer.concat(chunks), storedAt: this.#clock.now() });
    return 'done';
  }

  async facts(id: BlobId): Promise<BlobFacts | undefined> {
    const kept = this.#blobs.get(id);
    return kept === undefined ? undefined : { id, bytes: kept.content.length, storedAt: kept.storedAt };
  }

  async read(id: BlobId, { from, to }: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    const kept = this.#blobs.get(id);
    return kept === undefined ? undefined : pieces(kept.content.subarray(from, to));
  }

  async remove(ids: readonly BlobId[]): Promise<void> {
    for (const id of ids) this.#blobs.delete(id);
  }

  async list(after: string, limit: number): Promise<readonly BlobFacts[]> {
    const ids = [...this.#blobs.keys()].filter((id) => id > after).sort();
    return ids.slice(0, limit).map((id) => {
      const { content, storedAt } = this.#blobs.get(id) as Kept;
      return { id, bytes: content.length, storedAt };
    });
  }

  async dropUnfinished(_before: number): Promise<number> {
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#blobs.clear();
  }
}

/** Pieces of blobs; `put` makes one of them. */
function memoryPieces(put: (id: BlobId, content: AsyncIterable<Uint8Array>) => ReturnType<Blobs['put']>): BlobPieces {
  const all = new Map<BlobId, Map<number, Uint8Array>>();
  return {
    async keep(id, n, content) {
      assert(isBlobId(id), 'a blob has an id');
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
      const own = all.get(id) ?? new Map<number, Uint8Array>();
      own.set(n, Buffer.concat(chunks));
      all.set(id, own);
    },
    kept: async (id) => [...(all.get(id)?.keys() ?? [])].sort((a, b) => a - b),
    async join(id, count) {
      const own = all.get(id);
      const pieces = Array.from({ length: count }, (_, n) => own?.get(n)).filter((piece) => piece !== undefined);
      if (pieces.length < count) return 'missing';
      const whole = async function* () {
        yield* pieces;
      };
      const outcome = await put(id, whole());
      all.delete(id);
      return outcome === 'done' ? 'done' : 'exists';
    },
    async drop(id) {
      all.delete(id);
    },
    begun: async (after, limit) =>
      [...all.keys()]
        .filter((id) => id > after)
        .sort()
        .slice(0, limit),
  };
}

async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += blobChunkBytes) yield content.slice(at, at + blobChunkBytes);
}
