// The directory in one SQLite file of its own: reads on this thread, from the page cache; writes on a thread of
// their own, where those that wait share a sync. Promise: an answer means committed with `synchronous=FULL`.
// After a failed sync or damage it refuses every write until the program is started again.
import { closeSync, openSync } from 'node:fs';
import { backup } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { maxDirectoryWaitingBytes, maxDirectoryWrites } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Directory } from './directory.ts';
import { answerOf } from './sqlite-answers.ts';
import { openForReading, type SqliteFile, translate, UnusableDirectory } from './sqlite-file.ts';
import { fileBytesOf, filesOf, listFiles } from './sqlite-files.ts';
import * as keyReads from './sqlite-keys-reads.ts';
import * as reads from './sqlite-reads.ts';
import * as reportReads from './sqlite-reports.ts';
import type { Answer, Ask, WriteArguments, WriteName, Writes } from './sqlite-transactions.ts';

/** `mustExist`: never make the file. `stopped`: called once, when after a fault of the disk nothing more is written. */
export interface SqliteDirectoryOptions {
  readonly mustExist?: boolean;
  readonly stopped?: (why: string) => void;
}

/**
 * Opens the file at `path`.
 * @throws {UnusableDirectory} it cannot be used; the message says what to do
 */
export async function openSqliteDirectory(path: string, options: SqliteDirectoryOptions = {}): Promise<Directory> {
  const writer = await Writer.open(path, options);
  const file = openForReading(path);
  const read: Read = async (query) => {
    try {
      return query(file);
    } catch (error) {
      throw translate(error);
    }
  };
  return {
    accounts: {
      signUp: (signUp) => writer.write('signUp', signUp),
      get: (ids) => read(() => ids.flatMap((id) => reads.accountById(file, id) ?? [])),
      byHandle: (handle) => read(() => reads.accountByHandle(file, handle)),
      change: (account, change, also) => writer.write('change', account, change, also),
      erase: (account, intent) => writer.write('erase', account, intent),
    },
    people: {
      search: (prefix, limit) => read(() => reads.searchAccounts(file, prefix, limit)),
      page: (after, limit) => read(() => reads.accountPage(file, after, limit)),
      counts: () => read(reads.accountCounts),
    },
    devices: {
      add: (login, most, ifPasswordHash) => writer.write('addDevice', login, most, ifPasswordHash),
      list: (account) => read(() => reads.devicesOf(file, account)),
      end: (account, end) => writer.write('end', account, end),
      touch: (rows) => writer.write('touch', rows),
      ended: (after, limit) => read(() => reads.endedAfter(file, after, limit)),
    },
    tokens: {
      get: (tokenHash) => read(() => reads.bearerOf(file, tokenHash)),
      replace: (device, tokenHash) => writer.write('replaceToken', device, tokenHash),
      confirm: (tokenHash) => writer.write('confirmToken', tokenHash),
    },
    invites: {
      add: (invite, most) => writer.write('addInvite', invite, most),
      bySecret: (secretHash) => read(() => reads.inviteBySecret(file, secretHash)),
      list: (inviter, time) => read(() => reads.openInvites(file, inviter, time)),
      revoke: (inviter, invite) => writer.write('revokeInvite', inviter, invite),
      redeem: (secretHash, intent) => writer.write('redeem', secretHash, intent),
    },
    intents: {
      open: (limit) => read(() => reads.openIntents(file, limit)),
      close: (intent) => writer.write('closeIntent', intent),
    },
    answers: {
      get: (id, time) => read(() => answerOf(file, id, time)),
      keep: (row, time, most) => writer.write('keepAnswer', row, time, most),
    },
    files: {
      add: (row) => writer.write('addFile', row),
      get: (blobs) => read(() => filesOf(file, blobs)),
      bytesOf: (account) => read(() => fileBytesOf(file, account)),
      list: (from, limit) => read(() => listFiles(file, from, limit)),
      remove: (blobs) => writer.write('removeFiles', blobs),
    },
    reports: {
      add: (row, most) => writer.write('addReport', row, most),
      get: (report) => read(() => reportReads.reportOf(file, report)),
      page: (state, below, limit) => read(() => reportReads.reportPage(file, state, below, limit)),
      close: (report, time) => writer.write('closeReport', report, time),
      countOpen: () => read(reportReads.openReports),
      forget: (before) => writer.write('forgetReports', before),
    },
    ...encryption(writer, read),
    copyTo: async (copy) => {
      closeSync(openSync(copy, 'wx', 0o600));
      // Of one moment, from a connection of its own: a copy begins again with every commit that it sees.
      const { database } = openForReading(path);
      try {
        database.exec('BEGIN; SELECT 1 FROM accounts LIMIT 1');
        await backup(database, copy);
      } finally {
        database.close();
      }
    },
    [Symbol.asyncDispose]: async () => {
      // The writer is the last to close: then it empties the write-ahead log into the file.
      file.database.close();
      await writer.close();
    },
  };
}

type Read = <T>(query: (file: SqliteFile) => T) => Promise<T>;

