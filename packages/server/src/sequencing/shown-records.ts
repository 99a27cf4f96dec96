// Records that a gateway has shown and the store may not have yet: what their hints say of them. It promises that a state is
// brought up to them only where they moved nothing but what every record moves. In bounded memory.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Hint, StandsAt } from '../bus/bus.ts';
import { maxHeldStates, maxShownSenders } from '../kernel/engine-limits.ts';
import { Recent } from '../sequencer/recent.ts';
import type { ConversationRow } from '../store/store.ts';

type Envelope = Extract<Hint, { readonly type: 'envelope' }>;

/** What was shown last of a conversation. */
interface Shown {
  /** The newest seq. */
  seq: number;
  /** All from here on up to it were shown, and are plain; above it when it is not. */
  from: number;
  memberN: number;
  after: StandsAt | null;
  /** Who said it and those before it, the newest last; null for one that does not count. */
  senders: (AccountId | null)[];
  /** Up to here the store is known to have it. */
  stored: number;
}

/** What was shown a moment ago. */
export class ShownRecords {
  readonly #shown = new Recent<ConversationId, Shown>(maxHeldStates, () => 1);

  /** A record was shown here, or is about to be. */
  heard({ conversation, seq, memberN, after, sender, counts }: Envelope): void {
    const said = counts ? sender : null;
    const shown = this.#shown.get(conversation);
    if (shown === undefined) {
      const from = after === null ? seq + 1 : seq;
      this.#shown.set(conversation, { seq, from, memberN, after, senders: [said], stored: 0 });
      return;
    }
    if (shown.seq >= seq) return;
    const isNext = shown.seq === seq - 1;
    if (after === null) shown.from = seq + 1;
    else if (!isNext || shown.memberN !== memberN) shown.from = seq;
    if (!isNext) shown.senders = [];
    if (shown.senders.push(said) > maxShownSenders) shown.senders.shift();
    shown.seq = seq;
    shown.memberN = memberN;
    shown.after = after;
  }

  /** The newest seq of this conversation that was shown; 0: none is remembered. */
  newest(conversation: ConversationId): number {
    return this.#shown.peek(conversation)?.seq ?? 0;
  }

  /** The newest seq of a record that was shown, or missed before one that was, and moved more; 0: none is remembered. */
  moved(conversation: ConversationId): number {
    const shown = this.#shown.peek(conversation);
    return shown === undefined ? 0 : shown.from - 1;
  }

  /** Up to which seq the store is known to have it. */
  stored(conversation: ConversationId): number {
    return this.#shown.peek(conversation)?.stored ?? 0;
  }

  /** The store has it up to this seq. */
  stands(conversation: ConversationId, seq: number): void {
    const shown = this.#shown.peek(conversation);
    if (shown !== undefined) shown.stored = Math.max(shown.stored, seq);
  }

  /** The state with everything that was shown; null: something of that moved more, it must be read. */
  broughtUp(row: ConversationRow): ConversationRow | null {
    const shown = this.#shown.peek(row.conversation);
    if (shown === undefined || shown.seq <= row.seq) return row;
    const { seq, from, memberN, after } = shown;
    if (after === null || row.seq < from - 1 || row.memberN !== memberN) return null;
    if (row.kind === 'direct' && !row.contact) return null;
    return { ...row, ...after, seq };
  }

  /** Who said this record; null: it does not count; undefined: that is not remembered. */
  counted(conversation: ConversationId, seq: number): AccountId | null | undefined {
    const shown = this.#shown.peek(conversation);
    return shown === undefined || seq > shown.seq ? undefined : shown.senders.at(seq - shown.seq - 1);
  }
}
