// Room for a file, found before its first byte comes: a row says which message it is for and what it takes.
import type { FileRow, Files } from '../directory/files.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Blobs } from '../media/blobs.ts';

/** What files stand on. */
export interface FileParts {
  readonly files: Files;
  /** Null: this server keeps no files. */
  readonly blobs: Blobs | null;
  readonly clock: Clock;
  /** What all files of an account may take. */
  readonly bytesPerAccount: number;
}

/** False: the files of the account would take too much. `before`: the row that it replaces. [MED2] */
export async function findRoom(
  { files, clock, bytesPerAccount }: FileParts,
  row: Omit<FileRow, 'createdAt'>,
  before: FileRow | undefined,
): Promise<boolean> {
  const used = (await files.bytesOf(row.account)) - (before?.bytes ?? 0);
  if (used + row.bytes > bytesPerAccount) return false;
  await files.add({ ...row, createdAt: clock.now() });
  return true;
}
