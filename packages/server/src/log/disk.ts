// Port of the folder that holds a log: the few operations that durability is made of. Each promise says what a power
// cut may undo. An adapter must never retry, reorder or hide an error: the log decides what an error means.

/** One folder of files, owned by one log. */
export interface Disk {
  /** Names of the files that are there, in no order. */
  list(): Promise<readonly string[]>;
  /** An empty file, to be written and read. What stood under the name is gone. The name is durable after `syncFolder`. */
  create(name: string): Promise<DiskFile>;
  /** A file that exists, to be read. */
  open(name: string): Promise<DiskFile>;
  /** Atomic; replaces what stands under `to`. Durable after `syncFolder`. Open files stay usable. */
  rename(from: string, to: string): Promise<void>;
  /** Durable after `syncFolder`. */
  remove(name: string): Promise<void>;
  /** All names are durable as they are now. */
  syncFolder(): Promise<void>;
}

/** An open file. */
export interface DiskFile {
  /** Bytes. */
  size(): Promise<number>;
  /** Fills `into` from `position` on; answers how many bytes, fewer only at the file's end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /**
   * All of `bytes`, at `position`. Until `datasync`, a power cut keeps any of its pages and loses the others.
   * @throws {DiskFull} some of it may stand in the file
   */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** What was written before is durable. When it throws, nobody knows what is, and a later success proves nothing. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** No space, or no quota, left. It may come back. */
export class DiskFull extends Error {
  override name = 'DiskFull';
}

/** A sync failed: what it covered may be lost although it can still be read. The process must end. */
export class SyncFailed extends Error {
  override name = 'SyncFailed';
}

/** Syncs a file, telling a failed sync from every other fault. */
export async function syncFile(file: DiskFile): Promise<void> {
  try {
    await file.datasync();
  } catch (cause) {
    throw new SyncFailed('A file of the log could not be synced to the disk.', { cause });
  }
}

/** Syncs the folder's names, telling a failed sync from every other fault. */
export async function syncNames(disk: Disk): Promise<void> {
  try {
    await disk.syncFolder();
  } catch (cause) {
    throw new SyncFailed('The folder of the log could not be synced to the disk.', { cause });
  }
}

/** A whole small file, durable when it resolves: written beside, synced, renamed over. Answers the open file. */
export async function putFile(disk: Disk, name: string, bytes: Uint8Array): Promise<DiskFile> {
  const beside = `${name}${unfinished}`;
  const file = await disk.create(beside);
  try {
    await file.write(bytes, 0);
    await syncFile(file);
    await disk.rename(beside, name);
    await syncNames(disk);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}

/** Ends the name of a file that is being written; at start-up such a file is rubbish. */
export const unfinished = '.new';
