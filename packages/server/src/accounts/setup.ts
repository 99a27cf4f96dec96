// The set-up link: while a server has no operator, whoever holds the link that its console shows makes the first
// account. Promise: one link is good at a time, once, for 15 minutes; never while there is an operator.
import { type InviteId, idFromBytes, limits } from '@parley/protocol';
import type { Directory } from '../directory/directory.ts';
import type { Clock } from '../kernel/clock.ts';
import { setupTrustMs } from '../kernel/limits.ts';
import type { Random } from '../kernel/random.ts';
import { mintSecret, secretHash } from './tokens.ts';

/** The secret of a link, and when it ends in milliseconds since the Unix epoch. */
export interface SetupLink {
  readonly secret: string;
  readonly expiresAt: number;
}

export interface SetupParts {
  readonly directory: Pick<Directory, 'invites' | 'people'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Knows whether there is an operator. */
export class Setup {
  readonly #parts: SetupParts;
  /** When an operator was last seen in the directory. */
  #doneAt = Number.NaN;

  constructor(parts: SetupParts) {
    this.#parts = parts;
  }

  /** Is there no operator yet? A yes is always fresh, a no at most `setupTrustMs` old: anybody may ask this. */
  async isNeeded(): Promise<boolean> {
    const { clock, directory } = this.#parts;
    const age = clock.now() - this.#doneAt;
    if (age >= 0 && age < setupTrustMs) return false;
    const { admins } = await directory.people.counts();
    if (admins > 0) this.#doneAt = clock.now();
    return admins === 0;
  }

  /** A new link, which ends the one before; null when there is an operator. */
  async link(): Promise<SetupLink | null> {
    const { clock, directory, random } = this.#parts;
    if ((await directory.people.counts()).admins > 0) return null;
    const secret = mintSecret(random);
    const createdAt = clock.now();
    const expiresAt = createdAt + limits.setupLinkMs;
    const invite = idFromBytes('i', random.bytes(16)) as InviteId;
    const row = { invite, secretHash: secretHash(secret), inviter: null, createdAt, expiresAt, maxUses: 1, uses: 0 };
    await directory.invites.add(row, 1);
    return { secret, expiresAt };
  }
}
