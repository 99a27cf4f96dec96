// What a recovery key has to sign before it signs in. Nothing is kept of a challenge until it is answered, so asking for
// many costs no memory: it carries its own time and proof. Promise: good for one handle, for two minutes, once, at
// whatever gateway it is answered.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { encodeBase64url, limits as wire } from '@parley/protocol';
import type { Ephemeral } from '../ephemeral/ephemeral.ts';
import type { Clock } from '../kernel/clock.ts';
import { challengeKeyMs } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';

const timeBytes = 6;
const nonceBytes = 16;
const headBytes = timeBytes + nonceBytes;
const keyName = 'challenge-key';

/** Makes challenges and takes them back. */
export class Challenges {
  readonly #values: Ephemeral;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(values: Ephemeral, clock: Clock, random: Random) {
    this.#values = values;
    this.#clock = clock;
    this.#random = random;
  }

  /** One for this handle. */
  async make(handle: string): Promise<string> {
    const key = await this.#key();
    const head = Buffer.alloc(headBytes);
    head.writeUIntBE(this.#clock.now() + wire.challengeMs, 0, timeBytes);
    head.set(this.#random.bytes(nonceBytes), timeBytes);
    return encodeBase64url(Buffer.concat([head, proof(key, head, handle)]));
  }

  /** Is it one of ours, for this handle, in time, and for the first time? From now on it is used. */
  async use(challenge: string, handle: string): Promise<boolean> {
    const bytes = Buffer.from(challenge, 'base64url');
    const head = bytes.subarray(0, headBytes);
    if (bytes.length !== headBytes + 32 || encodeBase64url(bytes) !== challenge) return false;
    if (!timingSafeEqual(bytes.subarray(headBytes), proof(await this.#key(), head, handle))) return false;
    const now = this.#clock.now();
    const until = head.readUIntBE(0, timeBytes);
    if (now >= until || until > now + wire.challengeMs) return false;
    return (await this.#values.create(`used/${challenge}`, '1', wire.challengeMs)) === 'done';
  }

  /** The key of all gateways. When it is lost, challenges that were not answered yet are no good any more. */
  async #key(): Promise<Uint8Array> {
    for (;;) {
      const kept = await this.#values.get(keyName);
      if (kept !== undefined) return Buffer.from(kept, 'base64');
      const made = Buffer.from(this.#random.bytes(32));
      const answer = await this.#values.create(keyName, made.toString('base64'), challengeKeyMs);
      if (answer !== 'there') return made;
    }
  }
}

function proof(key: Uint8Array, head: Uint8Array, handle: string): Buffer {
  return createHmac('sha256', key).update(head).update(handle).digest();
}
