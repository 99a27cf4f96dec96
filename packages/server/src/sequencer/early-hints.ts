// Hints that went out before the rows of their records were stored: whoever came, or was told to look, between the two has
// read too early and hears nothing more by itself. It promises that all of those are told once the rows stand; of more
// hints than it can remember everybody is.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Hint, Stands } from '../bus/bus.ts';
import type { Clock } from '../kernel/clock.ts';
import { maxHeldHints, storedLeewayMs } from '../kernel/limits.ts';
import type { Offset } from '../log/log.ts';

/** A record, and when it was applied. */
export interface Applied {
  readonly offset: Offset;
  readonly since: number;
}

interface Early extends Applied {
  readonly accounts: readonly AccountId[];
  readonly room: ConversationId | null;
  /** Of which a gateway may hold the state. */
  readonly record: Stands | null;
  /** A setting of this account changed. */
  readonly setting: AccountId | null;
}

/** What is to be told when it is stored. */
export class EarlyHints {
  readonly #clock: Clock;
  /** By rising offset. */
  #told: Early[] = [];
  /** The newest that is not remembered, and since when there are such. */
  #forgotten: Applied | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It goes out now. */
  note(applied: Applied, hint: Hint): void {
    const early = earlyOf(applied, hint);
    if (early === null) return;
    if (this.#told.length < maxHeldHints) this.#told.push(early);
    else this.#forgotten = { offset: applied.offset, since: this.#forgotten?.since ?? applied.since };
  }

  /** Everything up to this record is stored: what is to be told now. */
  stored(offset: Offset): readonly Hint[] {
    const count = this.#told.findIndex((early) => early.offset > offset);
    const stands = count < 0 ? this.#told : this.#told.slice(0, count);
    this.#told = count < 0 ? [] : this.#told.slice(count);
    const hints = this.#hintsOf(stands);
    const forgotten = this.#forgotten;
    if (forgotten === null || forgotten.offset > offset) return hints;
    this.#forgotten = null;
    return [
      ...hints,
      { type: 'stored', accounts: null, room: null, withinMs: this.#withinMs(forgotten.since), stands: [] },
    ];
  }

  #hintsOf(stands: readonly Early[]): readonly Hint[] {
    const [oldest] = stands;
    if (oldest === undefined) return [];
    const withinMs = this.#withinMs(oldest.since);
    const accounts = [...new Set(stands.flatMap((early) => early.accounts))];
    const rooms = new Set(stands.map(({ room }) => room).filter((room) => room !== null));
    const seqs = new Map<ConversationId, number>();
    // What was sent again is told of with the seq that it had before, behind newer ones.
    for (const { record } of stands)
      if (record !== null) seqs.set(record.conversation, Math.max(record.seq, seqs.get(record.conversation) ?? 0));
    const records = [...seqs].map(([conversation, seq]) => ({ conversation, seq }));
    const settings = new Set(stands.map(({ setting }) => setting).filter((account) => account !== null));
    return [
      // Whoever read them again at once has read the older ones.
      ...[...settings].map((account): Hint => ({ type: 'settings', account })),
      ...(accounts.length > 0 ? [{ type: 'stored', accounts, room: null, withinMs, stands: records } as const] : []),
      ...[...rooms].map((room): Hint => ({ type: 'stored', accounts: [], room, withinMs, stands: [] })),
    ];
  }

  #withinMs(since: number): number {
    return this.#clock.now() - since + storedLeewayMs;
  }
}

/** Null: nobody asks for anything because of it. */
function earlyOf(applied: Applied, hint: Hint): Early | null {
  const early = { ...applied, accounts: [], room: null, record: null, setting: null };
  switch (hint.type) {
    case 'envelope': {
      const { recipients, conversation, seq, joined, left } = hint;
      return recipients === null
        ? { ...early, accounts: [...joined, ...left], room: conversation }
        : { ...early, accounts: recipients, record: { conversation, seq } };
    }
    case 'changed':
      return { ...early, accounts: hint.accounts };
    case 'settings':
      return { ...early, setting: hint.account };
    default:
      return null;
  }
}