/** The ports of encryption. */
function encryption(
  writer: Writer,
  read: Read,
): Pick<Directory, 'keys' | 'toDevice' | 'vault' | 'backup' | 'dehydrated'> {
  return {
    keys: {
      putDevice: (row) => writer.write('putDeviceKeys', row),
      devices: (accounts) => read((file) => keyReads.deviceKeys(file, accounts)),
      putIdentity: (row) => writer.write('putIdentity', row),
      identities: (accounts) => read((file) => keyReads.identities(file, accounts)),
      addSignatures: (rows) => writer.write('addSignatures', rows),
      addOneTime: (device, keys, most) => writer.write('addOneTimeKeys', device, keys, most),
      setFallback: (device, key) => writer.write('setFallbackKey', device, key),
      counts: (device) => read((file) => keyReads.keyCounts(file, device)),
      claim: (devices) => writer.write('claimKeys', devices),
      restored: (epoch) => writer.write('restoredKeys', epoch),
      changes: (after, limit) => read((file) => keyReads.keyChanges(file, after, limit)),
      revokedAfter: (accounts, n) => read((file) => keyReads.revokedAfter(file, accounts, n)),
    },
    toDevice: {
      enqueue: (rows, mostPerDevice, time) => writer.write('enqueue', rows, mostPerDevice, time),
      page: (device, after, limit) => read((file) => keyReads.queuePage(file, device, after, limit)),
      acknowledge: (device, upTo) => writer.write('acknowledge', device, upTo),
    },
    vault: {
      all: (account) => read((file) => keyReads.vaultItems(file, account)),
      put: (account, items) => writer.write('putVault', account, items),
    },
    backup: {
      put: (account, rows, most) => writer.write('putBackup', account, rows, most),
      page: (account, before, limit) => read((file) => keyReads.backupPage(file, account, before, limit)),
      get: (account, sessions) => read((file) => keyReads.backupOf(file, account, sessions)),
      count: (account) => read((file) => keyReads.backupCount(file, account)),
      dropBelow: (account, epoch) => writer.write('dropBackupBelow', account, epoch),
      drop: (account, sessions) => writer.write('dropBackup', account, sessions),
    },
    dehydrated: {
      put: (account, row, keys) => writer.write('putDehydrated', account, row, keys),
      get: (account) => read((file) => keyReads.dehydratedOf(file, account)),
      drop: (account) => writer.write('dropDehydrated', account),
    },
  };
}

interface Waiting {
  readonly bytes: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** This thread's end of the writer. */
class Writer {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #tell: (why: string) => void;
  #waitingBytes = 0;
  #lastId = 0;
  #closed: string | null = null;

  private constructor(worker: Worker, tell: (why: string) => void) {
    this.#worker = worker;
    this.#tell = tell;
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
  }

  static async open(path: string, options: SqliteDirectoryOptions): Promise<Writer> {
    const { mustExist = false, stopped = () => {} } = options;
    const worker = new Worker(new URL('./sqlite-writer.ts', import.meta.url), {
      workerData: { path, mustExist },
      name: 'dir-writer',
    });
    const writer = new Writer(worker, stopped);
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (answer: Answer) => {
        worker.off('error', reject);
        if ('unusable' in answer) reject(new UnusableDirectory(answer.unusable));
        else resolve();
      });
    });
    worker.on('message', (answer: Answer) => writer.#settle(answer));
    worker.on('error', (error: unknown) => {
      writer.#close('its writer failed');
      stopped(error instanceof Error ? error.message : 'unknown');
    });
    worker.on('exit', () => writer.#close('it is closed'));
    worker.unref();
    return writer;
  }

  /** Resolves when it is committed. */
  write<N extends WriteName>(write: N, ...values: WriteArguments<N>): Promise<ReturnType<Writes[N]>> {
    if (this.#closed !== null) return Promise.reject(refusal(this.#closed));
    if (this.#waiting.size >= maxDirectoryWrites) return Promise.reject(refusal('too many writes wait'));
    const bytes = sizeOf(values);
    if (this.#waiting.size > 0 && this.#waitingBytes + bytes > maxDirectoryWaitingBytes)
      return Promise.reject(refusal('what waits is too much'));
    const id = ++this.#lastId;
    this.#waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { bytes, resolve: resolve as (value: unknown) => void, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, write, values } satisfies Ask);
    });
  }

  async close(): Promise<void> {
    this.#worker.ref();
    if (this.#closed === null) this.#worker.postMessage({ close: true } satisfies Ask);
    await this.#ended;
  }

  #settle(answer: Answer): void {
    if ('stopped' in answer) this.#tell(answer.stopped);
    if (!('id' in answer)) return;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    this.#waitingBytes -= waiting?.bytes ?? 0;
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('value' in answer) waiting?.resolve(answer.value);
    else waiting?.reject(answer.fault === 'world' ? refusal(answer.words) : new Error(answer.words));
  }

  #close(why: string): void {
    this.#closed ??= why;
    for (const { reject } of this.#waiting.values()) reject(refusal(why));
    this.#waiting.clear();
  }
}

function refusal(why: string): Unavailable {
  return new Unavailable(`the directory cannot be written: ${why}`);
}

/** About what a value takes: the texts in it, and a little for all else. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 8;
  for (const part of Object.values(value)) bytes += sizeOf(part);
  return bytes;
}
