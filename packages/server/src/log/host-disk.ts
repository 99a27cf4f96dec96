// The log's folder on the host's file system. It translates "no space" and nothing else, and never retries: a failed
// sync in particular is reported as it is, because the kernel forgets what it could not write.
import * as fs from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Disk, type DiskFile, DiskFull } from './disk.ts';

/** Opens the folder, for the server's user only, and creates it (durably) when it is missing. */
export async function openHostDisk(folder: string): Promise<Disk> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncFolder(dirname(made));
  return {
    list: () => readdir(folder),
    create: (name) => openFile(join(folder, name), fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC),
    open: (name) => openFile(join(folder, name), fs.constants.O_RDONLY),
    rename: (from, to) => rename(join(folder, from), join(folder, to)).catch(translate),
    remove: (name) => rm(join(folder, name)),
    syncFolder: () => syncFolder(folder),
  };
}

/** Windows has no handle for folders and journals names by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, fs.constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function openFile(path: string, flags: number): Promise<DiskFile> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o600, (error, fd) => (error === null ? resolve(new HostFile(fd)) : reject(faultOf(error))));
  });
}

/** Callbacks instead of file handles: a batch costs two of these calls, and they are the cheaper half. */
class HostFile implements DiskFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  size(): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.fstat(this.#fd, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
    });
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let filled = 0;
    while (filled < into.length) {
      const got = await this.#readOnce(into, filled, position + filled);
      if (got === 0) break;
      filled += got;
    }
    return filled;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) written += await this.#writeOnce(bytes, written, position + written);
  }

  datasync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.close(this.#fd, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    });
  }

  #readOnce(into: Uint8Array, from: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.#fd, into, from, into.length - from, position, (error, got) =>
        error === null ? resolve(got) : reject(error),
      );
    });
  }

  #writeOnce(bytes: Uint8Array, from: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.write(this.#fd, bytes, from, bytes.length - from, position, (error, written) =>
        error === null ? resolve(written) : reject(faultOf(error)),
      );
    });
  }
}

function translate(error: unknown): never {
  throw error instanceof Error ? faultOf(error) : error;
}

function faultOf(error: NodeJS.ErrnoException): Error {
  return error.code === 'ENOSPC' || error.code === 'EDQUOT' ? new DiskFull(error.code, { cause: error }) : error;
}
