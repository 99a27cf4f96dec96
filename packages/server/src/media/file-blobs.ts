// Blobs as files: `61/b_a…` below one folder, where `61` is the first letter after `b_` as hexadecimal.
// A file is written and synced as `incoming/…` and gets its name only then, so a name means that it is whole.
import { link, mkdir, readdir, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { type BlobFacts, type Blobs, type ByteRange, isBlobId } from './blobs.ts';
import { exists, faults, found, incoming, readRange, syncFolder, unavailable, written } from './file-disk.ts';
import { FilePieces, piecesFolder } from './file-pieces.ts';
import type { BlobPieces } from './pieces.ts';

/** Opens the folder, for the server's user only, and makes it where it is missing. What was never finished goes. */
export async function openFileBlobs(folder: string): Promise<Blobs> {
  await rm(join(folder, incoming), { recursive: true, force: true });
  for (const name of [incoming, piecesFolder]) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  return new FileBlobs(folder);
}

class FileBlobs implements Blobs {
  readonly pieces: BlobPieces;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.pieces = new FilePieces(folder, (id, content) => this.put(id, content, Number.POSITIVE_INFINITY));
  }

  async put(
    id: BlobId,
    content: AsyncIterable<Uint8Array>,
    mostBytes: number,
  ): Promise<'done' | 'exists' | 'too_large'> {
    const path = this.#path(id);
    if (await exists(path)) return 'exists';
    return written(this.#folder, content, { mostBytes, use: (unfinished) => this.#name(unfinished, id) });
  }

  async facts(id: BlobId): Promise<BlobFacts | undefined> {
    const stats = await faults(found(stat(this.#path(id))));
    return stats === undefined ? undefined : { id, bytes: stats.size, storedAt: Math.round(stats.mtimeMs) };
  }

  async read(id: BlobId, range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    const path = this.#path(id);
    return (await exists(path)) ? readRange(path, range) : undefined;
  }

  async remove(ids: readonly BlobId[]): Promise<void> {
    for (const id of ids) await faults(rm(this.#path(id), { force: true }));
  }

  async list(after: string, limit: number): Promise<readonly BlobFacts[]> {
    const folders = await faults(readdir(this.#folder));
    const rows: BlobFacts[] = [];
    for (const name of folders.filter((each) => /^[0-9a-f]{2}$/.test(each)).sort()) {
      const ids = (await faults(readdir(join(this.#folder, name)))).filter((id) => isBlobId(id) && id > after).sort();
      for (const id of ids) {
        if (rows.length === limit) return rows;
        const facts = await this.facts(id as BlobId);
        if (facts !== undefined) rows.push(facts);
      }
    }
    return rows;
  }

  /** One process alone writes here, and cleared them away when it began. */
  async dropUnfinished(): Promise<number> {
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #path(id: BlobId): string {
    assert(isBlobId(id), 'a blob has an id');
    return join(this.#folder, shelf(id), id);
  }

  /** A link, because it fails where a rename would replace what is there. */
  async #name(unfinished: string, id: BlobId): Promise<'done' | 'exists'> {
    const folder = join(this.#folder, shelf(id));
    if ((await faults(mkdir(folder, { recursive: true, mode: 0o700 }))) !== undefined) await syncFolder(this.#folder);
    try {
      await link(unfinished, join(folder, id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists';
      throw unavailable(error);
    }
    await unlink(unfinished);
    await syncFolder(folder);
    return 'done';
  }
}

/** Hexadecimal, so that the order of folders is the order of ids on every file system. */
function shelf(id: BlobId): string {
  return Buffer.from(id.slice(2, 3), 'latin1').toString('hex');
}
