// What blobs and their pieces do with a disk: written and synced under a name of their own before anybody sees them, read
// in bounded pieces, and every fault of it `Unavailable`.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { blobChunkBytes } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { ByteRange } from './blobs.ts';

/** Where what is being written stands, below the folder of blobs. What a dead process left there is removed by the next. */
export const incoming = 'incoming';

/** Writes and syncs `content`, has `use` give it its name, and leaves nothing else behind. */
export async function written<Value>(
  folder: string,
  content: AsyncIterable<Uint8Array>,
  { mostBytes, use }: { readonly mostBytes: number; readonly use: (unfinished: string) => Promise<Value> },
): Promise<Value | 'too_large'> {
  const unfinished = join(folder, incoming, randomUUID());
  const file = await faults(open(unfinished, 'wx', 0o600));
  try {
    if (!(await writeAll(file, content, mostBytes))) return 'too_large';
    await faults(file.sync());
    return await use(unfinished);
  } finally {
    await file.close();
    await rm(unfinished, { force: true });
  }
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

/** A range of a file. */
export async function* readRange(path: string, { from, to }: ByteRange): AsyncGenerator<Uint8Array> {
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

export async function exists(path: string): Promise<boolean> {
  return (await faults(found(stat(path)))) !== undefined;
}

/** Undefined where there is no such file. */
export function found<Value>(work: Promise<Value>): Promise<Value | undefined> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

export function faults<Value>(work: Promise<Value>): Promise<Value> {
  return work.catch((error: unknown) => {
    throw unavailable(error);
  });
}

export function unavailable(cause: unknown): Unavailable {
  const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
  return new Unavailable(isFull ? 'The disk is full.' : 'The media folder cannot be used.', { cause });
}

/** Windows has no handle for folders and journals names by itself. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await faults(open(path, 'r'));
  try {
    await faults(handle.sync());
  } finally {
    await handle.close();
  }
}
