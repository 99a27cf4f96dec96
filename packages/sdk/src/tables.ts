// The small tables of a client in memory, kept up by the very writes that go to its store. Messages and folds are
// not here: they are many, and timelines read what they show.
import type { AccountId, ConversationId, MessageId } from '@parley/protocol';
import * as limits from './limits.ts';
import type { LocalKey, LocalStore, LocalWrite } from './ports.ts';
import type {
  AccountRow,
  ConversationRow,
  Facts,
  MarkRow,
  MembersRow,
  OutboxRow,
  ReadRow,
  SettingRow,
} from './rows.ts';

/** Tables whose rows stand in memory. */
export const loadedTables = ['facts', 'conversations', 'members', 'marks', 'outbox', 'accounts', 'settings'] as const;

/** In-memory copies, by key. Read them freely; only `apply` changes them. */
export class Tables {
  readonly conversations = new Map<ConversationId, ConversationRow>();
  readonly members = new Map<ConversationId, MembersRow>();
  readonly marks = new Map<ConversationId, Map<AccountId, MarkRow>>();
  readonly reads = new Map<ConversationId, ReadRow>();
  readonly outbox = new Map<MessageId, OutboxRow>();
  readonly outboxOf = new Map<ConversationId, Map<MessageId, OutboxRow>>();
  /** The newest message on its way in each conversation (edits and the like are none). */
  readonly newestOutbox = new Map<ConversationId, OutboxRow>();
  readonly accounts = new Map<AccountId, AccountRow>();
  readonly pins = new Map<string, AccountId>();
  readonly settings = new Map<string, SettingRow>();
  readonly #facts = new Map<string, unknown>();
  #unsent = 0;

  /** How many rows of the outbox are neither sent nor rejected. */
  get unsent(): number {
    return this.#unsent;
  }

  fact<K extends keyof Facts>(name: K): Facts[K] | null {
    return (this.#facts.get(name) as Facts[K] | undefined) ?? null;
  }

  /** Replaces everything by these rows, at once. */
  fill(rows: readonly LocalWrite[]): void {
    this.clear();
    for (const row of rows) this.apply(row);
  }

  apply(write: LocalWrite): void {
    const value = 'remove' in write ? undefined : write.value;
    const [first = '', second] = write.key as readonly [string?, string?];
    switch (write.table) {
      case 'facts':
        if (first === 'pin' && second !== undefined) replace(this.pins, second, value as AccountId | undefined);
        else replace(this.#facts, first, value);
        return;
      case 'conversations':
        replace(this.conversations, first as ConversationId, value as ConversationRow | undefined);
        return;
      case 'members':
        replace(this.members, first as ConversationId, value as MembersRow | undefined);
        return;
      case 'marks':
        this.#applyMark(first as ConversationId, second as AccountId | undefined, value);
        return;
      case 'outbox':
        this.#applyOutbox(write.key, value as OutboxRow | undefined);
        return;
      case 'accounts':
        replace(this.accounts, first as AccountId, value as AccountRow | undefined);
        return;
      case 'settings':
        replace(this.settings, first, value as SettingRow | undefined);
        return;
      case 'chains':
      case 'messages':
      case 'folds':
      case 'expiries':
      case 'places':
      case 'hashes':
      case 'claims':
      case 'secrets':
      case 'unopened':
        return;
    }
  }

  clear(): void {
    const all: readonly { clear(): void }[] = [
      this.conversations,
      this.members,
      this.marks,
      this.reads,
      this.outbox,
      this.outboxOf,
      this.newestOutbox,
      this.accounts,
      this.pins,
      this.settings,
      this.#facts,
    ];
    for (const map of all) map.clear();
    this.#unsent = 0;
  }

  #applyMark(conversation: ConversationId, account: AccountId | undefined, value: unknown): void {
    if (account === undefined) {
      replace(this.reads, conversation, value as ReadRow | undefined);
      return;
    }
    const marks = this.marks.get(conversation) ?? new Map<AccountId, MarkRow>();
    replace(marks, account, value as MarkRow | undefined);
    this.marks.set(conversation, marks);
  }

  #applyOutbox(key: LocalKey, row: OutboxRow | undefined): void {
    const [conversation, , id] = key as [ConversationId, number, MessageId];
    this.#unsent += unsentIn(row) - unsentIn(this.outbox.get(id));
    replace(this.outbox, id, row);
    const rows = this.outboxOf.get(conversation) ?? new Map<MessageId, OutboxRow>();
    replace(rows, id, row);
    if (rows.size === 0) this.outboxOf.delete(conversation);
    else this.outboxOf.set(conversation, rows);
    const newest = this.newestOutbox.get(conversation);
    if (row !== undefined) replace(this.newestOutbox, conversation, newerOf(newest, row));
    // Only the newest one that goes makes room for another; the older ones go by themselves.
    else if (newest?.id === id) replace(this.newestOutbox, conversation, [...rows.values()].reduce(newerOf, undefined));
  }
}

function unsentIn(row: OutboxRow | undefined): number {
  return row !== undefined && row.error === null && !row.ticked ? 1 : 0;
}

function newerOf(a: OutboxRow | undefined, b: OutboxRow): OutboxRow | undefined {
  if (b.kind !== 'content') return a;
  return a === undefined || a.id === b.id || a.lamport <= b.lamport ? b : a;
}

/** Every row of those tables. */
export async function readTables(store: LocalStore): Promise<readonly LocalWrite[]> {
  const all: LocalWrite[] = [];
  for (const table of loadedTables) {
    let after: LocalKey | undefined;
    do {
      const rows = await store.list(table, { prefix: [], limit: limits.loadRows, ...(after && { after }) });
      for (const { key, value } of rows) all.push({ table, key, value });
      after = rows.length === limits.loadRows ? rows.at(-1)?.key : undefined;
    } while (after !== undefined);
  }
  return all;
}

function replace<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
