// One layer of the overlay: what a run of records changed, by key. The newest layer is open; sealed ones are written
// to the store, oldest first, each in one transaction. It must never lose a row before the store has it.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import { overlayRecordBytes, overlayRowBytes, stateMemberBytes } from '../kernel/limits.ts';
import type { Entry, Offset } from '../log/log.ts';
import { inRange, type KeyPart } from '../store/keys.ts';
import {
  type ConversationRow,
  type EntryRow,
  type IdRow,
  type Keys,
  keyOf,
  type MemberRow,
  type MessageRow,
  type Range,
  type Table,
  type Tables,
  type Write,
} from '../store/store.ts';
import type { Effects } from './view.ts';

/** What a layer has of one conversation. */
export class Shelf {
  conversation: ConversationRow | null = null;
  /** Rows of records in this layer: dense and rising seqs. */
  readonly messages: MessageRow[] = [];
  /** Older rows that were blanked in this layer. */
  changed: Map<number, MessageRow> | null = null;
  readonly ids: IdRow[] = [];
  /** Intervals that were opened or closed in this layer, by rising joinedSeq. */
  members: Map<AccountId, MemberRow[]> | null = null;
  #byIdentity: Map<string, IdRow> | null = null;
  #indexed = 0;

  message(seq: number): MessageRow | undefined {
    const first = this.messages[0];
    return (first === undefined ? undefined : this.messages[seq - first.seq]) ?? this.changed?.get(seq);
  }

