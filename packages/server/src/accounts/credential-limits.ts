// What may be tried with passwords and secrets, by address and by account. Promise: guessing is slow from one place
// and from many; nobody can lock the owner of an account out; known and unknown handles are counted alike.
import type { AccountId } from '@parley/protocol';
import { confirmLimit, loginLimits, lookUpLimit, secretLimit, signUpLimit } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import type { Limit, Limiter } from './limiter.ts';

/** One attempt that may go on. `passed` says that it was right, so it does not count. */
export interface Attempt {
  passed(): Promise<void>;
}
export type Allowed = Result<Attempt, 'rate.limited'>;

/** Counts attempts. Every method throws when the limiter cannot count: then nothing may go on. */
export class CredentialLimits {
  readonly #limiter: Limiter;
  readonly #placeOf: (address: string) => string;
  readonly #factor: number;

  /** `placeOf`: what is counted as one place (an IPv4 address, a network of IPv6). `factor`: so many times as generous. */
  constructor(limiter: Limiter, placeOf: (address: string) => string, factor = 1) {
    this.#limiter = limiter;
    this.#placeOf = placeOf;
    this.#factor = factor;
  }

  /** Signing in. `handle` as it was typed, folded. */
  async login(handle: string, address: string): Promise<Allowed> {
    const from = this.#placeOf(address);
    const keys = [`login from ${from}`, `login ${handle} from ${from}`];
    const first = await this.#take([
      [keys[0] ?? '', loginLimits.address],
      [keys[1] ?? '', loginLimits.pair],
    ]);
    if (!first.ok) return first;
    const handleWait = await this.#takeOne(`login ${handle}`, loginLimits.handle);
    if (handleWait > 0) {
      const wait = await this.#takeOne(`login fresh ${handle} from ${from}`, loginLimits.fresh);
      return wait > 0 ? limited(wait) : ok(this.#attempt(keys));
    }
    return ok(this.#attempt([...keys, `login ${handle}`]));
  }

  /** The secret of a link. */
  secret(address: string): Promise<Allowed> {
    return this.#take([[`secret from ${this.#placeOf(address)}`, secretLimit]]);
  }

  /** The password of somebody who is signed in. */
  confirm(account: AccountId): Promise<Allowed> {
    return this.#take([[`confirm ${account}`, confirmLimit]]);
  }

  /** A new account that nobody invited. */
  signUp(address: string): Promise<Allowed> {
    return this.#take([[`sign-up from ${this.#placeOf(address)}`, signUpLimit]]);
  }

  /** The account that has a handle; counted are those that nobody has. */
  lookUp(account: AccountId): Promise<Allowed> {
    return this.#take([[`look-up ${account}`, lookUpLimit]]);
  }

  async #take(wanted: readonly (readonly [string, Limit])[]): Promise<Allowed> {
    for (const [key, limit] of wanted) {
      const wait = await this.#takeOne(key, limit);
      if (wait > 0) return limited(wait);
    }
    return ok(this.#attempt(wanted.map(([key]) => key)));
  }

  #takeOne(key: string, { count, perMs }: Limit): Promise<number> {
    return this.#limiter.take(key, { count: Math.max(1, Math.round(count * this.#factor)), perMs });
  }

  #attempt(keys: readonly string[]): Attempt {
    return {
      passed: async () => {
        for (const key of keys) await this.#limiter.give(key);
      },
    };
  }
}

function limited(waitMs: number): Allowed {
  return refuse('rate.limited', { retry_after_ms: waitMs });
}
