// Files on an engine that may not be there when the server starts, nor for a while after: it is opened by whoever needs it
// first, and tried again by the next one when that failed. What is not there is `Unavailable`; messages go on without it.
import type { BlobId } from '@parley/protocol';
import { Unavailable } from '../kernel/result.ts';
import type { BlobFacts, Blobs, ByteRange } from './blobs.ts';
import type { BlobPieces } from './pieces.ts';

export class LateBlobs implements Blobs {
  readonly #open: () => Promise<Blobs>;
  readonly #tell: (fault: Unavailable | null) => void;
  #opened: Promise<Blobs> | null = null;
  readonly pieces: BlobPieces = {
    keep: (id, n, content) => this.#ask(({ pieces }) => pieces.keep(id, n, content)),
    kept: (id) => this.#ask(({ pieces }) => pieces.kept(id)),
    join: (id, count) => this.#ask(({ pieces }) => pieces.join(id, count)),
    drop: (id) => this.#ask(({ pieces }) => pieces.drop(id)),
    begun: (after, limit) => this.#ask(({ pieces }) => pieces.begun(after, limit)),
  };

  /** `tell` hears how it went, each time that the engine was asked for something; null: well. */
  constructor(open: () => Promise<Blobs>, tell: (fault: Unavailable | null) => void) {
    this.#open = open;
    this.#tell = tell;
  }

  put(id: BlobId, content: AsyncIterable<Uint8Array>, mostBytes: number): Promise<'done' | 'exists' | 'too_large'> {
    return this.#ask((blobs) => blobs.put(id, content, mostBytes));
  }

  facts(id: BlobId): Promise<BlobFacts | undefined> {
    return this.#ask((blobs) => blobs.facts(id));
  }

  read(id: BlobId, range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.#ask((blobs) => blobs.read(id, range));
  }

  remove(ids: readonly BlobId[]): Promise<void> {
    return this.#ask((blobs) => blobs.remove(ids));
  }

  list(after: string, limit: number): Promise<readonly BlobFacts[]> {
    return this.#ask((blobs) => blobs.list(after, limit));
  }

  dropUnfinished(before: number): Promise<number> {
    return this.#ask((blobs) => blobs.dropUnfinished(before));
  }

  /** Opens it now, so that an operator hears at the start when that fails. Never rejects. */
  async look(): Promise<void> {
    await this.#ask(async () => {}).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    await opened?.[Symbol.asyncDispose]();
  }

  async #ask<T>(work: (blobs: Blobs) => Promise<T>): Promise<T> {
    try {
      const answer = await work(await this.#engine());
      this.#tell(null);
      return answer;
    } catch (error) {
      // Others are whoever's whose bytes broke off.
      if (error instanceof Unavailable) this.#tell(error);
      throw error;
    }
  }

  #engine(): Promise<Blobs> {
    if (this.#opened !== null) return this.#opened;
    const opening = this.#open();
    this.#opened = opening;
    opening.catch(() => {
      this.#opened = null;
    });
    return opening;
  }
}
