// What SQLite's errors mean to the store. The texts name no row, no value and no path: they may be logged.
import { AssertionFailure } from '../kernel/assert.ts';

/**
 * `unavailable`: nothing happened, trying again is right (full, busy). `fatal`: what is on disk is not what we think
 * (damage, or a sync that failed: a second one may lie), so nothing may be written or acknowledged any more.
 * `bug`: ours; only this request fails.
 */
export type Fault = 'unavailable' | 'fatal' | 'bug';

export interface Failure {
  readonly fault: Fault;
  readonly text: string;
}

/** A row that was read is not the row that was written. */
export class DamagedRow extends Error {
  override name = 'DamagedRow';
}

export const damageAdvice =
  'Stop the server, look at it with `parley doctor`, and restore a backup with `parley restore`.';

const sqliteInternal = 2;
const sqliteIoError = 10;
const sqliteCorrupt = 11;
const sqliteNotDatabase = 26;
const sqliteBusy = 5;
const sqliteLocked = 6;
const sqliteReadOnly = 8;
const sqliteFull = 13;
const sqliteCannotOpen = 14;

/** What to do about an error that one of the threads met. */
export function failureOf(error: unknown): Failure {
  if (error instanceof DamagedRow) return { fault: 'fatal', text: `The store is damaged. ${damageAdvice}` };
  const code = sqliteCode(error);
  const refusal = systemCode(error);
  if (refusal !== null) return { fault: 'unavailable', text: `The file system refuses (${refusal}).` };
  if (code === null) return { fault: 'bug', text: describeBug(error) };
  if (code === sqliteCorrupt || code === sqliteNotDatabase)
    return { fault: 'fatal', text: `The store is damaged. ${damageAdvice}` };
  if (code === sqliteIoError)
    return { fault: 'fatal', text: 'The disk under the store failed to read, write or sync.' };
  if (code === sqliteFull) return { fault: 'unavailable', text: 'The disk under the store is full.' };
  if (code === sqliteBusy || code === sqliteLocked)
    return { fault: 'unavailable', text: 'Another program holds the store.' };
  if (code === sqliteReadOnly || code === sqliteCannotOpen)
    return {
      fault: 'unavailable',
      text: 'The store cannot be written: check the owner and the permissions of its files.',
    };
  return { fault: code === sqliteInternal ? 'fatal' : 'bug', text: `SQLite refused a statement (code ${code}).` };
}

/** SQLite's primary result code, or null when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** `ENOSPC` and the like, or null when the error is not the file system's. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('errno' in error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

function describeBug(error: unknown): string {
  if (error instanceof AssertionFailure) return error.message;
  if (!(error instanceof Error)) return typeof error;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return `${error.name}${(frames[0] ?? '').replace(/\(?(?:file:\/\/)?\/\S*\//, '(')}`;
}
