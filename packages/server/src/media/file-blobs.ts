// Blobs as files: `61/b_a…` below one folder, where `61` is the first letter after `b_` as hexadecimal.
// A file is written and synced as `incoming/…` and gets its name only then, so a name means that it is whole.
import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import { blobChunkBytes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { type BlobFacts, type Blobs, type ByteRange, isBlobId } from './blobs.ts';

const incoming = 'incoming';

/** Opens the folder, for the server's user only, and makes it where it is missing. What was never finished goes. */
export async function openFileBlobs(folder: string): Promise<Blobs> {
  await rm(join(folder, incoming), { recursive: true, force: true });
  await mkdir(join(folder, incoming), { recursive: true, mode: 0o700 });
  return new FileBlobs(folder);
}

class FileBlobs implements Blobs {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(
    id: BlobId,
    content: AsyncIterable<Uint8Array>,
    mostBytes: number,
  ): Promise<'done' | 'exists' | 'too_large'> {
    const path = this.#path(id);
    if (await exists(path)) return 'exists';
    const unfinished = join(this.#folder, incoming, randomUUID());
    const file = await faults(open(unfinished, 'wx', 0o600));
    try {
      if (!(await writeAll(file, content, mostBytes))) return 'too_large';
      await faults(file.sync());
      return await this.#name(unfinished, id);
    } finally {
      await file.close();
      await rm(unfinished, { force: true });
    }
  }

  async facts(id: BlobId): Promise<BlobFacts | undefined> {
    const stats = await faults(found(stat(this.#path(id))));
    return stats === undefined ? undefined : { id, bytes: stats.size, storedAt: Math.round(stats.mtimeMs) };
  }

  async read(id: BlobId, range: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    const path = this.#path(id);
    return (await exists(path)) ? pieces(path, range) : undefined;
  }

  async remove(ids: readonly BlobId[]): Promise<void> {
    for (const id of ids) await faults(rm(this.#path(id), { force: true }));
  }

  async list(after: string, limit: number): Promise<readonly BlobFacts[]> {
    const folders = await faults(readdir(this.#folder));
    const rows: BlobFacts[] = [];
    for (const name of folders.filter((each) => each !== incoming).sort()) {
      const ids = (await faults(readdir(join(this.#folder, name)))).filter((id) => isBlobId(id) && id > after).sort();
      for (const id of ids) {
        if (rows.length === limit) return rows;
        const facts = await this.facts(id as BlobId);
        if (facts !== undefined) rows.push(facts);
      }
    }
    return rows;
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

/** False: there is more than `most` bytes. */
async function writeAll(file: FileHandle, content: AsyncIterable<Uint8Array>, most: number): Promise<boolean> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > most) return false;
    for (let at = 0; at < chunk.length; ) at += (await faults(file.write(chunk, at, chunk.length - at))).bytesWritten;
  }
  return true;
}

async function* pieces(path: string, { from, to }: ByteRange): AsyncGenerator<Uint8Array> {
  const file = await faults(open(path, 'r'));
  try {
    for (let at = from; at < to; ) {
      const { bytesRead, buffer } = await faults(
        file.read(Buffer.alloc(Math.min(blobChunkBytes, to - at)), 0, null, at),
      );
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return (await faults(found(stat(path)))) !== undefined;
}

/** Undefined where there is no such file. */
function found<Value>(work: Promise<Value>): Promise<Value | undefined> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

function faults<Value>(work: Promise<Value>): Promise<Value> {
  return work.catch((error: unknown) => {
    throw unavailable(error);
  });
}

function unavailable(cause: unknown): Unavailable {
  const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
  return new Unavailable(isFull ? 'The disk is full.' : 'The media folder cannot be used.', { cause });
}

/** Windows has no handle for folders and journals names by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await faults(open(path, 'r'));
  try {
    await faults(handle.sync());
  } finally {
    await handle.close();
  }
}
