// One batch in the making: conversations as they will be, and every write that goes with them. It reads through to
// what is kept, so a record can follow another in the same batch. Nothing in it exists before it is committed.
import type { AccountId, ConversationId, Member, MessageId } from '@parley/protocol';
import type { NamedEntry } from './checked-lists.ts';
import type { Placed } from './crypto/membership-follow.ts';
import { loadRows, maxFolds } from './limits.ts';
import type { LocalKey, LocalStore, LocalTable, LocalWrite } from './ports.ts';
import { reached } from './ranges.ts';
import {
  type ConversationRow,
  type FoldRow,
  keys,
  type MarkRow,
  type MembersRow,
  type MessageRow,
  put,
  remove,
  type SettingRow,
} from './rows.ts';
import type { Tables } from './tables.ts';
import { ticksOf } from './ticks.ts';

/** What records said of a signed member list. */
export interface ListNews {
  readonly entries: Placed[];
  readonly named: NamedEntry[];
}

/** What is to be done once the batch is kept. */
export interface Aftermath {
  /** Newest message of others that is here without a hole, by conversation. */
  readonly deliver: Map<ConversationId, number>;
  /** Up to where own messages have moved the read mark. */
  readonly read: Map<ConversationId, number>;
  /** Conversations whose member list must be read again. */
  readonly members: Set<ConversationId>;
  /** Entries of signed lists, and what authors of messages knew of them. */
  readonly lists: Map<ConversationId, ListNews>;
  /** The list of conversations must be asked for what changed. */
  changes: boolean;
}

/** Tables whose keys begin with a conversation and a seq. */
const perRecord = ['messages', 'folds', 'hashes', 'claims'] as const;

/** A batch in the making. */
export class Draft {
  readonly tables: Tables;
  readonly aftermath: Aftermath = {
    deliver: new Map(),
    read: new Map(),
    members: new Set(),
    lists: new Map(),
    changes: false,
  };
  readonly arrived: MessageRow[] = [];
  readonly store: LocalStore;
  readonly #writes: LocalWrite[] = [];
  readonly #conversations = new Map<ConversationId, ConversationRow>();
  readonly #members = new Map<ConversationId, MembersRow>();
  readonly #marks = new Map<ConversationId, Map<AccountId, MarkRow>>();
  readonly #messages = new Map<string, MessageRow>();
  readonly #places = new Map<string, number | null>();
  readonly #hashes = new Map<string, string | null>();
  readonly #settings = new Map<string, SettingRow>();
  /** Conversations whose ticks may rise. */
  readonly #ticking = new Set<ConversationId>();
  readonly #placed = new Map<MessageId, number>();

  constructor(tables: Tables, store: LocalStore) {
    this.tables = tables;
    this.store = store;
  }

  conversation(id: ConversationId): ConversationRow | null {
    return this.#conversations.get(id) ?? this.tables.conversations.get(id) ?? null;
  }

  setConversation(id: ConversationId, row: ConversationRow): void {
    const before = this.conversation(id);
    // The further this device knows who is in it, the further ticks may rise.
    if (before?.ranges !== row.ranges || before.server !== row.server) this.#ticking.add(id);
    this.#conversations.set(id, row);
  }

  members(id: ConversationId): MembersRow | null {
    return this.#members.get(id) ?? this.tables.members.get(id) ?? null;
  }

  setMembers(id: ConversationId, row: MembersRow): void {
    this.#members.set(id, row);
    this.put('members', keys.members(id), row);
    this.#ticking.add(id);
  }

  /** A record at its place: in this batch, or kept. */
  async message(conversation: ConversationId, seq: number): Promise<MessageRow | null> {
    const drafted = this.#messages.get(`${conversation}/${seq}`);
    if (drafted !== undefined) return drafted;
    return ((await this.store.get('messages', keys.message(conversation, seq))) as MessageRow | undefined) ?? null;
  }

  /** Records of this batch. */
  drafted(id: ConversationId): readonly MessageRow[] {
    return [...this.#messages.values()].filter((row) => row.conversation === id);
  }

  setMessage(row: MessageRow): void {
    this.#messages.set(`${row.conversation}/${row.seq}`, row);
    this.put('messages', keys.message(row.conversation, row.seq), row);
    if (row.expiresAt !== undefined && row.deletedBy === undefined)
      this.put('expiries', keys.expiry(row.expiresAt, row.conversation, row.seq), 1);
  }

  /** Removes a record that has no row of its own. */
  removeMessage({ conversation, seq }: MessageRow): void {
    this.#messages.delete(`${conversation}/${seq}`);
    this.remove('messages', keys.message(conversation, seq));
  }

  /** Keys of everything that was done to a message, in this batch or before. */
  async foldKeys(conversation: ConversationId, target: number): Promise<readonly LocalKey[]> {
    const prefix: LocalKey = [conversation, target];
    const kept = await this.store.list('folds', { prefix, limit: maxFolds });
    const drafted = this.#writes.filter(
      ({ table, key }) => table === 'folds' && key[0] === conversation && key[1] === target,
    );
    return [...kept.map((row) => row.key), ...drafted.map((write) => write.key)];
  }

  /** Everything that was done to a message, in this batch or before. */
  async foldsOf(conversation: ConversationId, target: number): Promise<readonly FoldRow[]> {
    const drafted = new Map(
      this.#writes.flatMap((write) => ('remove' in write ? [] : [[JSON.stringify(write.key), write.value] as const])),
    );
    const rows: FoldRow[] = [];
    for (const key of await this.foldKeys(conversation, target)) {
      const row = drafted.get(JSON.stringify(key)) ?? (await this.store.get('folds', key));
      if (row !== undefined) rows.push(row as FoldRow);
    }
    return rows;
  }

