// Every row that the store has not committed, in front of the store: readers ask here first, and it wins. Behind the
// uncommitted layers stand two caches of committed rows. It must never serve what a newer row replaced, however far
// the store lags: a reader that waited for the store merges what has been applied meanwhile.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import { assert } from '../kernel/assert.ts';
import {
  maxOverlayBytes,
  maxSeatBytes,
  maxStateBytes,
  seatBytes,
  stateMemberBytes,
  stateRowBytes,
  tailRows,
} from '../kernel/limits.ts';
import type { Entry } from '../log/log.ts';
import { compareParts, inRange, type KeyPart } from '../store/keys.ts';
import {
  type ConversationRow,
  type IdRow,
  type Keys,
  keyOf,
  type MemberRow,
  type MessageRow,
  type Range,
  type Rows,
  type Table,
  type Tables,
} from '../store/store.ts';
import { Layer, type Shelf } from './layer.ts';
import { Recent } from './recent.ts';
import { TailCache } from './tail-cache.ts';
import type { Effects } from './view.ts';

/** Bounds, smaller in tests. */
export interface OverlayBounds {
  readonly bytes: number;
  readonly stateBytes: number;
  readonly tailBytes?: number;
}

const defaultBounds: OverlayBounds = { bytes: maxOverlayBytes, stateBytes: maxStateBytes };

/** The newest interval of an account in a room, or that it has none. */
export interface Seat {
  readonly row: MemberRow | null;
}

/** Uncommitted rows over the store. */
export class Overlay implements Rows {
  readonly #store: Rows;
  readonly #bounds: OverlayBounds;
  /** Newest first; the first one is open. */
  readonly #layers: Layer[] = [new Layer()];
  readonly #states: Recent<ConversationId, ConversationRow>;
  readonly #seats = new Recent<string, Seat>(maxSeatBytes, () => seatBytes);
  readonly #tails: TailCache;
  #bytes = 0;
  #held = false;
  readonly #committed: Layer[] = [];
  /** Layers that went while somebody read the store who began before, and walks on from there. Oldest first. */
  readonly #gone: Layer[] = [];

  constructor(store: Rows, bounds = defaultBounds) {
    this.#store = store;
    this.#bounds = bounds;
    this.#states = new Recent(bounds.stateBytes, stateCost);
    this.#tails = new TailCache(bounds.tailBytes);
  }

  /** Bytes of uncommitted rows, estimated. */
  get bytes(): number {
    return this.#bytes;
  }

  /** No more may be appended until the store has caught up. */
  get full(): boolean {
    return this.#bytes >= this.#bounds.bytes;
  }

  /** The layer that is being filled. */
  get open(): Layer {
    return this.#layers[0] as Layer;
  }

  /** The layer that is to be committed next. */
  get sealed(): Layer | undefined {
    const at = this.#layers.length - 1 - this.#committed.length;
    return at > 0 ? this.#layers[at] : undefined;
  }

  /** Puts what a record changed on top. */
  put(entry: Entry, effects: Effects): void {
    const before = this.open.bytes;
    this.open.add(entry, effects);
    this.#bytes += this.open.bytes - before;
  }

  /** Closes the open layer, so that it can be committed, and opens the next. */
  seal(): Layer {
    const sealed = this.open;
    const next = new Layer();
    sealed.next = next;
    this.#layers.unshift(next);
    return sealed;
  }

  /** While records are being applied no layer goes. */
  hold(): void {
    this.#held = true;
  }

