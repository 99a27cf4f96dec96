// The sequencer of this process, as the use cases see it.

import type { Sequencing } from '../messages/parts.ts';
import type { Sequencer } from '../sequencer/run.ts';
import { OffsetPositions } from './offset-positions.ts';

/** Follows the sequencer from here on. */
export function localSequencing(sequencer: Sequencer): Sequencing {
  const { rows, counters } = sequencer;
  const positions = new OffsetPositions(rows, () => counters.appliedOffset);
  sequencer.follow((heard) => positions.note(heard));
  return {
    rows,
    positions,
    get accepting() {
      return sequencer.accepting;
    },
    settled: (conversation, sender, id, signal) => sequencer.settled(conversation, sender, id, signal),
    follow: (follower) => sequencer.follow(follower),
  };
}
