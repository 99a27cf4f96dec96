// Rows of a gateway whose sequencers are other processes: the store, and before it the states of conversations that were
// read a moment ago, kept exact by the hints of the records that came since. A hint that is missed ends what is held. While
// the store does not answer, what is held goes on being used. It must never answer with a state that is older than a record
// this gateway has shown to somebody.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Hint } from '../bus/bus.ts';
import { type Clock, isTrusted } from '../kernel/clock.ts';
import { maxHeldStates, stateTrustMs } from '../kernel/engine-limits.ts';
import { orHeld } from '../kernel/or-held.ts';
import type { LiveRows } from '../messages/parts.ts';
import type { ConversationRow, Keys, Range, Rows, Table, Tables } from '../store/store.ts';
import { SharedRows } from './shared-rows.ts';

type Envelope = Extract<Hint, { readonly type: 'envelope' }>;

/** Whose hints come here. */
export interface Here {
  /** How often those of an account began to. */
  readonly comings: number;
  /** Do those of one of these come now, and without a break since there had been so many comings? */
  hears(accounts: Iterable<AccountId>, since: number): boolean;
}

interface Held {
  readonly row: ConversationRow;
  readonly until: number;
  /** How many comings there had been when hints were last known to keep it exact. */
  readonly since: number;
}

/** The store with a small memory. */
export class RemoteRows implements LiveRows {
  readonly #store: Rows;
  readonly #clock: Clock;
  readonly #here: Here;
  /** The one read longest ago comes first. */
  readonly #held = new Map<ConversationId, Held>();
  /** Newest seq that was shown here, of conversations of which nothing is held. */
  readonly #shown = new Map<ConversationId, number>();
  /** Settles, without a word, when the read is over. */
  readonly #reading = new Map<ConversationId, Promise<void>>();
  /** Rises when all is forgotten, so that what was read before is not held. */
  #forgotten = 0;

  /** A state is held only while hints of all records of its conversation come here. */
  constructor(store: Rows, clock: Clock, here: Here) {
    this.#store = new SharedRows(store);
    this.#clock = clock;
    this.#here = here;
  }

  /** States that are at hand. */
  get size(): number {
    return this.#held.size;
  }

  /** A record was shown here, or is about to be. */
  heard(envelope: Envelope): void {
    const { conversation, seq } = envelope;
    const held = this.#held.get(conversation);
    if (held === undefined) this.#note(conversation, seq);
    else if (seq > held.row.seq) {
      const row = advanced(held.row, envelope);
      if (row === null) {
        this.#drop(conversation);
        this.#note(conversation, seq);
      } else this.#held.set(conversation, { row, until: this.#prolonged(held), since: held.since });
    }
  }

  /** Whatever changes a direct conversation is a record; who asks to join a group is not. */
  #prolonged({ row, until }: Held): number {
    return row.kind === 'direct' ? this.#clock.now() + stateTrustMs : until;
  }

  /** Hints may have been missed. */
  forget(): void {
    this.#forgotten++;
    for (const conversation of [...this.#held.keys()]) this.#drop(conversation);
  }

  peek<T extends Table>(table: T, key: Keys[T]): Tables[T] | undefined {
    return table === 'conversations'
      ? (this.conversation(key[0] as ConversationId) as Tables[T] | undefined)
      : undefined;
  }

  conversation(conversation: ConversationId): ConversationRow | undefined {
    const held = this.#held.get(conversation);
    if (held === undefined) return undefined;
    if (!this.#hears(held)) this.#drop(conversation);
    else if (isTrusted(held.until, stateTrustMs, this.#clock.now())) return held.row;
    // What is trusted no longer is kept: the store may not answer.
    return undefined;
  }

  async get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    if (table !== 'conversations') return this.#store.get(table, key);
    const conversation = key[0] as ConversationId;
    const read = this.#read(conversation);
    return (
      this.#held.has(conversation) ? await orHeld(read, () => this.#stillHeld(conversation), this.#clock) : await read
    ) as Tables[T] | undefined;
  }

  list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    return this.#store.list(table, range);
  }

  /** What was read is held unless a record that it does not have was shown meanwhile. */
  #hold(row: ConversationRow, since: number): void {
    const { conversation } = row;
    const before = this.#held.get(conversation);
    if (!this.#hears({ row, since }) || (before?.row.seq ?? this.#shown.get(conversation) ?? 0) > row.seq) return;
    this.#held.delete(conversation);
    this.#shown.delete(conversation);
    this.#held.set(conversation, { row, until: this.#clock.now() + stateTrustMs, since });
    const [oldest] = this.#held.keys();
    if (this.#held.size > maxHeldStates && oldest !== undefined) this.#drop(oldest);
  }

  /** Who asks while it is being read is served what is held then, as who asks a moment later. */
  async #read(conversation: ConversationId): Promise<ConversationRow | undefined> {
    const underWay = this.#reading.get(conversation);
    if (underWay !== undefined) await underWay;
    return (underWay && this.conversation(conversation)) ?? this.#readAndHold(conversation);
  }

  async #readAndHold(conversation: ConversationId): Promise<ConversationRow | undefined> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reading.set(conversation, promise);
    const { comings } = this.#here;
    const forgotten = this.#forgotten;
    try {
      const row = await this.#store.get('conversations', [conversation]);
      if (row !== undefined && forgotten === this.#forgotten) this.#hold(row, comings);
      return row;
    } finally {
      if (this.#reading.get(conversation) === promise) this.#reading.delete(conversation);
      resolve();
    }
  }

  /** What is held, whatever its age, and for a while not asked for again. */
  #stillHeld(conversation: ConversationId): ConversationRow | undefined {
    const held = this.#held.get(conversation);
    if (held === undefined || !this.#hears(held)) return undefined;
    const { row } = held;
    this.#held.set(conversation, { row, until: this.#clock.now() + stateTrustMs, since: this.#here.comings });
    return row;
  }

  /** In a room hints do not come for its members. */
  #hears({ row, since }: Pick<Held, 'row' | 'since'>): boolean {
    return row.members !== null && this.#here.hears(row.members.keys(), since);
  }

  /** The store may be behind what was shown of it. */
  #drop(conversation: ConversationId): void {
    const seq = this.#held.get(conversation)?.row.seq ?? 0;
    this.#held.delete(conversation);
    this.#note(conversation, seq);
  }

  #note(conversation: ConversationId, seq: number): void {
    const newest = Math.max(seq, this.#shown.get(conversation) ?? 0);
    this.#shown.delete(conversation);
    this.#shown.set(conversation, newest);
    if (this.#shown.size > maxHeldStates)
      for (const oldest of this.#shown.keys()) return void this.#shown.delete(oldest);
  }
}

/** The state after a record that moved nothing else; null: it must be read. */
function advanced(row: ConversationRow, { seq, memberN, after }: Envelope): ConversationRow | null {
  if (after === null || seq !== row.seq + 1 || memberN !== row.memberN) return null;
  if (row.kind === 'direct' && !row.contact) return null;
  return { ...row, ...after, seq };
}