  letGo(): void {
    this.#held = false;
    for (const layer of this.#committed.splice(0)) this.#drop(layer);
  }

  /** The store has committed the oldest layer: its newest rows move to the caches, and it goes. */
  committed(layer: Layer): void {
    if (this.#held) this.#committed.push(layer);
    else this.#drop(layer);
  }

  #drop(layer: Layer): void {
    assert(this.#layers.at(-1) === layer && layer !== this.open, 'layers are dropped oldest first');
    for (const [conversation, shelf] of layer.shelves) {
      if (shelf.conversation !== null) this.#states.set(conversation, shelf.conversation);
      this.#tails.follow(conversation, shelf.messages, shelf.changed?.values() ?? []);
      if (shelf.conversation?.members === null) this.#learnSeats(conversation, shelf);
    }
    this.#layers.pop();
    this.#bytes -= layer.bytes;
    this.#gone.push(layer);
    this.#unlink();
  }

  /** What went leads on only while somebody may walk there: the collector of young objects spares what a dead old one leads to. */
  #unlink(): void {
    const read = this.#gone.findIndex(({ readers }) => readers > 0);
    for (const layer of this.#gone.splice(0, read < 0 ? this.#gone.length : read)) layer.next = null;
  }

  /** State of a conversation, if it is in memory. */
  conversation(conversation: ConversationId): ConversationRow | undefined {
    for (const layer of this.#layers) {
      const row = layer.shelves.get(conversation)?.conversation;
      if (row !== undefined && row !== null) return row;
    }
    return this.#states.get(conversation);
  }

  /** Puts a committed state at hand. Nothing may have replaced it meanwhile. */
  keepConversation(row: ConversationRow): void {
    this.#states.set(row.conversation, row);
  }

  /** The newest interval of an account in a room, if it is known. */
  seat(conversation: ConversationId, account: AccountId): Seat | undefined {
    for (const layer of this.#layers) {
      const row = layer.shelves.get(conversation)?.members?.get(account)?.at(-1);
      if (row !== undefined) return { row };
    }
    return this.#seats.get(conversation + account);
  }

  /** As `keepConversation`. */
  keepSeat(conversation: ConversationId, account: AccountId, seat: Seat): void {
    this.#seats.set(conversation + account, seat);
  }

  /** The verdict on an identity, if the store does not have it yet. */
  id(conversation: ConversationId, sender: AccountId, id: MessageId): IdRow | undefined {
    for (const layer of this.#layers) {
      const row = layer.id(conversation, sender, id);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** A row, if it is in memory. Undefined says nothing about the store. */
  peek<T extends Table>(table: T, key: Keys[T]): Tables[T] | undefined {
    for (const layer of this.#layers) {
      const row = layer.get(table, key);
      if (row !== undefined) return row;
    }
    if (table === 'conversations') return this.#states.peek(key[0] as ConversationId) as Tables[T] | undefined;
    if (table !== 'messages') return undefined;
    return this.#tails.get(key[0] as ConversationId, key[1] as number) as Tables[T] | undefined;
  }

  /** Who said the record at this seq, when it counts; null: it does not; undefined: it is not in memory. */
  counted(conversation: ConversationId, seq: number): AccountId | null | undefined {
    const row = this.peek('messages', [conversation, seq]);
    return row && (row.kind === 'content' ? row.sender : null);
  }

  async get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    const held = this.peek(table, key);
    if (held !== undefined) return held;
    return this.#over(this.#store.get(table, key), (stored, layers) => {
      let newest = stored;
      for (const layer of layers) newest = layer.get(table, key) ?? newest;
      // What is asked for when somebody connects is soon asked for again; nothing newer is at hand.
      if (table === 'conversations' && newest !== undefined && this.peek(table, key) === undefined)
        this.keepConversation(newest as ConversationRow);
      return newest;
    });
  }

  async list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    if (table === 'messages') {
      const rows = this.#page(range);
      if (rows !== null) return rows as readonly Tables[T][];
    }
    return this.#over(this.#store.list(table, range), (stored, layers) => {
      const merged = merge(table, range, stored, layers);
      if (table === 'messages') this.#activate(range, merged as readonly MessageRow[]);
      return merged;
    });
  }

  /** Content whose time is over leaves the cache too. */
  forgetExpired(time: number): void {
    this.#tails.forgetExpired(time);
  }

  #learnSeats(conversation: ConversationId, { members }: Shelf): void {
    for (const [account, rows] of members ?? []) {
      const row = rows.at(-1);
      if (row !== undefined) this.#seats.set(conversation + account, { row });
    }
  }

  /** What the store says, merged with the layers there were when it was asked and all that came since. */
  async #over<S, R>(asked: Promise<S>, merged: (stored: S, layers: Iterable<Layer>) => R): Promise<R> {
    const oldest = this.#layers.at(-1) as Layer;
    oldest.readers++;
    try {
      return merged(await asked, from(oldest));
    } finally {
      oldest.readers--;
      this.#unlink();
    }
  }

  /** The page, when all of it is in memory: seqs are dense, so it is known which rows it has. */
  #page({ prefix, after, before, limit, reverse }: Range): readonly MessageRow[] | null {
    const conversation = prefix[0] as ConversationId;
    const head = this.conversation(conversation)?.seq;
    if (head === undefined) return null;
    const low = Math.max(after === undefined ? 1 : Number(after[0]) + 1, 1);
    const high = Math.min(before === undefined ? head : Number(before[0]) - 1, head);
    const rows: MessageRow[] = [];
    for (let i = 0; i < limit && i <= high - low; i++) {
      const row = this.peek('messages', [conversation, reverse === true ? high - i : low + i]);
      if (row === undefined) return null;
      rows.push(row);
    }
    this.#tails.touch(conversation);
    return rows;
  }

  /** The newest page was read: the next reader need not ask the store. */
  #activate({ prefix, before, reverse }: Range, rows: readonly MessageRow[]): void {
    const conversation = prefix[0] as ConversationId;
    const newest = rows[0];
    if (reverse !== true || before !== undefined || newest === undefined) return;
    if (newest.seq !== this.conversation(conversation)?.seq) return;
    this.#tails.activate(conversation, rows.slice(0, tailRows).reverse());
  }
}

/** The layer and those after it, dropped or not. */
function* from(layer: Layer): Iterable<Layer> {
  for (let at: Layer | null = layer; at !== null; at = at.next) yield at;
}

/** Rows of the store under those of the layers, oldest layer first, cut to the range. */
function merge<T extends Table>(
  table: T,
  range: Range,
  stored: readonly Tables[T][],
  layers: Iterable<Layer>,
): readonly Tables[T][] {
  const keyed = new Map<string, readonly [readonly KeyPart[], Tables[T]]>();
  const put = (row: Tables[T]): void => {
    const key = keyOf[table](row) as readonly KeyPart[];
    keyed.set(key.join('\n'), [key, row]);
  };
  let above = 0;
  stored.forEach(put);
  for (const layer of layers)
    for (const row of layer.rows(table, range)) {
      above++;
      put(row);
    }
  if (above === 0) return stored;
  const sorted = [...keyed.values()].filter(([key]) => inRange(key, range)).sort(([a], [b]) => compareParts(a, b));
  if (range.reverse === true) sorted.reverse();
  return sorted.slice(0, range.limit).map(([, row]) => row);
}

function stateCost(row: ConversationRow): number {
  return stateRowBytes + stateMemberBytes * (row.members?.size ?? 0);
}