  /** The verdict on an identity, the first one. Repeats are rare: ids are put in order only when one is asked for. */
  id(sender: AccountId, id: MessageId): IdRow | undefined {
    this.#byIdentity ??= new Map();
    for (; this.#indexed < this.ids.length; this.#indexed++) {
      const row = this.ids[this.#indexed] as IdRow;
      const key = row.id + row.sender;
      if (!this.#byIdentity.has(key)) this.#byIdentity.set(key, row);
    }
    return this.#byIdentity.get(id + sender);
  }

  /** Replaces a row that stands already. */
  change(row: MessageRow): void {
    const at = row.seq - (this.messages[0]?.seq ?? Number.POSITIVE_INFINITY);
    if (at >= 0 && at < this.messages.length) this.messages[at] = row;
    else {
      this.changed ??= new Map();
      this.changed.set(row.seq, row);
    }
  }

  putMember(row: MemberRow): void {
    this.members ??= new Map();
    const intervals = this.members.get(row.account) ?? [];
    const at = intervals.findIndex((interval) => interval.joinedSeq === row.joinedSeq);
    if (at < 0) intervals.push(row);
    else intervals[at] = row;
    this.members.set(row.account, intervals);
  }
}

/** Tables of few rows, by first part of the key and the rest of it. */
type FlatTable = 'memberships' | 'entries' | 'settings' | 'facts';

/** Rows of a run of records, newest of each key. */
export class Layer {
  /** The layer after this one: a reader that began before this was dropped walks on from here. */
  next: Layer | null = null;
  /** Who began to read the store when this was the oldest layer, and is not done. */
  readers = 0;
  readonly shelves = new Map<ConversationId, Shelf>();
  readonly flat: Readonly<Record<FlatTable, Map<string, Map<string, Tables[FlatTable]>>>> = {
    memberships: new Map(),
    entries: new Map(),
    settings: new Map(),
    facts: new Map(),
  };
  /** Of the newest record in it. */
  offset: Offset = -1;
  time = 0;
  records = 0;
  bytes = 0;

  /** Adds what one record changed. */
  add(entry: Entry, effects: Effects): void {
    this.offset = entry.offset;
    this.time = entry.time;
    this.records++;
    this.bytes += entry.record.length + overlayRecordBytes + overlayRowBytes * effects.others.length;
    if (effects.conversation !== null) this.#advance(effects.conversation, effects.message);
    if (effects.id !== null) this.#shelf(effects.id.conversation).ids.push(effects.id);
    for (const write of effects.others) this.#put(write);
  }

  /** The verdict on an identity. */
  id(conversation: ConversationId, sender: AccountId, id: MessageId): IdRow | undefined {
    const shelf = this.shelves.get(conversation);
    return shelf === undefined || shelf.ids.length === 0 ? undefined : shelf.id(sender, id);
  }

  get<T extends Table>(table: T, key: Keys[T]): Tables[T] | undefined {
    return this.#find(table, key) as Tables[T] | undefined;
  }

  /** Its rows in this range, in no order; of messages at least the `limit` that come first. */
  rows<T extends Table>(table: T, range: Range): readonly Tables[T][] {
    const candidates = this.#candidates(table, range) as readonly Tables[T][];
    return candidates.filter((row) => inRange(keyOf[table](row) as readonly KeyPart[], range));
  }

  #advance(row: ConversationRow, message: MessageRow | null): void {
    const shelf = this.#shelf(row.conversation);
    const held = shelf.conversation?.members ?? null;
    if (row.members !== null && row.members !== held) this.bytes += stateMemberBytes * row.members.size;
    shelf.conversation = row;
    if (message !== null) shelf.messages.push(message);
  }

  #shelf(conversation: ConversationId): Shelf {
    let shelf = this.shelves.get(conversation);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.shelves.set(conversation, shelf);
    }
    return shelf;
  }

  #put(write: Write): void {
    const { table, row } = write;
    if (table === 'messages') this.#shelf(row.conversation).change(row);
    else if (table === 'members') this.#shelf(row.conversation).putMember(row);
    else if (table === 'memberships') this.#putFlat(table, [row.account, row.conversation], row);
    else if (table === 'entries') this.#putEntry(row);
    else if (table === 'settings') this.#putFlat(table, [row.account, row.key], row);
    else if (table === 'facts') this.#putFlat(table, [row.name, ''], row);
    else throw new RangeError(`a record writes no further rows of ${table}`);
  }

  #putEntry(row: EntryRow): void {
    this.bytes += row.text.length;
    this.#putFlat('entries', [row.conversation, String(row.n)], row);
  }

  #putFlat(table: FlatTable, [part, rest]: readonly [string, string], row: Tables[FlatTable]): void {
    const rows = this.flat[table].get(part);
    if (rows === undefined) this.flat[table].set(part, new Map([[rest, row]]));
    else rows.set(rest, row);
  }

  #find(table: Table, key: Keys[Table]): Tables[Table] | undefined {
    const [part, second, third] = key as readonly [ConversationId, (string | number)?, (string | number)?];
    switch (table) {
      case 'conversations':
        return this.shelves.get(part)?.conversation ?? undefined;
      case 'messages':
        return this.shelves.get(part)?.message(second as number);
      case 'ids':
        return this.id(part, second as AccountId, third as MessageId);
      case 'members':
        return this.#intervals(part, second as AccountId).find((row) => row.joinedSeq === third);
      case 'marks':
        return undefined;
      default:
        return this.flat[table].get(part)?.get(second === undefined ? '' : String(second));
    }
  }

  #intervals(conversation: ConversationId, account: AccountId): readonly MemberRow[] {
    return this.shelves.get(conversation)?.members?.get(account) ?? [];
  }

  #candidates(table: Table, range: Range): readonly Tables[Table][] {
    const [part, second] = range.prefix as readonly [ConversationId?, AccountId?];
    const shelf = part === undefined ? undefined : this.shelves.get(part);
    switch (table) {
      case 'conversations':
        return [...this.shelves.values()].flatMap(({ conversation }) => conversation ?? []);
      case 'messages':
        return shelf === undefined ? [] : [...within(shelf.messages, range), ...(shelf.changed?.values() ?? [])];
      case 'members':
        if (part !== undefined && second !== undefined) return this.#intervals(part, second);
        return [...(shelf?.members?.values() ?? [])].flat();
      case 'ids':
      case 'marks':
        return [];
      default:
        if (part !== undefined) return [...(this.flat[table].get(part)?.values() ?? [])];
        return [...this.flat[table].values()].flatMap((rows) => [...rows.values()]);
    }
  }
}

/** Of dense rows in seq order, those in the range that come first in its direction. */
function within(rows: readonly MessageRow[], { after, before, limit, reverse }: Range): readonly MessageRow[] {
  const first = rows[0]?.seq ?? 0;
  const low = Math.max(0, after === undefined ? 0 : Number(after[0]) + 1 - first);
  const high = Math.max(low, Math.min(rows.length, before === undefined ? rows.length : Number(before[0]) - first));
  return reverse === true
    ? rows.slice(Math.max(low, high - limit), high)
    : rows.slice(low, Math.min(high, low + limit));
}
