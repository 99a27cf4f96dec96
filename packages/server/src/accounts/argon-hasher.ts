// argon2id, as OWASP advises: 46 MiB, one pass, one lane (about 16 ms on a core of 2026). The work is done on the
// host's thread pool. Hashes carry their costs, so these may change: the next sign-in hashes anew.
import { hash, parseOptions, verify } from '@node-rs/argon2';
import type { Random } from '../kernel/random.ts';
import type { Hasher } from './passwords.ts';

/** Memory in KiB and passes over it. */
export interface ArgonCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

/** What a new hash costs. */
export const argonCost: ArgonCost = { memoryKiB: 47_104, passes: 1 };
const saltBytes = 16;

/** The hasher of a server. Salts come from `random`. */
export function argonHasher(random: Random, cost: ArgonCost = argonCost): Hasher {
  const options = { memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: 1 };
  return {
    hash: (password) => hash(password, { ...options, salt: random.bytes(saltBytes) }),
    verify: (stored, password) => verify(stored, password),
    isOutdated(stored) {
      const { memoryCost, timeCost } = parseOptions(stored);
      return memoryCost !== cost.memoryKiB || timeCost !== cost.passes;
    },
  };
}
