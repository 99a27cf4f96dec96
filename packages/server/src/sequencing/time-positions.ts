// Positions where many partitions are applied by other processes: append times in milliseconds. What was appended up to
// the moment that every owner vouches for is in the store. It must never tell a moment of which something is missing.

import type { Clock } from '../kernel/clock.ts';
import { clockBehindMs } from '../kernel/limits.ts';
import type { Positions } from '../messages/parts.ts';
import type { ConversationRow, MessageRow } from '../store/store.ts';

/** Times. */
export class TimePositions implements Positions {
  readonly #asOf: () => Promise<number>;
  readonly #clock: Clock;

  /** `asOf`: everything with an append time up to it is in the store. */
  constructor(asOf: () => Promise<number>, clock: Clock) {
    this.#asOf = asOf;
    this.#clock = clock;
  }

  now(): Promise<number> {
    return this.#asOf();
  }

  /** Another gateway may have told of it, whose clock is ahead. */
  get bound(): number {
    return this.#clock.now() + clockBehindMs;
  }

  ofState(state: ConversationRow): number {
    return state.time;
  }

  async ofMessage(message: MessageRow): Promise<number> {
    return message.time;
  }

  isUnchanged(): boolean {
    return false;
  }
}
