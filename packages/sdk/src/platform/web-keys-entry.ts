// The worker of a page that holds the keys of a device: the crypto library over the browser's own IndexedDB. Its file
// with the library is fetched when this runs, and never before. [ENC]

import type { KeyMachine } from '../crypto/key-machine.ts';
import { remote, serve } from '../crypto/remote.ts';
import { ChatError } from '../error.ts';
import { openKeyMachine } from './keys-machine.ts';
import type { MachineCallbacks, MachineParts } from './keys-owner.ts';

/** What the page gives to the worker. */
export interface WebKeysStart {
  readonly port: MessagePort;
  /** There were keys before: without them it does not begin. */
  readonly isKept: boolean;
  readonly parts: MachineParts;
}

addEventListener('message', ({ data }: MessageEvent<WebKeysStart>) => begin(data), { once: true });

function begin({ port, isKept, parts }: WebKeysStart): void {
  // It ends when the page ends it.
  const { signal } = new AbortController();
  const { calls } = remote<MachineCallbacks>(port, signal);
  serve<KeyMachine>(port, open(parts, isKept, calls), signal);
}

async function open(parts: MachineParts, isKept: boolean, callbacks: MachineCallbacks): Promise<KeyMachine> {
  if (isKept && !(await hasKeys(parts.store))) throw new ChatError('client.keys_lost');
  return openKeyMachine(parts, callbacks);
}

async function hasKeys(store: string): Promise<boolean> {
  const databases = await indexedDB.databases();
  return databases.some(({ name }) => name === `${store}::matrix-sdk-crypto`);
}
