// The folder that holds everything: made with mode 0700, owned by one process at a time. It must never be taken over
// from a process that lives, nor be something that was not Parley's.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Refused } from '../kernel/result.ts';

/** Why the folder cannot be used, in words for the operator. */
export class FolderRefused extends Refused {
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
    makeFolders(path);
    const names = readdirSync(path);
    if (!names.includes(lockName) && names.some((name) => !beforehand.has(name)))
      throw new FolderRefused(`${path} is not empty and not Parley's. Name another folder with --data or PARLEY_DATA.`);
    chmodSync(path, 0o700);
  } catch (error) {
    if (error instanceof FolderRefused) throw error;
    throw new FolderRefused(`${path} cannot be used as data folder: ${adviceFor(error)}`, { cause: error });
  }
}

/** One by one: Node's own way of making several goes round for ever below a folder that takes none, such as /proc. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error; // Another process was as quick.
  }
}

/** An exclusive transaction that lasts as long as the process: the system ends it with us, however we end. */
function takeLock(path: string): DatabaseSync {
  const file = join(path, lockName);
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(file, { timeout: 0 });
    chmodSync(file, 0o600);
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (isDamaged(error))
      throw new FolderRefused(
        `${file} is damaged. Nothing is kept in it: see that no server runs on the folder, then empty it (: > '${file}').`,
        { cause: error },
      );
    if (!isLocked(error)) throw new FolderRefused(`${file} cannot be locked: ${adviceFor(error)}`, { cause: error });
    const note = readNote(path);
    const who = note === null ? 'Another server' : `A server (process ${note.pid}, ${note.url})`;
    throw new FolderRefused(`${who} runs on ${path} already. Stop it first, or name another folder with --data.`);
  }
}

function isLocked(error: unknown): boolean {
  return sqliteCode(error) === 5;
}

function isDamaged(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === 11 || code === 26;
}

/** SQLite's primary result code. */
function sqliteCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : null;
}

function readPort(path: string): number | null {
  try {
    const port = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new FolderRefused(`${path} cannot be read: ${adviceFor(error)}`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}

const owner = 'Give it to the user that runs the server';
const full = 'The disk is full. Make room';
const causes: Readonly<Record<string, string>> = {
  EROFS: 'Its file system is mounted read-only. Mount it so that it can be written',
  EACCES: owner,
  EPERM: owner,
  ENOSPC: full,
  EDQUOT: full,
  ENOTDIR: 'It, or a part of its path, is a file',
  ENOENT: 'No folder can be made there',
};
const causesOfSqlite: Readonly<Record<number, string>> = { 8: owner, 13: full, 14: owner };

/** What the operator can do, with the system's own word for it. */
function adviceFor(error: unknown): string {
  const sqlite = sqliteCode(error);
  const word = sqlite === null ? codeOf(error) : `SQLite ${sqlite}`;
  const cause = causes[codeOf(error)] ?? causesOfSqlite[sqlite ?? 0] ?? 'Look at it';
  return `${cause} (${word}), or name another folder with --data or PARLEY_DATA.`;
}
