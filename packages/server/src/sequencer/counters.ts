// What the sequencer counts: plain numbers, read at every scrape. It must never hold anything of a message.

/** Totals since the start, but for what is said otherwise. */
export interface Counters {
  /** Records applied, replayed ones included. */
  applied: number;
  accepted: number;
  rejected: number;
  repeats: number;
  /** Records whose verdict is `internal`, or that could not be read at all. */
  faults: number;
  /** Rows that had to be asked of the store before a record could be applied. */
  fetches: number;
  /** Transactions of the store, and tries that failed. */
  commits: number;
  commitFailures: number;
  /** Last offset applied, committed, surely on disk, and released; −1 for none. */
  appliedOffset: number;
  committedOffset: number;
  safeOffset: number;
  releasedOffset: number;
}

/** All at zero. */
export function createCounters(): Counters {
  return {
    applied: 0,
    accepted: 0,
    rejected: 0,
    repeats: 0,
    faults: 0,
    fetches: 0,
    commits: 0,
    commitFailures: 0,
    appliedOffset: -1,
    committedOffset: -1,
    safeOffset: -1,
    releasedOffset: -1,
  };
}
