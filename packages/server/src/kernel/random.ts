// Randomness as an argument. Tokens and ids come from here, so a simulation can replay them.
import { randomFillSync } from 'node:crypto';

/** A source of random bytes. */
export interface Random {
  /** `length` bytes, 1 to 1024, fit for secrets when the host provides them. */
  bytes(length: number): Uint8Array;
}

/** The host's cryptographic generator. */
export const hostRandom: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
};
