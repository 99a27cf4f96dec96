// Everything about public keys and what is sealed beside messages, put together: the use cases of their routes, the
// frames between devices, and what messages ask before they take something sealed. It must never know a conversation,
// a socket, or what a sealed value says.
import type { AccountId, RouteName } from '@parley/protocol';
import type { DeviceFrames } from '../kernel/frame-handlers.ts';
import type { Handlers } from '../kernel/handlers.ts';
import { createBackup } from './backup.ts';
import { createChanges } from './changes.ts';
import { createClaim } from './claim.ts';
import { createDehydrated } from './dehydrated.ts';
import { createIdentity } from './identity.ts';
import { KeyFeed } from './key-feed.ts';
import { KnownDevices } from './known-devices.ts';
import type { KeysContext, KeysParts } from './parts.ts';
import { createQuery } from './query.ts';
import { createRecovery } from './recovery.ts';
import { createRendezvous } from './rendezvous.ts';
import { createSignatures } from './signatures.ts';
import { createDeviceFrames, createToDevice } from './to-device.ts';
import { createUndecryptable } from './undecryptable.ts';
import { createUpload } from './upload.ts';
import { createVault } from './vault.ts';

/** The routes that are served here. */
export type KeyRouteName = Extract<RouteName, keyof ReturnType<typeof createRoutes>>;

export interface KeyUseCases {
  readonly routes: Handlers<KeyRouteName>;
  readonly frames: DeviceFrames;
  /** Where the list of key changes ends, as far as this node knows. */
  readonly head: number;
  /** Did a device of one of these end after `n`? At once where it is not long ago, else undefined. */
  peekEnded(members: ReadonlyMap<AccountId, unknown>, n: number): boolean | undefined;
  endedSince(members: ReadonlyMap<AccountId, unknown>, n: number): Promise<boolean>;
  /** Begins to follow the list. Before anything is served. */
  start(): Promise<void>;
  stop(): void;
}

/** The use cases over these parts. */
export function createKeys(parts: KeysParts): KeyUseCases {
  const { acquaintances, bus, clock, directory, events, tell } = parts;
  const feed = new KeyFeed({ keys: directory.keys, acquaintances, tell, bus, clock, events });
  const context: KeysContext = { ...parts, devices: new KnownDevices(directory.keys) };
  return {
    routes: createRoutes(context),
    frames: createDeviceFrames(context),
    get head() {
      return feed.head;
    },
    peekEnded: (members, n) => feed.peekEnded(members, n),
    endedSince: (members, n) => feed.endedSince(members, n),
    start: () => feed.start(),
    stop: () => feed.stop(),
  };
}

function createRoutes(context: KeysContext) {
  return {
    ...createUpload(context),
    ...createQuery(context),
    ...createClaim(context),
    ...createIdentity(context),
    ...createSignatures(context),
    ...createChanges(context),
    ...createToDevice(context),
    ...createUndecryptable(context),
    ...createVault(context),
    ...createBackup(context),
    ...createDehydrated(context),
    ...createRendezvous(context),
    ...createRecovery(context),
  };
}
