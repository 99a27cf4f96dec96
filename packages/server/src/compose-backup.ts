// Copies of a running server and their way back. A backup is a folder: store, then log up to a moment, then directory,
// then files, then a note that is written last and makes it whole. Restoring puts such a folder in the place of a stopped server's
// data and marks it, so that the next start raises the epoch and clients know that something may be missing.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { blobFolder, files, logFolder } from './compose-files.ts';
import type { Directory } from './directory/directory.ts';
import type { Clock } from './kernel/clock.ts';
import type { FileLog } from './log/file-log.ts';
import { manifestName } from './log/manifest.ts';
import type { Store } from './store/store.ts';

/** What stands in `backup.json`. */
export interface BackupNote {
  readonly format: 1;
  readonly version: string;
  /** RFC 3339. */
  readonly created_at: string;
  readonly log_id: string;
  readonly epoch: number;
  /** Records that it holds: the offset of the next one. */
  readonly log_end: number;
}

/** What a backup is made of. */
export interface BackupParts {
  readonly log: FileLog;
  readonly store: Store;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly logFolder: string;
  readonly blobFolder: string;
  /** No file is removed until what is returned was called. */
  readonly holdFiles: () => Promise<() => void>;
  readonly version: string;
  readonly epoch: () => number;
}

/** The backup cannot be made or used, in words for the operator. */
export class BackupRefused extends Error {
  override name = 'BackupRefused';
}

const noteName = 'backup.json';
const restoredName = 'restored';
/** Settings and port of this machine, which no backup holds. */
const ownFiles = ['parley.env', 'port'];
const copyChunkBytes = 1024 * 1024;

/** Copies everything into `target`, which must not exist. Resolves when it is whole and synced. */
export async function makeBackup(
  parts: BackupParts,
  target: string,
  note: (text: string) => void,
): Promise<BackupNote> {
  const { log, store, directory } = parts;
  if (store.copyTo === undefined || directory.copyTo === undefined)
    throw new BackupRefused('This engine has its own backups.');
  if (existsSync(target)) throw new BackupRefused(`${target} exists. Name a folder that is not there yet.`);
  const unfinished = `${target}.unfinished-${randomUUID().slice(0, 8)}`;
  await mkdir(join(unfinished, logFolder), { recursive: true, mode: 0o700 });
  const letGo = log.hold();
  const letFilesGo = await parts.holdFiles();
  try {
    note('Copying the store …');
    await store.copyTo(join(unfinished, files.store));
    note('Copying the log …');
    const extent = log.extent();
    for (const file of extent.files)
      await copyBytes(join(parts.logFolder, file.name), join(unfinished, logFolder, file.name), file.bytes);
    await writeSynced(join(unfinished, logFolder, manifestName), extent.manifest);
    note('Copying the directory …');
    await directory.copyTo(join(unfinished, files.directory));
    note('Copying the files …');
    await copyBlobs(parts.blobFolder, join(unfinished, blobFolder));
    const written: BackupNote = {
      format: 1,
      version: parts.version,
      created_at: new Date(parts.clock.now()).toISOString(),
      log_id: log.id,
      epoch: parts.epoch(),
      log_end: extent.end,
    };
    await writeSynced(join(unfinished, noteName), Buffer.from(`${JSON.stringify(written)}\n`));
    await syncFolder(join(unfinished, logFolder));
    await syncFolder(unfinished);
    await rename(unfinished, target);
    await syncFolder(dirname(target));
    return written;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  } finally {
    letFilesGo();
    letGo();
  }
}

/** What a finished backup says of itself. @throws {BackupRefused} it is none, or of a newer program */
export function readBackupNote(backup: string): BackupNote {
  let note: { readonly format?: unknown } & Partial<BackupNote>;
  try {
    note = JSON.parse(readFileSync(join(backup, noteName), 'utf8')) as BackupNote;
  } catch (error) {
    throw new BackupRefused(`${backup} is not a whole backup: it has no readable ${noteName}.`, { cause: error });
  }
  if (note.format !== 1) throw new BackupRefused(`${backup} was made by a newer program. Restore it with that one.`);
  return note as BackupNote;
}

