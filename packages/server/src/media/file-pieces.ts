// Pieces of blobs as files: `pieces/b_a…/7` below the folder of blobs, each whole before it has that name.
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { type Blobs, isBlobId } from './blobs.ts';
import { faults, found, readRange, syncFolder, written } from './file-disk.ts';
import type { BlobPieces } from './pieces.ts';

/** Below the folder of blobs. No backup copies it. */
export const piecesFolder = 'pieces';

type Put = (id: BlobId, content: AsyncIterable<Uint8Array>) => ReturnType<Blobs['put']>;

export class FilePieces implements BlobPieces {
  readonly #folder: string;
  readonly #put: Put;

  /** `put` makes a blob, as the folder's own does. */
  constructor(folder: string, put: Put) {
    this.#folder = folder;
    this.#put = put;
  }

  async keep(id: BlobId, n: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    const own = this.#own(id);
    const use = async (unfinished: string) => {
      const made = await faults(mkdir(own, { recursive: true, mode: 0o700 }));
      await faults(rename(unfinished, join(own, String(n))));
      await syncFolder(own);
      if (made !== undefined) await syncFolder(join(this.#folder, piecesFolder));
    };
    await written(this.#folder, content, { mostBytes: Number.POSITIVE_INFINITY, use });
  }

  async kept(id: BlobId): Promise<readonly number[]> {
    const names = (await faults(found(readdir(this.#own(id))))) ?? [];
    return names.map(Number).sort((a, b) => a - b);
  }

  async join(id: BlobId, count: number): Promise<'done' | 'exists' | 'missing'> {
    const kept = await this.kept(id);
    for (let n = 0; n < count; n++) if (kept[n] !== n) return 'missing';
    const outcome = await this.#put(id, this.#joined(id, count));
    await this.drop(id);
    return outcome === 'done' ? 'done' : 'exists';
  }

  async drop(id: BlobId): Promise<void> {
    await faults(rm(this.#own(id), { recursive: true, force: true }));
  }

  async begun(after: string, limit: number): Promise<readonly BlobId[]> {
    const names = await faults(readdir(join(this.#folder, piecesFolder)));
    return names
      .filter((name): name is BlobId => isBlobId(name) && name > after)
      .sort()
      .slice(0, limit);
  }

  async *#joined(id: BlobId, count: number): AsyncGenerator<Uint8Array> {
    const all = { from: 0, to: Number.POSITIVE_INFINITY };
    for (let n = 0; n < count; n++) yield* readRange(join(this.#own(id), String(n)), all);
  }

  #own(id: BlobId): string {
    assert(isBlobId(id), 'a blob has an id');
    return join(this.#folder, piecesFolder, id);
  }
}
