// Browser: `connect` and `entrance` over IndexedDB, WebSocket, fetch with cookies, and Web Locks between tabs. The
// page's own server is the only one. No token is ever seen here: the browser keeps it.
import type { AccountId, Me } from '@parley/protocol';
import type { Client, Entrance } from '../api.ts';
import { openClient } from '../client.ts';
import { encryptedCrypto } from '../crypto/encryption.ts';
import { entranceOver } from '../entrance.ts';
import { ChatError } from '../error.ts';
import type { Clock, Random } from '../ports.ts';
import { restOver } from '../rest.ts';
import type { MeView } from '../views.ts';
import { fetchHttp } from './fetch-http.ts';
import { type KeysAhead, webKeys } from './web-keys.ts';
import { TabLeadership } from './web-leadership.ts';
import { webSockets } from './web-sockets.ts';
import { IdbStore } from './web-store.ts';

export { keysAhead } from './web-keys.ts';

/** Which account of this browser; the one last used when absent. */
export interface WebOptions {
  readonly account?: AccountId;
  /** Those that the entrance has prepared. */
  readonly keys?: KeysAhead;
}

type Known = Pick<MeView, 'account' | 'handle' | 'name'>;

/**
 * Opens the store and connects in the background: it resolves without a connection once this browser has been connected
 * before. Rejects with `auth.required` when nobody is signed in here, `client.storage`, and (the first time)
 * `client.unreachable`.
 */
export async function connect(options: WebOptions = {}): Promise<Client> {
  const account = options.account ?? signedIn()[0]?.account;
  if (account === undefined) throw new ChatError('auth.required');
  const { origin } = location;
  const ended = new AbortController();
  const headers = { 'Parley-Account': account };
  const bytes = async () => (await transfers()).webBytes(origin, headers);
  const client = await openClient(
    {
      sockets: webSockets(`${origin.replace(/^http/, 'ws')}/v1/ws?account=${account}`),
      http: fetchHttp(origin, headers),
      bytes: {
        send: async (request) => (await bytes()).send(request),
        receive: async (request) => (await bytes()).receive(request),
      },
      store: await IdbStore.open(account),
      leadership: new TabLeadership(account),
      clock: hostClock,
      random: hostRandom,
      crypto: encryptedCrypto(webKeys(options.keys)),
    },
    {
      token: null,
      origin,
      program: 'web',
      me: null,
      onSignedOut: async () => forget(account),
      onClosed: () => ended.abort(),
    },
  );
  remember(client.me.snapshot);
  followHost(client, ended.signal);
  // Here before the first file is sent: without a network it could not be fetched. If it cannot be now, it is then.
  client
    .caughtUp()
    .then(() => Promise.all([transfers(), import('../media/files.ts')]))
    .catch(() => {});
  return client;
}

/** Loaded with the first file, or once this client has caught up. */
const transfers = () =>
  import('./web-bytes.ts').catch((cause: unknown) => {
    throw new ChatError('client.unreachable', { cause });
  });

/**
 * Signing up and in at this page's own server, whatever a program that also runs in Node names; the browser keeps a cookie.
 * `keys` are prepared meanwhile.
 */
export function entrance(_server?: string | null, keys?: KeysAhead): Entrance {
  const rest = restOver(fetchHttp(location.origin, {}));
  return entranceOver(
    rest,
    true,
    ({ me }) => remember(me),
    () => keys?.prepare(),
  );
}

/** Accounts that are signed in in this browser, last used first. */
export function signedIn(): readonly Known[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? (kept as Known[]) : [];
  } catch {
    // Somebody else wrote there; whoever signs in again is remembered anew.
    return [];
  }
}

/** The host's clock. */
export const hostClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The host's source of random bytes. */
export const hostRandom: Random = { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) };

const key = 'parley.accounts';
const maxAccounts = 20;

function remember({ account, handle, name }: Known | Me): void {
  const others = signedIn().filter((one) => one.account !== account);
  localStorage.setItem(key, JSON.stringify([{ account, handle, name }, ...others].slice(0, maxAccounts)));
}

function forget(account: AccountId): void {
  localStorage.setItem(key, JSON.stringify(signedIn().filter((one) => one.account !== account)));
}

/** Tries at once when there is a network again, or somebody looks. */
function followHost(client: Client, signal: AbortSignal): void {
  const up = () => client.networkChanged(true);
  const down = () => client.networkChanged(false);
  const seen = () => document.visibilityState === 'visible' && client.networkChanged(true);
  addEventListener('online', up, { signal });
  addEventListener('offline', down, { signal });
  document.addEventListener('visibilitychange', seen, { signal });
}
