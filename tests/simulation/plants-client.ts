// Bugs of a client, planted from outside into its real parts.
import type { LocalStore } from '@parley/sdk';
import { Window } from '../../packages/sdk/src/window.ts';
import { deviceStore } from './disk/device-store.ts';
import { patched } from './patched.ts';
import type { Plant } from './plants.ts';

const orderByTimestamp: Plant = {
  name: 'order-by-timestamp',
  says: 'a conversation is shown by the clocks of who wrote',
  patch: () =>
    patched(
      Window,
      'sorted',
      (sorted) =>
        function (this: Window<never>) {
          return [...sorted.call(this)].sort((one, other) => one.timestamp - other.timestamp);
        },
    ),
};

const outboxForgets: Plant = {
  name: 'outbox-forgets',
  says: 'what waits to be sent is kept in memory only',
  storeOf: (store, parts) => {
    const kept: LocalStore = {
      get: (...given) => store.get(...given),
      list: (...given) => store.list(...given),
      write: (writes, options) =>
        store.write(
          writes.filter(({ table }) => table !== 'outbox'),
          options,
        ),
      clear: () => store.clear(),
      close: () => store.close(),
    };
    return deviceStore(kept, parts);
  },
};

const showBeforeKeeping: Plant = {
  name: 'show-before-keeping',
  says: 'what comes in is shown and acknowledged, and kept in memory only',
  storeOf: (store, parts) => {
    const kept: LocalStore = {
      get: (...given) => store.get(...given),
      list: (...given) => store.list(...given),
      write: (writes, options) =>
        store.write(
          writes.filter(({ table }) => table !== 'messages'),
          options,
        ),
      clear: () => store.clear(),
      close: () => store.close(),
    };
    return deviceStore(kept, parts);
  },
};

/** Bugs of a client. */
export const clientPlants: readonly Plant[] = [orderByTimestamp, outboxForgets, showBeforeKeeping];
