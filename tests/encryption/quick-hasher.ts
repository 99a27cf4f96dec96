// A hasher that costs nothing, where nobody tries passwords.
import type { Hasher } from '../../packages/server/src/accounts/passwords.ts';

export const quickHasher: Hasher = {
  hash: async (text) => `quick:${text}`,
  verify: async (stored, text) => stored === `quick:${text}`,
  isOutdated: () => false,
};
