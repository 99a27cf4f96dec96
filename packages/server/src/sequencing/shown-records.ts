// Records that a gateway has shown and the store may not have yet: what their hints say of them. It promises that a state is
// brought up to them only where they moved nothing but what every record moves. In bounded memory.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Hint, StandsAt } from '../bus/bus.ts';
import { maxHeldStates, maxShownRecords } from '../kernel/engine-limits.ts';
import type { ConversationRow } from '../store/store.ts';

type Envelope = Extract<Hint, { readonly type: 'envelope' }>;

/** The newest record of a conversation that was shown. */
interface Newest {
  readonly seq: number;
  /** All from here on up to it were shown, and are plain; above it when it is not. */
  readonly from: number;
  readonly memberN: number;
  readonly after: StandsAt | null;
}

/** What was shown a moment ago. */
export class ShownRecords {
  /** The one heard of longest ago comes first. */
  readonly #newest = new Map<ConversationId, Newest>();
  /** By conversation and seq: who said it, or null when it does not count. The oldest comes first. */
  readonly #senders = new Map<string, AccountId | null>();

  /** A record was shown here, or is about to be. */
  heard({ conversation, seq, memberN, after, sender, counts }: Envelope): void {
    keep(this.#senders, `${conversation} ${seq}`, counts ? sender : null, maxShownRecords);
    const before = this.#newest.get(conversation);
    if (before !== undefined && before.seq >= seq) return;
    const isNext = before?.seq === seq - 1 && before.memberN === memberN;
    const from = after === null ? seq + 1 : isNext ? before.from : seq;
    keep(this.#newest, conversation, { seq, from, memberN, after }, maxHeldStates);
  }

  /** The newest seq of this conversation that was shown; 0: none is remembered. */
  newest(conversation: ConversationId): number {
    return this.#newest.get(conversation)?.seq ?? 0;
  }

  /** The state with everything that was shown; null: something of that moved more, it must be read. */
  broughtUp(row: ConversationRow): ConversationRow | null {
    const newest = this.#newest.get(row.conversation);
    if (newest === undefined || newest.seq <= row.seq) return row;
    const { seq, from, memberN, after } = newest;
    if (after === null || row.seq < from - 1 || row.memberN !== memberN) return null;
    if (row.kind === 'direct' && !row.contact) return null;
    return { ...row, ...after, seq };
  }

  /** Who said this record; null: it does not count; undefined: that is not remembered. */
  counted(conversation: ConversationId, seq: number): AccountId | null | undefined {
    return this.#senders.get(`${conversation} ${seq}`);
  }
}

function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) for (const oldest of map.keys()) return void map.delete(oldest);
}
