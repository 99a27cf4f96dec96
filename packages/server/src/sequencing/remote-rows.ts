// Rows of a gateway whose sequencers are other processes: the store, and before it the states of conversations that were
// read a moment ago, kept exact by the hints of the records that came since. A hint that is missed ends what is held. While
// the store does not answer, what is held goes on being used. Hints may run ahead of the store: it must never call absent
// what this gateway has shown, nor hold a state that is older; it waits for a store that is behind.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Hint, Stands } from '../bus/bus.ts';
import { type Clock, isTrusted } from '../kernel/clock.ts';
import { firstShownLookMs, maxHeldStates, maxShownLooks, stateTrustMs } from '../kernel/engine-limits.ts';
import { orHeld } from '../kernel/or-held.ts';
import { believedFor, type Renewable, Renewals } from '../kernel/renewals.ts';
import { Unavailable } from '../kernel/result.ts';
import type { Here, LiveRows } from '../messages/parts.ts';
import { accountLog } from '../sequencer/conversation-ids.ts';
import type { ConversationRow, Keys, MessageRow, Range, Rows, Table, Tables } from '../store/store.ts';
import { SharedRows } from './shared-rows.ts';
import { ShownRecords } from './shown-records.ts';

type Envelope = Extract<Hint, { readonly type: 'envelope' }>;