  /** Keys of all messages up to `seq`, of what was done to them, and of what others have seen of them. */
  async *everyKeyUpTo(
    id: ConversationId,
    seq: number,
  ): AsyncIterable<{ readonly table: LocalTable; readonly key: LocalKey }> {
    for (const table of perRecord) {
      let after: LocalKey | undefined;
      do {
        const at = { prefix: [id], before: [id, seq + 1], limit: loadRows, ...(after && { after }) };
        const rows = await this.store.list(table, at);
        for (const { key } of rows) yield { table, key };
        after = rows.length === loadRows ? rows.at(-1)?.key : undefined;
      } while (after !== undefined);
    }
    // What came in this very batch.
    for (const { table, key } of [...this.#writes])
      if ((perRecord as readonly LocalTable[]).includes(table) && key[0] === id && (key[1] as number) <= seq)
        yield { table, key };
  }

  /** The seq at which a sealed message stands, in this batch or kept; null: nowhere yet. */
  async placeOf(conversation: ConversationId, id: MessageId): Promise<number | null> {
    const drafted = this.#places.get(`${conversation}/${id}`);
    if (drafted !== undefined) return drafted;
    return ((await this.store.get('places', keys.place(conversation, id))) as number | undefined) ?? null;
  }

  setPlace(conversation: ConversationId, id: MessageId, seq: number): void {
    this.#places.set(`${conversation}/${id}`, seq);
    this.put('places', keys.place(conversation, id), seq);
  }

  /** It may stand elsewhere: it was not there when it was looked at again. */
  forgetPlace(conversation: ConversationId, id: MessageId): void {
    this.#places.set(`${conversation}/${id}`, null);
    this.remove('places', keys.place(conversation, id));
  }

  /** The hash of a record, in this batch or kept. */
  async hashOf(conversation: ConversationId, seq: number): Promise<string | null> {
    const drafted = this.#hashes.get(`${conversation}/${seq}`);
    if (drafted !== undefined) return drafted;
    return ((await this.store.get('hashes', keys.hash(conversation, seq))) as string | undefined) ?? null;
  }

  /** Null: it is not known any more. */
  setHash(conversation: ConversationId, seq: number, hash: string | null): void {
    this.#hashes.set(`${conversation}/${seq}`, hash);
    if (hash === null) this.remove('hashes', keys.hash(conversation, seq));
    else this.put('hashes', keys.hash(conversation, seq), hash);
  }

  setting(key: string): SettingRow | null {
    return this.#settings.get(key) ?? this.tables.settings.get(key) ?? null;
  }

  setSetting(row: SettingRow): void {
    this.#settings.set(row.key, row);
    this.put('settings', keys.setting(row.key), row);
  }

  /** Watermarks of another member; they only rise. */
  raiseMark(id: ConversationId, account: AccountId, mark: MarkRow): void {
    const drafted = this.#marks.get(id) ?? new Map<AccountId, MarkRow>();
    const before = drafted.get(account) ?? this.tables.marks.get(id)?.get(account) ?? { delivered: 0, read: 0 };
    const next = { delivered: Math.max(before.delivered, mark.delivered), read: Math.max(before.read, mark.read) };
    if (next.delivered === before.delivered && next.read === before.read) return;
    drafted.set(account, next);
    this.#marks.set(id, drafted);
    this.put('marks', keys.mark(id, account), next);
    this.#ticking.add(id);
  }

  /** An own message came back with its seq. Nothing, when it did not come from this store. */
  confirm(id: MessageId, seq: number): void {
    const row = this.tables.outbox.get(id);
    if (row === undefined || this.#placed.has(id)) return;
    this.#placed.set(id, seq);
    this.remove('outbox', keys.outbox(row));
  }

  /** Messages of the outbox that came back, with their seqs. */
  get placed(): ReadonlyMap<MessageId, number> {
    return this.#placed;
  }

  put(table: LocalWrite['table'], key: LocalWrite['key'], value: unknown): void {
    this.#writes.push(put(table, key, value));
  }

  remove(table: LocalWrite['table'], key: LocalWrite['key']): void {
    this.#writes.push(remove(table, key));
  }

  /** Everything to write, each conversation once. */
  finish(): readonly LocalWrite[] {
    for (const id of this.#ticking) this.#refreshTicks(id);
    for (const [id, row] of this.#conversations) this.#writes.push(put('conversations', keys.conversation(id), row));
    return this.#writes;
  }

  #refreshTicks(id: ConversationId): void {
    const row = this.conversation(id);
    const me = this.tables.fact('me')?.account;
    if (row === null || me === undefined || row.server.kind === 'room') return;
    const members = membersForTicks(row, this.members(id));
    const marks = new Map([...(this.tables.marks.get(id) ?? []), ...(this.#marks.get(id) ?? [])]);
    const ticks = ticksOf(members, me, marks, { before: row.ticks, known: knownUpTo(row) });
    if (ticks.delivered !== row.ticks.delivered || ticks.read !== row.ticks.read)
      this.setConversation(id, { ...row, ticks });
  }
}

/** Up to which seq this device knows who is in it: beyond that somebody may have come of whom it has not heard. */
function knownUpTo({ server, ranges }: ConversationRow): number {
  return server.kind === 'direct' ? Number.POSITIVE_INFINITY : Math.max(server.head, reached(ranges));
}

/** Who counts for ticks: in direct the other, in a group its list (none while it is unknown, or is not the present one). */
function membersForTicks(row: ConversationRow, members: MembersRow | null): readonly Member[] {
  const { kind, peer, member_n } = row.server;
  if (kind === 'direct') return peer === undefined ? [] : [{ account: peer, role: 'member', joined_seq: 1 }];
  return members === null || members.memberN < member_n ? [] : members.items;
}
