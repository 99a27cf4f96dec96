// Tokens: opaque, one a device, stored as hashes. Promise: a revoked token is refused at once here and within a
// second on every other gateway, because a look-up is trusted no longer; when the directory cannot be read, nobody
// new gets in. It must never keep, log or return a token that it was shown.
import { hash } from 'node:crypto';
import { type AccountId, type DeviceId, encodeBase64url } from '@parley/protocol';
import type { AccountKind, Bearer, Directory } from '../directory/directory.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxCachedTokens, oldTokenNoticeMs, tokenTrustMs } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';

/** Whose token it is. */
export interface Identity {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly handle: string;
  readonly kind: AccountKind;
  readonly admin: boolean;
}

export type Authenticated = Result<Identity, 'auth.required' | 'account.disabled'>;

/** How a token begins, so that scanners for leaked secrets know it. */
export const tokenPrefix = 'parley_';
const shape = /^parley_[A-Za-z0-9_-]{43}$/;

/** A new token of 256 random bits. */
export function mintToken(random: Random): string {
  return tokenPrefix + encodeBase64url(random.bytes(32));
}

/** The secret of a new link: 256 random bits. */
export function mintSecret(random: Random): string {
  return encodeBase64url(random.bytes(32));
}

/** What is stored of a token or of the secret of a link. */
export function secretHash(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** What telling tokens apart needs. */
export interface AuthenticatorParts {
  readonly directory: Pick<Directory, 'tokens' | 'devices'>;
  readonly clock: Clock;
  /** A token that its device had replaced was used: the account should look at its devices. */
  readonly oldTokenUsed: (account: AccountId) => void;
}

interface Known {
  readonly answer: Promise<Authenticated>;
  readonly readAt: number;
}

const unknown: Promise<Authenticated> = Promise.resolve(refuse('auth.required'));

/** Tells whose token it is. */
export class Authenticator {
  readonly #parts: AuthenticatorParts;
  readonly #known = new Map<string, Known>();
  /** Rises when sessions end here, so that a read which began before does not bring them back. */
  #generation = 0;

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
  }

  /** @throws {Unavailable} the directory cannot be read now */
  authenticate(token: string): Promise<Authenticated> {
    if (!shape.test(token)) return unknown;
    const tokenHash = secretHash(token);
    const known = this.#known.get(tokenHash);
    const age = known === undefined ? -1 : this.#parts.clock.now() - known.readAt;
    if (known !== undefined && age >= 0 && age < tokenTrustMs) return known.answer;
    return this.#look(tokenHash);
  }

  /** Sessions ended or rights changed: every token is looked up again. */
  forget(): void {
    this.#generation++;
    this.#known.clear();
  }

  get cached(): number {
    return this.#known.size;
  }

  async #look(tokenHash: string): Promise<Authenticated> {
    const generation = this.#generation;
    const readAt = this.#parts.clock.now();
    const bearer = await this.#parts.directory.tokens.get(tokenHash);
    if (bearer === undefined) return refuse('auth.required');
    if (bearer.tokenState === 'old') {
      await this.#noteOldToken(bearer, readAt);
      return refuse('auth.required');
    }
    const answer = verdict(bearer);
    if (bearer.tokenState === 'next') {
      await this.#parts.directory.tokens.confirm(tokenHash);
      this.forget();
    } else if (answer.ok && generation === this.#generation) {
      this.#keep(tokenHash, { answer: Promise.resolve(answer), readAt });
    }
    return answer;
  }

  #keep(tokenHash: string, known: Known): void {
    this.#known.delete(tokenHash);
    this.#known.set(tokenHash, known);
    if (this.#known.size <= maxCachedTokens) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }

  async #noteOldToken({ account, device, oldTokenUsedAt }: Bearer, now: number): Promise<void> {
    if (oldTokenUsedAt !== null && now - oldTokenUsedAt < oldTokenNoticeMs) return;
    await this.#parts.directory.devices.touch([{ device, lastSeenAt: null, oldTokenUsedAt: now }]);
    this.#parts.oldTokenUsed(account);
  }
}

function verdict({ account, device, handle, kind, admin, state }: Bearer): Authenticated {
  if (state === 'disabled') return refuse('account.disabled');
  return state === 'active' ? ok({ account, device, handle, kind, admin }) : refuse('auth.required');
}