interface Held extends Renewable {
  readonly row: ConversationRow;
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
  readonly #shown = new ShownRecords();
  /** Settles, without a word, when the read is over. */
  readonly #reading = new Map<ConversationId, Promise<void>>();
  /** Rises when all is forgotten, so that what was read before is not held. */
  #forgotten = 0;
  readonly #renewals = new Renewals();

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
    this.#shown.heard(envelope);
    const held = this.#held.get(conversation);
    if (held === undefined || seq <= held.row.seq) return;
    const row = this.#shown.broughtUp(held.row);
    if (row === null) this.#held.delete(conversation);
    // Whatever changes a direct conversation is a record; who asks to join a group is not.
    else this.#held.set(conversation, row.kind === 'direct' ? this.#trusted(row, held.since) : { ...held, row });
  }

  #trusted(row: ConversationRow, since: number): Held {
    return { row, since, ...believedFor(stateTrustMs, this.#clock.now()) };
  }

  /** These stand in the store now. A state that does not have one was read too early, and its hint was missed. */
  stand(records: readonly Stands[]): void {
    for (const { conversation, seq } of records)
      if ((this.#held.get(conversation)?.row.seq ?? seq) < seq) this.#held.delete(conversation);
  }

  /** Hints may have been missed. */
  forget(): void {
    this.#forgotten++;
    this.#held.clear();
  }

  peek<T extends Table>(table: T, key: Keys[T]): Tables[T] | undefined {
    return table === 'conversations'
      ? (this.conversation(key[0] as ConversationId) as Tables[T] | undefined)
      : undefined;
  }

  conversation(conversation: ConversationId): ConversationRow | undefined {
    const held = this.#held.get(conversation);
    if (held === undefined) return undefined;
    if (!this.#hears(held)) {
      this.#held.delete(conversation);
      return undefined;
    }
    const now = this.#clock.now();
    // What is trusted no longer is kept: the store may not answer.
    if (!isTrusted(held.until, stateTrustMs, now)) return undefined;
    if (now >= held.dueAt) this.#renewals.renew(held, () => this.#readAndHold(conversation));
    return held.row;
  }

  counted(conversation: ConversationId, seq: number): AccountId | null | undefined {
    return this.#shown.counted(conversation, seq);
  }

  async get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    if (table === 'messages') {
      const [conversation, seq] = key as Keys['messages'];
      const read = () => this.#store.get(table, key);
      return await this.#asShown(conversation, seq, read, (row) => row !== undefined);
    }
    if (table !== 'conversations') {
      await this.#reached(table, key[0]);
      return this.#store.get(table, key);
    }
    const conversation = key[0] as ConversationId;
    const read = this.#read(conversation);
    return (
      this.#held.has(conversation) ? await orHeld(read, () => this.#stillHeld(conversation), this.#clock) : await read
    ) as Tables[T] | undefined;
  }

  async list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    const read = () => this.#store.list(table, range);
    if (table !== 'messages') {
      await this.#reached(table, range.prefix[0]);
      return await read();
    }
    const [[conversation = ''], top] = [range.prefix, topOf(range)];
    return await this.#asShown(conversation as ConversationId, top, read, (rows) =>
      hasAllOf(rows as readonly MessageRow[], range, top),
    );
  }

  /**
   * Reads once more when the store has a record that was shown here and is not in what was read.
   * @throws {Unavailable} the store stays behind
   */
  async #asShown<R>(
    conversation: ConversationId,
    seq: number,
    read: () => Promise<R>,
    hasIt: (read: R) => boolean,
  ): Promise<R> {
    const found = await read();
    if (seq > this.#shown.newest(conversation) || hasIt(found)) return found;
    for await (const row of this.#looks(conversation)) if ((row?.seq ?? 0) >= seq) return await read();
    throw new Unavailable('the store is behind what was shown of a conversation');
  }

  /**
   * Resolves when the store has every record that was shown here and moved these rows.
   * @throws {Unavailable} the store stays behind
   */
  async #reached(table: Table, first: string | undefined): Promise<void> {
    if (table !== 'settings' && table !== 'members') return;
    const conversation = table === 'settings' ? accountLog(first as AccountId) : (first as ConversationId);
    const seq = table === 'settings' ? this.#shown.newest(conversation) : this.#shown.moved(conversation);
    if (seq <= this.#shown.stored(conversation)) return;
    for await (const row of this.#looks(conversation)) {
      if ((row?.seq ?? 0) < seq) continue;
      this.#shown.stands(conversation, seq);
      return;
    }
    throw new Unavailable('the store is behind what was shown of a conversation');
  }

  /** What was read is held unless a record that it does not have was shown meanwhile. */
  #hold(row: ConversationRow, since: number): void {
    const { conversation } = row;
    if (!this.#hears({ row, since }) || this.#shown.newest(conversation) > row.seq) return;
    this.#held.delete(conversation);
    this.#held.set(conversation, this.#trusted(row, since));
    const [oldest] = this.#held.keys();
    if (this.#held.size > maxHeldStates && oldest !== undefined) this.#held.delete(oldest);
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
      const row = await this.#readAsShown(conversation);
      if (row !== undefined && forgotten === this.#forgotten) this.#hold(row, comings);
      return row;
    } finally {
      if (this.#reading.get(conversation) === promise) this.#reading.delete(conversation);
      resolve();
    }
  }

  /** As new as what was shown of it, unless the store stays behind. */
  async #readAsShown(conversation: ConversationId): Promise<ConversationRow | undefined> {
    let last: ConversationRow | undefined;
    for await (const row of this.#looks(conversation)) {
      const newest = row === undefined ? null : this.#shown.broughtUp(row);
      if (newest !== null) return newest;
      if (this.#shown.newest(conversation) === 0) return undefined;
      last = row;
    }
    return last;
  }

  /** Its state in the store, several times, ever more seldom. */
  async *#looks(conversation: ConversationId): AsyncGenerator<ConversationRow | undefined> {
    yield await this.#store.get('conversations', [conversation]);
    for (let look = 1, pauseMs = firstShownLookMs; look < maxShownLooks; look++, pauseMs *= 2) {
      await new Promise<void>((resolve) => void this.#clock.after(pauseMs, resolve));
      yield await this.#store.get('conversations', [conversation]);
    }
  }

  /** What is held, whatever its age, and for a while not asked for again. */
  #stillHeld(conversation: ConversationId): ConversationRow | undefined {
    const held = this.#held.get(conversation);
    if (held === undefined || !this.#hears(held)) return undefined;
    const { row } = held;
    this.#held.set(conversation, this.#trusted(row, this.#here.comings));
    return row;
  }

  /**
   * In a room hints do not come for its members. Who has blocked the other of two is not told of what is said: then the
   * other one, who comes, may know more.
   */
  #hears({ row: { kind, members }, since }: Pick<Held, 'row' | 'since'>): boolean {
    if (members === null || !this.#here.hears(members.keys(), since)) return false;
    return kind !== 'direct' || !this.#here.came(members.keys(), since);
  }
}

/** The highest seq that a range may have; one without an end says nothing of it. */
function topOf({ before, after }: Range): number {
  const top = Number(before?.[0] ?? Number.POSITIVE_INFINITY) - 1;
  return top > Number(after?.[0] ?? 0) ? top : Number.POSITIVE_INFINITY;
}

/** Seqs are dense: is the highest one there, or were there more than could be read? */
function hasAllOf(rows: readonly MessageRow[], { limit, reverse }: Range, top: number): boolean {
  return reverse === true ? rows[0]?.seq === top : rows.length === limit || rows.at(-1)?.seq === top;
}
