// Where a browser has its keys: in a worker of the tab that leads, over IndexedDB. A Web Lock makes sure that there is
// one worker for an account, whatever the tabs do; it is let go when the worker has ended. [ENC]
import type { AccountId } from '@parley/protocol';
import { inBackground } from '../background.ts';
import type { KeyPlace } from '../crypto/encryption.ts';
import type { KeyMachine } from '../crypto/key-machine.ts';
import { remote, serve } from '../crypto/remote.ts';
import { ChatError } from '../error.ts';
import { keysLockMs } from '../limits.ts';
import { closingWith, machineCallbacks } from './keys-owner.ts';
import type { WebKeysStart } from './web-keys-entry.ts';

/** A worker that has loaded its library before there is anything to open. */
export interface KeysAhead {
  /** Somebody is about to need one. */
  prepare(): void;
  /** The one that was prepared, once. */
  take(): Worker | null;
}

/** Prepared by whoever lets people in, for whoever opens their keys. */
export function keysAhead(): KeysAhead {
  let ahead: Worker | null = null;
  return {
    prepare() {
      if (ahead !== null) return;
      const worker = makeWorker();
      ahead = worker;
      // Whoever takes it later would never hear of it.
      worker.addEventListener('error', () => {
        if (ahead === worker) ahead = null;
      });
    },
    take() {
      const worker = ahead;
      ahead = null;
      return worker;
    },
  };
}

/** The keys of the accounts of this browser. */
export function webKeys(ahead: KeysAhead | null = null): KeyPlace {
  let close = async () => {};
  return {
    async open(parts, events) {
      const { account, device, isKept } = parts;
      const lock = await takeLock(account);
      const start = { isKept, parts: { account, device, store: storeOf(account) } };
      const worker = startWorker(ahead?.take() ?? makeWorker(), start, machineCallbacks(parts, events));
      worker.ended.addEventListener('abort', () => parts.onEnded());
      close = async () => {
        await worker.end();
        lock.release();
      };
      try {
        await worker.opened;
      } catch (error) {
        await close();
        throw error;
      }
      // So that the browser does not throw them away when it needs room. It may say no, and may ask a person first.
      inBackground(navigator.storage.persist().catch(() => {}));
      return closingWith(worker.machine, close);
    },
    async wipe(account) {
      await close();
      const lock = await takeLock(account);
      await removeKeys(account);
      lock.release();
    },
  };
}

function makeWorker(): Worker {
  return new Worker(new URL('./web-keys-entry.ts', import.meta.url), { type: 'module', name: 'keys' });
}

function startWorker(
  worker: Worker,
  start: Omit<WebKeysStart, 'port'>,
  callbacks: ReturnType<typeof machineCallbacks>,
) {
  const { port1, port2 } = new MessageChannel();
  const ended = new AbortController();
  const fail = (cause: unknown) => {
    ended.abort(new ChatError('client.crypto', { cause }));
    worker.terminate();
  };
  worker.addEventListener('error', ({ message }) => fail(new Error(message)));
  worker.postMessage({ ...start, port: port2 } satisfies WebKeysStart, [port2]);
  serve(port1, callbacks, ended.signal);
  const { calls: machine, opened } = remote<KeyMachine>(port1, ended.signal);
  const end = async () => {
    if (!ended.signal.aborted) await machine.close().catch(() => {});
    ended.abort(new ChatError('client.closed'));
    worker.terminate();
    port1.close();
  };
  return { machine, opened, ended: ended.signal, end };
}

/** The one lock of an account's keys. Waits a little for another tab to close, then rejects with `client.storage`. */
function takeLock(account: AccountId): Promise<{ release(): void }> {
  return new Promise((resolve, reject) => {
    const held = () => new Promise<void>((release) => resolve({ release }));
    navigator.locks
      .request(`crypto:${account}`, { signal: AbortSignal.timeout(keysLockMs) }, held)
      .catch((cause: unknown) => reject(new ChatError('client.storage', { cause })));
  });
}

function storeOf(account: AccountId): string {
  return `parley.keys.${account}`;
}

/** Every database of theirs. Nobody may have them open. */
async function removeKeys(account: AccountId): Promise<void> {
  const databases = await indexedDB.databases();
  const names = databases.map(({ name = '' }) => name).filter((name) => name.startsWith(`${storeOf(account)}::`));
  await Promise.all(names.map(remove));
}

function remove(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(new ChatError('client.storage', { cause: request.error }));
  });
}
