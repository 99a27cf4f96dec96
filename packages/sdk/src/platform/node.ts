// Node: `connect` and `entrance` over the global fetch and WebSocket, with a bearer token. A profile is a folder:
// rows in SQLite, the session in a file, everything readable by its owner only.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Client, Entrance, SessionView } from '../api.ts';
import { openClient } from '../client.ts';
import { encryptedCrypto } from '../crypto/encryption.ts';
import { entranceOver } from '../entrance.ts';
import { ChatError } from '../error.ts';
import type { Clock, Leadership, LocalStore, Random } from '../ports.ts';
import { restOver } from '../rest.ts';
import { fetchHttp } from './fetch-http.ts';
import { MemoryDisk, MemoryStore } from './memory.ts';
import { memoryKeys } from './memory-keys.ts';
import { nodeBytes } from './node-bytes.ts';
import { nodeKeys } from './node-keys-place.ts';
import { FolderLeadership } from './node-leadership.ts';
import { forgetSession, keepSession, keptSession } from './node-session.ts';
import { SqliteStore } from './node-store.ts';
import { webSockets } from './web-sockets.ts';

/** Whose device, where. Without a folder everything is kept in memory only. */
export interface NodeOptions {
  /** Origin of the server, such as `http://localhost:8420`. */
  readonly server: string;
  /** From `entrance`, or a token; may be absent when the folder has one from before. */
  readonly session?: SessionView | { readonly token: string };
  /** Folder of this profile; made with mode 0700. Several processes may use one at the same time. */
  readonly folder?: string;
  /** Name and version of the program, for the operator. */
  readonly client?: string;
}

/**
 * Opens the store, works offline from it, and connects in the background: it resolves without a connection once this
 * device has been connected before. Rejects with `auth.required` when there is no token, `client.other_account` when
 * the folder belongs to somebody else, `client.storage`, and (the first time) `client.unreachable`.
 */
export async function connect(options: NodeOptions): Promise<Client> {
  const server = originOf(options.server);
  const { folder = null, session } = options;
  const { token, store, leadership } = openProfile(folder, server, session?.token ?? null);
  const headers = { authorization: `Bearer ${token}` };
  const host = {
    sockets: webSockets(`${server.replace(/^http/, 'ws')}/v1/ws`),
    http: fetchHttp(server, headers),
    bytes: nodeBytes(server, headers),
    store,
    leadership,
    clock: hostClock,
    random: hostRandom,
    crypto: encryptedCrypto(folder === null ? memoryKeys() : nodeKeys(folder)),
  };
  return openClient(host, {
    token,
    origin: server,
    program: options.client ?? null,
    me: null,
    ...(session !== undefined && 'me' in session && { login: session.me }),
    onSignedOut: async () => {
      if (folder !== null) forgetSession(folder);
    },
  });
}

/** Signing up and in at a server. */
export function entrance(server: string): Entrance {
  return entranceOver(restOver(fetchHttp(originOf(server), {})), false, () => {});
}

/** The host's clock. A pending timer keeps the program alive, as an open client does. */
export const hostClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The host's source of random bytes. */
export const hostRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };

interface Profile {
  readonly token: string;
  readonly store: LocalStore;
  readonly leadership: Leadership;
}

/** What a folder holds, or nothing but memory. A token that is given replaces the one from before. */
function openProfile(folder: string | null, server: string, given: string | null): Profile {
  if (folder === null) {
    if (given === null) throw new ChatError('auth.required');
    const disk = new MemoryDisk();
    return { token: given, store: new MemoryStore(disk), leadership: disk.hub.member() };
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const token = given ?? keptSession(folder, server);
    if (token === null) throw new ChatError('auth.required');
    const profile = { token, store: new SqliteStore(folder), leadership: new FolderLeadership(folder) };
    if (given !== null) keepSession(folder, { server, token });
    return profile;
  } catch (cause) {
    throw cause instanceof ChatError ? cause : new ChatError('client.storage', { cause });
  }
}

function originOf(server: string): string {
  if (!URL.canParse(server)) throw new ChatError('frame.invalid');
  const { origin, protocol } = new URL(server);
  if (protocol !== 'http:' && protocol !== 'https:') throw new ChatError('frame.invalid');
  return origin;
}
