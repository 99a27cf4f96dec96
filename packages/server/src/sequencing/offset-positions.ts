// Positions of one partition that is applied in this process: offsets. What changed lately is known by heart, so that
// who asks what changed need not read what did not.
import type { ConversationId } from '@parley/protocol';
import type { Offset } from '../log/log.ts';
import type { Positions } from '../messages/parts.ts';
import type { Heard } from '../sequencer/record.ts';
import type { ConversationRow, MessageRow, Rows } from '../store/store.ts';
import { RecentChanges } from './recent-changes.ts';

/** Offsets. Fed with every record by `note`. */
export class OffsetPositions implements Positions {
  readonly #rows: Rows;
  readonly #appliedOffset: () => Offset;
  readonly #recent: RecentChanges;

  constructor(rows: Rows, appliedOffset: () => Offset) {
    this.#rows = rows;
    this.#appliedOffset = appliedOffset;
    this.#recent = new RecentChanges(appliedOffset);
  }

  note({ conversation, offset }: Pick<Heard, 'conversation' | 'offset'>): void {
    this.#recent.note(conversation, offset);
  }

  async now(): Promise<number> {
    return this.#appliedOffset();
  }

  get bound(): number {
    return this.#appliedOffset();
  }

  ofState(state: ConversationRow): number {
    return state.offset;
  }

  async ofMessage({ conversation, sender, id }: MessageRow): Promise<number> {
    return (await this.#rows.get('ids', [conversation, sender, id]))?.offset ?? Number.POSITIVE_INFINITY;
  }

  isUnchanged(conversation: ConversationId, position: number): boolean {
    return this.#recent.isUnchanged(conversation, position);
  }
}
