// Keys of a profile in Node: a worker thread with the crypto library and a log file in the profile's folder. Its owner
// calls the machine as if it were here; when the worker ends, by itself or by a failure, every call is told so. [ENC]
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { remote, type Served, serve } from '../crypto/remote.ts';
import { ChatError } from '../error.ts';
import { syncFolder } from './node-keys-log.ts';
import type { KeysStart } from './node-keys-worker.ts';
import { makePrivate, tryLock } from './node-lock.ts';

/** Where the keys are, and what the machine is made of. */
export interface NodeKeysOptions<C> {
  readonly folder: string;
  /** The worker's file: it calls `serveKeys`. */
  readonly entry: URL;
  /** There were keys before: without them it is rejected with `client.keys_lost`, and nothing new is made. */
  readonly isKept: boolean;
  /** Copied to the worker. */
  readonly parts: unknown;
  /** What the machine may ask of its owner. */
  readonly callbacks: C;
}

/** A machine in its worker. */
export interface OpenKeys<M> {
  readonly machine: M;
  /** Aborts when the worker has ended; its reason says why. */
  readonly ended: AbortSignal;
  /** What was said before is kept. */
  close(): Promise<void>;
}

/** Resolves when the machine is open. Waits a little for another process to close, then rejects with `client.storage`. */
export async function openNodeKeys<C extends Served<C>, M extends Served<M>>(
  options: NodeKeysOptions<C>,
): Promise<OpenKeys<M>> {
  const { folder, entry, isKept, parts, callbacks } = options;
  const { port1, port2 } = new MessageChannel();
  const start: KeysStart = { folder, port: port2, isKept, parts };
  const worker = new Worker(entry, { workerData: start, transferList: [port2], name: 'keys' });
  const ended = new AbortController();
  const exited = new Promise<void>((resolve) => {
    // A panic of the library, or a bug of ours: what is in memory is not to be trusted any more.
    worker.once('error', (cause) => ended.abort(new ChatError('client.crypto', { cause })));
    worker.once('exit', () => {
      ended.abort(new ChatError('client.closed'));
      port1.close();
      resolve();
    });
  });
  const close = async () => {
    // When it has ended already nobody hears this.
    port1.postMessage('close');
    await exited;
  };
  serve(port1, callbacks, ended.signal);
  const { calls, opened } = remote<M>(port1, ended.signal);
  try {
    await opened;
  } catch (error) {
    await close();
    throw error;
  }
  return { machine: calls, ended: ended.signal, close };
}

/** Removes the keys of a profile that nobody has open; rejects with `client.storage` when somebody has. */
export async function wipeNodeKeys(folder: string): Promise<void> {
  const lockPath = join(folder, 'keys.lock');
  makePrivate(lockPath);
  const lock = tryLock(lockPath);
  if (lock === null)
    throw new ChatError('client.storage', { cause: new Error('another process uses the keys of this profile') });
  const path = join(folder, 'keys.wal');
  for (const file of [path, `${path}.new`]) rmSync(file, { force: true });
  syncFolder(path);
  lock.release();
}
