// The worker of a page that holds the keys of a device: the crypto library over databases in memory, which the browser's
// own IndexedDB keeps. Whatever the machine says, to the page or to the server, waits until all that it knows is kept.
// Its file with the library is fetched when this runs, and never before. [ENC]

import type { KeyMachine } from '../crypto/key-machine.ts';
import { remote, serve } from '../crypto/remote.ts';
import { ChatError } from '../error.ts';
import { KeyFactory, type KeyHost, type LogRecord } from './keys-database.ts';
import { indexedDbOver } from './keys-globals.ts';
import type { KeysLog } from './keys-log.ts';
import { loadLibrary, openKeyMachine } from './keys-machine.ts';
import type { MachineCallbacks, MachineParts } from './keys-owner.ts';
import { openWebKeyLog } from './web-keys-log.ts';

/** What the page gives to the worker. */
export interface WebKeysStart {
  readonly port: MessagePort;
  /** There were keys before: without them it does not begin. */
  readonly isKept: boolean;
  readonly parts: MachineParts;
}

addEventListener('message', ({ data }: MessageEvent<WebKeysStart>) => begin(data), { once: true });
// It takes longest. Whoever opens the machine waits for it, and hears why it cannot be had.
loadLibrary().catch(() => {});

function begin({ port, isKept, parts }: WebKeysStart): void {
  // It ends when the page ends it.
  const { signal } = new AbortController();
  let log: KeysLog<LogRecord> | null = null;
  const hold = async () => log?.synced();
  const { calls } = remote<MachineCallbacks>(port, signal, hold);
  const machine = openStore(parts.store, isKept).then((opened) => {
    log = opened;
    return openKeyMachine(parts, calls);
  });
  serve<KeyMachine>(port, machine, signal, hold);
}

async function openStore(store: string, isKept: boolean): Promise<KeysLog<LogRecord>> {
  const native = indexedDB;
  const name = `${store}::log`;
  if (isKept && !(await native.databases()).some((one) => one.name === name)) throw new ChatError('client.keys_lost');
  const host = webKeyHost();
  const { log, records } = await openWebKeyLog(native, name, (task) => host.soon(task));
  const factory = new KeyFactory(host, log, records);
  if (isKept && factory.isEmpty) throw new ChatError('client.keys_lost');
  for (const [key, value] of Object.entries(indexedDbOver(factory)))
    Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
  return log;
}

/** Timers would wait for milliseconds; messages to oneself do not. */
function webKeyHost(): KeyHost {
  const { port1, port2 } = new MessageChannel();
  const tasks: (() => void)[] = [];
  port1.onmessage = () => tasks.shift()?.();
  const copy = (value: unknown): unknown =>
    typeof value === 'object' && value !== null ? structuredClone(value) : value;
  return {
    pack: copy,
    unpack: copy,
    peek: (packed) => packed,
    soon: (task) => {
      tasks.push(task);
      port2.postMessage(null);
    },
  };
}
