// What a request brings to say who it is: a bearer token, or the cookie of one account with proof that our own page
// sent it. It must never take a token from an address.
import type { AccountId } from '@parley/protocol';
import { cookieSeconds, maxCookies } from '../kernel/limits.ts';

const bearer = /^bearer ([A-Za-z0-9_-]{1,128})$/i;
const cookieName = '__Host-parley-';
const cookiePair = /^__Host-parley-(a_[A-Za-z0-9_-]{22})=([A-Za-z0-9_-]{1,128})$/;

/** What was brought: a token and how, or a cookie without proof that our page sent it. */
export type Credential =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'cookie'; readonly token: string; readonly account: AccountId }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'none' };

/** How a request was made, as far as credentials need it. */
export interface Asking {
  readonly headers: {
    readonly authorization?: string | undefined;
    readonly cookie?: string | undefined;
    readonly host?: string | undefined;
    readonly origin?: string | undefined;
    readonly 'sec-fetch-site'?: string | string[] | undefined;
  };
  /** Account that the request names, in the header `Parley-Account` or (sockets) in the query. */
  readonly account: string | undefined;
  /** `read`, `write`, or `socket`: how much proof a cookie needs. */
  readonly purpose: 'read' | 'write' | 'socket';
  /** Origin of `PARLEY_PUBLIC_URL`, where set. */
  readonly publicOrigin: string | null;
}

/** What this request brings. */
export function credentialOf(asking: Asking): Credential {
  const { authorization, cookie } = asking.headers;
  if (authorization !== undefined) {
    const token = bearer.exec(authorization)?.[1];
    return token === undefined ? { kind: 'none' } : { kind: 'bearer', token };
  }
  const tokens = sessionCookies(cookie);
  if (tokens.size === 0) return { kind: 'none' };
  if (!isOurPage(asking)) return { kind: 'foreign' };
  const [only] = tokens.size === 1 && asking.purpose !== 'write' ? tokens.keys() : [];
  const account = (asking.account as AccountId | undefined) ?? only;
  const token = account === undefined ? undefined : tokens.get(account);
  return account === undefined || token === undefined ? { kind: 'none' } : { kind: 'cookie', token, account };
}

/** Did a page of this very server send it? Writes and sockets must prove it, reads must not contradict it. */
export function isOurPage({ headers, purpose, publicOrigin }: Omit<Asking, 'account'>): boolean {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  if (origin !== undefined && !isSameOrigin(origin, headers.host, publicOrigin)) return false;
  if (purpose === 'write') return site === 'same-origin';
  if (site !== undefined && site !== 'same-origin' && !(purpose === 'read' && site === 'none')) return false;
  return purpose === 'read' || origin !== undefined;
}

/** Keeps a session in the browser. */
export function sessionCookie(account: AccountId, token: string): string {
  return `${cookieName}${account}=${token}; Max-Age=${cookieSeconds}; Path=/; Secure; HttpOnly; SameSite=Strict`;
}

/** Ends a session in the browser. */
export function endedCookie(account: AccountId): string {
  return `${cookieName}${account}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`;
}

function isSameOrigin(origin: string, host: string | undefined, publicOrigin: string | null): boolean {
  if (publicOrigin !== null && origin === publicOrigin) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function sessionCookies(header: string | undefined): ReadonlyMap<AccountId, string> {
  const tokens = new Map<AccountId, string>();
  if (header === undefined) return tokens;
  for (const pair of header.split(';', maxCookies)) {
    const [, account, token] = cookiePair.exec(pair.trim()) ?? [];
    if (account !== undefined && token !== undefined) tokens.set(account as AccountId, token);
  }
  return tokens;
}
