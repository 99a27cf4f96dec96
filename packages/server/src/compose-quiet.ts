// The engines of a stopped server's folder, opened for an operator's command and closed after it. Nothing is applied
// and nobody is served; the folder is locked meanwhile.
import { openData } from './compose-data.ts';
import { blobFolder, logFolder } from './compose-files.ts';
import type { Directory } from './directory/directory.ts';
import { openDataFolder } from './host/data-folder.ts';
import type { FileLog } from './log/file-log.ts';
import type { Blobs } from './media/blobs.ts';
import type { SqliteStore } from './store/sqlite-store.ts';

/** What was opened. */
export interface QuietData extends AsyncDisposable {
  readonly log: FileLog;
  readonly store: SqliteStore;
  readonly directory: Directory;
  readonly logFolder: string;
  readonly blobs: Blobs;
  readonly blobFolder: string;
  readonly epoch: number;
}

/**
 * Opens a folder that no server uses.
 * @throws {FolderRefused | LogRefused | UnusableStore | UnusableDirectory} with words for the operator
 */
export async function openQuietly(path: string): Promise<QuietData> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(openDataFolder(path));
  const fatal: Error[] = [];
  const onFatal = (error: Error) => void fatal.push(error);
  const { log, store, directory, blobs } = await openData(folder, { onFatal }, opened);
  const epoch = Number((await store.get('facts', ['epoch']))?.value ?? 1);
  const [first] = fatal;
  if (first !== undefined) throw first;
  const closing = opened.move();
  return {
    log,
    store,
    directory,
    logFolder: folder.file(logFolder),
    blobs,
    blobFolder: folder.file(blobFolder),
    epoch,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}
