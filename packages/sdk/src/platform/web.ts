// Browser: `connect` and `entrance` over IndexedDB, WebSocket, fetch with cookies, and Web Locks between tabs.
import type { AccountId } from '@parley/protocol';
import type { Client, Entrance } from '../api.ts';
import type { MeView } from '../views.ts';

/** Which account of this browser; the one last used when absent. */
export interface WebOptions {
  readonly account?: AccountId;
}

/** Opens the store and connects in the background. Rejects with `auth.required` when nobody is signed in here. */
export declare function connect(options?: WebOptions): Promise<Client>;

/** Signing up and in at this page's own server; the browser keeps a cookie. */
export declare function entrance(): Entrance;

/** Accounts that are signed in in this browser, last used first. */
export declare function signedIn(): readonly Pick<MeView, 'account' | 'handle' | 'name'>[];
