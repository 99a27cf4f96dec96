// Port of who applies which partition. A partition has one owner when all is well; while owners change, or one was cut
// off, two may think that they own it. That does no harm: the rows that they write are the same. [CLU7]
import type { Partition } from './log.ts';

/** What this process owns, from `follow` on. */
export interface Ownership extends AsyncDisposable {
  /** Calls back with all partitions of this process whenever they change. One listener. */
  follow(listener: (owned: readonly Partition[]) => void): void;
}
