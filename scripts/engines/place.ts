// Where a process of a cluster on this machine runs: loopback, or a network namespace of its own that can be cut off.

/** An address, and what a command is put behind to run there. */
export interface Place {
  readonly address: string;
  readonly prefix: readonly string[];
}

/** On this machine's own loopback. */
export function loopback(address = '127.0.0.1'): Place {
  return { address, prefix: [] };
}
