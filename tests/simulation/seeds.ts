// Seeds with a name: runs that once found a bug, and are run for ever.

/** A run to be repeated. */
export interface NamedSeed {
  readonly seed: number;
  readonly name: string;
}

/** In the order in which they were found. */
export const namedSeeds: readonly NamedSeed[] = [];
