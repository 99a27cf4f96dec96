// The engines of one data folder, in the order in which a first start makes them: directory, store, log, files. Each is
// made whole or not at all, so that what is there tells what must be there. It must never put a new, empty one in the
// place of one that somebody took away, and a refusal leaves the folder as it was.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { blobFolder, files, logFolder } from './compose-files.ts';
import type { Directory } from './directory/directory.ts';
import { openSqliteDirectory } from './directory/sqlite-directory.ts';
import type { DataFolder } from './host/data-folder.ts';
import { hostClock } from './kernel/clock.ts';
import { hostRandom } from './kernel/random.ts';
import { FileLog } from './log/file-log.ts';
import { openHostDisk } from './log/host-disk.ts';
import { type KnownLog, lost } from './log/log.ts';
import { manifestName } from './log/manifest.ts';
import type { Blobs } from './media/blobs.ts';
import { openFileBlobs } from './media/file-blobs.ts';
import { openSqliteStore, type SqliteStore } from './store/sqlite-store.ts';

/** What was opened. */
export interface Data {
  readonly log: FileLog;
  readonly store: SqliteStore;
  readonly directory: Directory;
  readonly blobs: Blobs;
  /** The directory knows files, and not one is there. */
  readonly lacksFiles: boolean;
}

/** How it is opened. */
export interface DataOptions {
  /** An engine failed for good. */
  readonly onFatal: (error: Error) => void;
  /** See `FileLogOptions`. */
  readonly onFault?: (error: Error) => void;
  /** The directory is not written any more. */
  readonly stopped?: (why: string) => void;
  /** See `FileLogOptions`. */
  readonly defer?: (task: () => void) => void;
}

/**
 * Opens them; they are closed with `opened`.
 * @throws {LogRefused | UnusableStore | UnusableDirectory} with words for the operator
 */
export async function openData(
  folder: DataFolder,
  { onFatal, onFault, stopped, defer }: DataOptions,
  opened: AsyncDisposableStack,
): Promise<Data> {
  const directoryOptions = { mustExist: hadDirectory(folder), ...(stopped && { stopped }) };
  const directory = opened.use(await openSqliteDirectory(folder.file(files.directory), directoryOptions));
  const store = opened.use(await openSqliteStore(folder.file(files.store), { onFatal }));
  const known = await knownLog(store, directory);
  if (known !== null && !existsSync(folder.file(logFolder))) throw lost();
  const disk = await openHostDisk(folder.file(logFolder));
  const fixed = { disk, clock: hostClock, random: hostRandom, onFatal, known };
  const logOptions = { ...fixed, ...(onFault && { onFault }), ...(defer && { defer }) };
  const log = opened.use(await FileLog.open(logOptions));
  const lacksFiles = !hasFiles(folder.file(blobFolder)) && (await directory.files.list(null, 1)).rows.length > 0;
  const blobs = opened.use(await openFileBlobs(folder.file(blobFolder)));
  return { log, store, directory, blobs, lacksFiles };
}

/** Store and log are made after it. */
function hadDirectory(folder: DataFolder): boolean {
  return existsSync(folder.file(files.store)) || existsSync(join(folder.file(logFolder), manifestName));
}

/** What is known of the log without it: nobody has an account, and nothing is applied, before there is one. */
async function knownLog(store: SqliteStore, directory: Directory): Promise<KnownLog | null> {
  const applied = store.applied();
  if (applied !== null) return { id: applied.logId };
  return (await directory.people.counts()).accounts > 0 ? { id: null } : null;
}

/** Whether any file of people is there, or was. */
function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => /^[0-9a-f]{2}$/.test(name));
}
