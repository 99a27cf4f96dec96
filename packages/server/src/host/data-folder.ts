// The folder that holds everything: made with mode 0700, owned by one process at a time. It must never be taken over
// from a process that lives, nor be something that was not Parley's.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Why the folder cannot be used, in words for the operator. */
export class FolderRefused extends Error {
  override name = 'FolderRefused';
}

/** What a running server says of itself in `server.json`, for commands on the same machine. */
export interface ServerNote {
  readonly pid: number;
  readonly url: string;
  readonly version: string;
  /** Path of the control socket. */
  readonly control: string;
}

/** A folder that this process owns until it is disposed of. */
export interface DataFolder extends Disposable {
  readonly path: string;
  /** Path of a file in it. */
  file(name: string): string;
  /** The port that an earlier start took, or null. */
  keptPort(): number | null;
  keepPort(port: number): void;
  /** Tells commands on this machine where the server is. */
  announce(note: ServerNote): void;
}

const lockName = 'lock.db';
const noteName = 'server.json';
const portName = 'port';
/** What may stand in a folder before the first start: settings, and what a fresh file system has. */
const beforehand = new Set(['parley.env', 'lost+found']);

/**
 * Makes the folder when it is not there, and locks it.
 * @throws {FolderRefused} another server runs on it, or it is not Parley's
 */
export function openDataFolder(path: string): DataFolder {
  makeFolder(path);
  const lock = takeLock(path);
  const file = (name: string) => join(path, name);
  return {
    path,
    file,
    keptPort: () => readPort(file(portName)),
    keepPort: (port) => writeFileSync(file(portName), `${port}\n`, { mode: 0o600 }),
    announce: (note) => writeFileSync(file(noteName), `${JSON.stringify(note)}\n`, { mode: 0o600 }),
    [Symbol.dispose]() {
      rmSync(file(noteName), { force: true });
      lock.close();
    },
  };
}

/** The note of the server that runs on this folder, or of one that was killed; null when there is none. */
export function readNote(path: string): ServerNote | null {
  try {
    return JSON.parse(readFileSync(join(path, noteName), 'utf8')) as ServerNote;
  } catch {
    return null;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const names = readdirSync(path);
    if (!names.includes(lockName) && names.some((name) => !beforehand.has(name)))
      throw new FolderRefused(`${path} is not empty and not Parley's. Name another folder with --data or PARLEY_DATA.`);
    chmodSync(path, 0o700);
  } catch (error) {
    if (error instanceof FolderRefused) throw error;
    throw new FolderRefused(`${path} cannot be used as data folder: ${reasonOf(error)}.`, { cause: error });
  }
}

/** An exclusive transaction that lasts as long as the process: the system ends it with us, however we end. */
function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, lockName), { timeout: 0 });
  try {
    chmodSync(join(path, lockName), 0o600);
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (!isLocked(error)) throw new FolderRefused(`${path} cannot be locked: ${reasonOf(error)}.`, { cause: error });
    const note = readNote(path);
    const who = note === null ? 'Another server' : `A server (process ${note.pid}, ${note.url})`;
    throw new FolderRefused(`${who} runs on ${path} already. Stop it first, or name another folder with --data.`);
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 261);
}

function readPort(path: string): number | null {
  try {
    const port = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new FolderRefused(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
