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
    const here = [
      [`login from ${from}`, loginLimits.address],
      [`login ${handle} from ${from}`, loginLimits.pair],
    ] as const;
    const known = await this.#take([...here, [`login ${handle}`, loginLimits.handle]]);
    return known.ok ? known : this.#take([...here, [`login fresh ${handle} from ${from}`, loginLimits.fresh]]);
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

  /** Takes one of each, or none. */
  async #take(wanted: readonly (readonly [string, Limit])[]): Promise<Allowed> {
    const taken: string[] = [];
    for (const [key, limit] of wanted) {
      const waitMs = await this.#takeOne(key, limit);
      if (waitMs > 0) {
        await this.#attempt(taken).passed();
        return limited(waitMs);
      }
      taken.push(key);
    }
    return ok(this.#attempt(taken));
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
