// The inside of the worker that holds the keys: `indexedDB` stands here and nowhere else. Whatever the machine says, to
// its owner or to the server, waits until all that it knows is on the disk: what the disk does not hold never happened.
// The machine must not reach the world in another way than through its callbacks. [ENC]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type MessagePort, workerData } from 'node:worker_threads';
import { inBackground } from '../background.ts';
import { remote, type Served, serve } from '../crypto/remote.ts';
import { ChatError } from '../error.ts';
import { keysLockMs } from '../limits.ts';
import { KeyFactory } from './keys-database.ts';
import { indexedDbOver } from './keys-globals.ts';
import type { KeysLog } from './keys-log.ts';
import { openKeyLog } from './node-keys-log.ts';
import { nodeKeyHost, recordsFrom, recordsIn } from './node-keys-records.ts';
import { makePrivate, tryLock } from './node-lock.ts';

/** What the owner gives to the worker. */
export interface KeysStart {
  readonly folder: string;
  readonly port: MessagePort;
  /** There were keys before: without them it does not begin. */
  readonly isKept: boolean;
  readonly parts: unknown;
}

/** Makes the machine, from what its owner gave and what it can ask of it. */
export type OpenMachine<P, C, M> = (parts: P, callbacks: C) => Promise<M>;

const closing = 'close';
const lockPollMs = 50;

/** Serves the machine to the owner until that says `close`. Called once, by the entry file of the worker. */
export function serveKeys<P, C extends Served<C>, M extends Served<M>>(open: OpenMachine<P, C, M>): void {
  const { folder, port, isKept, parts } = workerData as KeysStart;
  const ended = new AbortController();
  let store: Store | null = null;
  const hold = async () => store?.log.synced();
  const callbacks = remote<C>(port, ended.signal, hold).calls;
  const machine = openStore(folder, isKept).then((opened) => {
    store = opened;
    return open(parts as P, callbacks);
  });
  serve(port, machine, ended.signal, hold);
  port.on('message', (message: unknown) => {
    if (message !== closing) return;
    ended.abort(new ChatError('client.closed'));
    inBackground(close(store));
  });
}

/** The log, and the lock that is held as long as this is. */
interface Store {
  readonly log: KeysLog<Uint8Array>;
  readonly lock: { release(): void };
}

async function openStore(folder: string, isKept: boolean): Promise<Store> {
  const lock = await lockKeys(join(folder, 'keys.lock'));
  const path = join(folder, 'keys.wal');
  if (isKept && !existsSync(path)) throw new ChatError('client.keys_lost');
  const { log, records } = openKeyLog(path);
  const factory = new KeyFactory(nodeKeyHost, recordsIn(log), recordsFrom(records));
  if (isKept && factory.isEmpty) throw new ChatError('client.keys_lost');
  Object.assign(globalThis, indexedDbOver(factory));
  return { log, lock };
}

/** Two machines on one store would use a key twice. */
async function lockKeys(path: string): Promise<Store['lock']> {
  makePrivate(path);
  for (let waited = 0; ; waited += lockPollMs) {
    const lock = tryLock(path);
    if (lock !== null) return lock;
    if (waited >= keysLockMs)
      throw new ChatError('client.storage', { cause: new Error('another process uses the keys of this profile') });
    await new Promise((resolve) => setTimeout(resolve, lockPollMs));
  }
}

async function close(store: Store | null): Promise<void> {
  await store?.log.close();
  store?.lock.release();
  process.exit();
}