/**
 * Puts a copy of the backup at `data`. What stood there is kept beside it under the name that is returned.
 * The caller has made sure that no server runs on `data`.
 */
export async function restoreBackup(
  backup: string,
  data: string,
  clock: Clock,
): Promise<{ readonly note: BackupNote; readonly kept: string | null }> {
  const from = resolve(backup);
  const note = readBackupNote(from);
  const unfinished = `${data}.restoring-${randomUUID().slice(0, 8)}`;
  try {
    await copyFolder(from, unfinished);
    const time = Math.max(clock.now(), 1_000 * (epochAt(data) + 1));
    await writeSynced(join(unfinished, restoredName), Buffer.from(`${time}\n`));
    await writeSynced(join(unfinished, files.lock), new Uint8Array());
    await syncFolder(unfinished);
    for (const own of ownFiles) if (existsSync(join(data, own))) await copyFile(join(data, own), join(unfinished, own));
    const kept = keepOld(data, clock);
    await rename(unfinished, data);
    await syncFolder(dirname(data));
    return { note, kept };
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** The epoch of what is being replaced, should the clock have been set back since; 0 where it cannot be read. */
function epochAt(data: string): number {
  const mark = Math.floor((restoredAt(data) ?? 0) / 1_000);
  const path = join(data, files.store);
  if (!existsSync(path)) return mark;
  try {
    const store = new DatabaseSync(path, { readOnly: true });
    const row = store.prepare("SELECT value FROM facts WHERE name = 'epoch'").get();
    store.close();
    return Math.max(mark, Number(row?.value ?? 1));
  } catch {
    // What is damaged is replaced all the same: that is what a restore is for.
    return mark;
  }
}

/** When this folder was restored and the server has not said so yet: milliseconds since the Unix epoch. */
export function restoredAt(data: string): number | null {
  const path = join(data, restoredName);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : null;
}

/** The new epoch stands in the log. */
export function forgetRestore(data: string): void {
  rmSync(join(data, restoredName), { force: true });
}

/** Higher than any epoch that a client can have seen of this server, whichever backup it was restored from. */
export function epochAfterRestore(epoch: number, restoredAtMs: number): number {
  return Math.max(epoch + 1, Math.floor(restoredAtMs / 1000));
}

function keepOld(data: string, clock: Clock): string | null {
  if (!existsSync(data)) return null;
  const stamp = new Date(clock.now()).toISOString().replace(/[:.]/g, '-');
  const kept = join(dirname(data), `${basename(data)}.before-restore-${stamp}`);
  renameSync(data, kept);
  return kept;
}

/** Blobs never change, so each is copied as it is; what is still being put is not. */
async function copyBlobs(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const shelf of await readdir(from)) {
    if (!/^[0-9a-f]{2}$/.test(shelf)) continue;
    await copyFolder(join(from, shelf), join(to, shelf));
  }
  await syncFolder(to);
}

/** Files and the folders below; nothing else stands in a backup. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of await readdir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (statSync(source).isDirectory()) await copyFolder(source, target);
    else if (name !== noteName) {
      await copyFile(source, target);
      await chmod(target, 0o600);
      await syncFolder(target);
    }
  }
  await syncFolder(to);
}

/** The first `length` bytes of a file that may grow meanwhile. */
async function copyBytes(from: string, to: string, length: number): Promise<void> {
  const source = await open(from, 'r');
  const target = await open(to, 'wx', 0o600);
  try {
    const chunk = Buffer.allocUnsafe(copyChunkBytes);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, length - at), at);
      if (bytesRead === 0) throw new BackupRefused(`${from} is shorter than it should be; the disk may be damaged.`);
      await target.write(chunk, 0, bytesRead);
      at += bytesRead;
    }
    await target.sync();
  } finally {
    await source.close();
    await target.close();
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes, { mode: 0o600, flush: true });
}

/** Also of a file: whatever is there is on disk. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
