// What a recovery key has to sign before it signs in. Nothing is kept of a challenge until it is answered, so asking for
// many costs no memory: it carries its own time and proof. Promise: good for one handle, for two minutes, once.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { encodeBase64url, limits as wire } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { maxUsedChallenges } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';

const timeBytes = 6;
const nonceBytes = 16;
const headBytes = timeBytes + nonceBytes;

/** Makes challenges and takes them back. */
export class Challenges {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #key: Uint8Array;
  readonly #most: number;
  /** Challenges that were used, and until when they would have been good; oldest use first. */
  readonly #used = new Map<string, number>();

  constructor(clock: Clock, random: Random, most = maxUsedChallenges) {
    this.#clock = clock;
    this.#random = random;
    this.#key = random.bytes(32);
    this.#most = most;
  }

  /** One for this handle. */
  make(handle: string): string {
    const head = Buffer.alloc(headBytes);
    head.writeUIntBE(this.#clock.now() + wire.challengeMs, 0, timeBytes);
    head.set(this.#random.bytes(nonceBytes), timeBytes);
    return encodeBase64url(Buffer.concat([head, this.#proof(head, handle)]));
  }

  /** Is it one of ours, for this handle, in time, and for the first time? From now on it is used. */
  use(challenge: string, handle: string): boolean {
    const bytes = Buffer.from(challenge, 'base64url');
    const head = bytes.subarray(0, headBytes);
    if (bytes.length !== headBytes + 32 || encodeBase64url(bytes) !== challenge) return false;
    if (!timingSafeEqual(bytes.subarray(headBytes), this.#proof(head, handle))) return false;
    const now = this.#clock.now();
    const until = head.readUIntBE(0, timeBytes);
    if (now >= until || until > now + wire.challengeMs || this.#used.has(challenge)) return false;
    this.#forget(now);
    if (this.#used.size >= this.#most) return false;
    this.#used.set(challenge, until);
    return true;
  }

  #proof(head: Uint8Array, handle: string): Buffer {
    return createHmac('sha256', this.#key).update(head).update(handle).digest();
  }

  /** Challenges whose time is over need not be known any more. */
  #forget(now: number): void {
    for (const [challenge, until] of this.#used) if (now >= until) this.#used.delete(challenge);
  }
}
