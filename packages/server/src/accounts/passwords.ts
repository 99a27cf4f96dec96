// Passwords are hashed a few at a time, so that sign-ins never take the machine from messages. Promise: an unknown
// handle costs exactly what a known one does; who waits is bounded; a password is compared as it was typed (in
// Unicode's composed form), spaces included.
import { encodeBase64url } from '@parley/protocol';
import { maxPasswordsWaiting, passwordsAtOnce } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';

/** A slow hash. `argon-hasher.ts` is the real one; the simulation has a fast one. */
export interface Hasher {
  hash(password: string): Promise<string>;
  verify(stored: string, password: string): Promise<boolean>;
  /** Was it made with other costs than a new one would be? */
  isOutdated(stored: string): boolean;
}

type Busy = 'server.overloaded';

/** Hashes and compares, in turn. */
export class Passwords {
  readonly #hasher: Hasher;
  readonly #nobody: Promise<string>;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(hasher: Hasher, random: Random) {
    this.#hasher = hasher;
    this.#nobody = hasher.hash(encodeBase64url(random.bytes(32)));
    // Reported to whoever needs it first.
    this.#nobody.catch(() => {});
  }

  /** The hash to store. */
  hash(password: string, signal: AbortSignal): Promise<Result<string, Busy>> {
    return this.#inTurn(() => this.#hasher.hash(composed(password)), signal);
  }

  /** Is it the password? `stored` null: there is none, and it takes as long to say so. */
  verify(stored: string | null, password: string, signal: AbortSignal): Promise<Result<boolean, Busy>> {
    return this.#inTurn(async () => {
      const right = await this.#hasher.verify(stored ?? (await this.#nobody), composed(password));
      return right && stored !== null;
    }, signal);
  }

  isOutdated(stored: string): boolean {
    return this.#hasher.isOutdated(stored);
  }

  async #inTurn<T>(task: () => Promise<T>, signal: AbortSignal): Promise<Result<T, Busy>> {
    if (signal.aborted || !(await this.#turn(signal))) return refuse('server.overloaded', { retry_after_ms: 1_000 });
    try {
      return ok(await task());
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Resolves to true when it is this one's turn; false: too many wait, or who asked has gone. */
  #turn(signal: AbortSignal): Promise<boolean> | boolean {
    if (this.#running < passwordsAtOnce) {
      this.#running++;
      return true;
    }
    if (this.#waiting.length >= maxPasswordsWaiting) return false;
    return new Promise((resolve) => {
      const begin = () => {
        signal.removeEventListener('abort', gone);
        this.#running++;
        resolve(true);
      };
      const gone = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        resolve(false);
      };
      signal.addEventListener('abort', gone, { once: true });
      this.#waiting.push(begin);
    });
  }
}

/** The same characters typed on another system are the same password. */
function composed(password: string): string {
  return password.normalize('NFKC');
}
