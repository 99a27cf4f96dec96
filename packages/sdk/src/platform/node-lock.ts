// A lock that the system lets go when its process ends, however it ends: an exclusive transaction on an empty SQLite
// file. It also excludes a second holder in the same process.
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ChatError } from '../error.ts';

/**
 * Makes a file that only its owner can read, when it is not there. One that is there is left alone: closing a file lets
 * go of every lock that this process has on it.
 */
export function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The lock, or null when somebody has it. The file must be there. */
export function tryLock(path: string): { release(): void } | null {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return { release: () => lock.isOpen && lock.close() };
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw new ChatError('client.storage', { cause: error });
    return null;
  }
}

export function isSqlite(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

function isBusy(error: unknown): boolean {
  return isSqlite(error) && (error as { readonly errcode?: unknown }).errcode === 5;
}
