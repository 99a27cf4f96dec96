// The store of the simulation and of unit tests: tables in memory with the same promises, plus what a disk does to
// SQLite. It keeps the state of the last checkpoint and each transaction since, so that a power cut can lose any
// number of the newest ones. It must never write elsewhere or decide anything by chance.
import { Unavailable } from '../kernel/result.ts';
import { blank } from './blank.ts';
import { checkRange, compareParts, type KeyPart, keyOfWrite } from './keys.ts';
import type { Applied, Keys, MarkRow, MessageRow, Range, Store, Table, Tables, Write } from './store.ts';

export type StoreOperation = 'get' | 'list' | 'commit' | 'checkpoint' | 'expire';

/**
 * Asked before every operation. It may wait (a slow disk) and may throw `Unavailable` (a failing one): then nothing
 * happened. A checkpoint that it refuses is busy and resolves to null.
 */
export type Gate = (operation: StoreOperation) => Promise<void> | void;

interface Transaction {
  readonly writes: readonly Write[];
  readonly applied: Applied | null;
}

interface Entry {
  readonly key: readonly KeyPart[];
  row: Tables[Table];
}

/** Tables in memory. Writes, checkpoints and expiry happen one after the other, in the order of their calls. */
export class MemoryStore implements Store {
  readonly #gate: Gate;
  /** What surely survives a power cut. */
  #checkpointed = new Plane();
  /** What is read. */
  #committed = new Plane();
  /** Transactions in `#committed` that are not in `#checkpointed`. */
  #since: Transaction[] = [];
  #writer: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #open = true;

  constructor(gate: Gate = () => {}) {
    this.#gate = gate;
  }

  applied(): Applied | null {
    return this.#committed.applied;
  }

  async get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    await this.#enter('get');
    return this.#committed.get(table, key);
  }

  async list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    checkRange(table, range);
    await this.#enter('list');
    return this.#committed.list(table, range);
  }

  /** A transaction that was waiting when one before it failed fails too, so that `applied` never skips one. */
  commit(writes: readonly Write[], applied: Applied | null): Promise<void> {
    const transaction = { writes: writes.map(snapshot), applied };
    const failures = this.#failures;
    return this.#queue('commit', () => {
      if (failures !== this.#failures) throw new Unavailable('An earlier transaction failed.');
      this.#apply(transaction);
    });
  }

  async checkpoint(): Promise<Applied | null> {
    try {
      return await this.#queue('checkpoint', () => {
        for (const transaction of this.#since) this.#checkpointed.apply(transaction);
        this.#since = [];
        return this.#committed.applied;
      });
    } catch (error) {
      if (error instanceof Unavailable && this.#open) return null;
      throw error;
    }
  }

  expire(time: number, limit: number): Promise<number> {
    return this.#queue('expire', () => {
      const rows = this.#committed.expired(time, limit);
      if (rows.length > 0) {
        const writes = rows.map((row) => ({ table: 'messages', row: blank(row, 0) }) as const);
        this.#apply({ writes, applied: null });
      }
      return rows.length;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer;
    this.#open = false;
  }

  /** Committed transactions that a power cut may lose. */
  get unsynced(): number {
    return this.#since.length;
  }

  /**
   * The power fails: this store is gone (every call throws `Unavailable`), the returned one has the state of the last
   * checkpoint and the first `keep` transactions since. With `keep = unsynced` it is the death of the process alone.
   */
  crash(keep: number, gate: Gate = this.#gate): MemoryStore {
    this.#open = false;
    const next = new MemoryStore(gate);
    next.#checkpointed = this.#checkpointed.copy();
    next.#committed = this.#checkpointed.copy();
    for (const transaction of this.#since.slice(0, keep)) next.#apply(transaction);
    return next;
  }

  #apply(transaction: Transaction): void {
    this.#committed.apply(transaction);
    this.#since.push(transaction);
  }

  #queue<R>(operation: StoreOperation, act: () => R): Promise<R> {
    const result = this.#writer.then(async () => {
      await this.#enter(operation);
      return act();
    });
    this.#writer = result.then(
      () => {},
      () => {
        if (operation === 'commit') this.#failures++;
      },
    );
    return result;
  }

  async #enter(operation: StoreOperation): Promise<void> {
    if (!this.#open) throw new Unavailable('The store is closed.');
    await this.#gate(operation);
    if (!this.#open) throw new Unavailable('The store is closed.');
  }
}

/** One state of all tables: partitions by the first part of the key, rows in key order. */
class Plane {
  applied: Applied | null = null;
  readonly #tables = new Map<Table, Map<string, Entry[]>>();

  apply(transaction: Transaction): void {
    for (const write of transaction.writes) this.#put(write);
    this.applied = transaction.applied ?? this.applied;
  }

  get<T extends Table>(table: T, key: Keys[T]): Tables[T] | undefined {
    const entries = this.#tables.get(table)?.get(key[0]) ?? [];
    const entry = entries[firstAt(entries, key, 0)];
    return entry !== undefined && compareParts(entry.key, key) === 0 ? (entry.row as Tables[T]) : undefined;
  }

  list<T extends Table>(table: T, { prefix, after, before, limit, reverse }: Range): readonly Tables[T][] {
    const entries = this.#entries(table, prefix[0]);
    const low = after === undefined ? firstAt(entries, prefix, 0) : firstAt(entries, [...prefix, ...after], 1);
    const high = before === undefined ? firstAt(entries, prefix, 1) : firstAt(entries, [...prefix, ...before], 0);
    const end = Math.max(low, high);
    const found =
      reverse === true
        ? entries.slice(Math.max(low, end - limit), end)
        : entries.slice(low, Math.min(end, low + limit));
    if (reverse === true) found.reverse();
    return found.map((entry) => entry.row as Tables[T]);
  }

  /** Messages whose time is over, the longest first. */
  expired(time: number, limit: number): MessageRow[] {
    const due = [...(this.#tables.get('messages')?.values() ?? [])]
      .flat()
      .map((entry) => entry.row as MessageRow)
      .filter((row) => row.deletedBy === null && row.expiresAt !== null && row.expiresAt < time);
    return due.sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0)).slice(0, limit);
  }

  copy(): Plane {
    const copy = new Plane();
    copy.applied = this.applied;
    for (const [table, partitions] of this.#tables) {
      const pairs = [...partitions].map(([part, entries]) => [part, entries.map((entry) => ({ ...entry }))] as const);
      copy.#tables.set(table, new Map(pairs));
    }
    return copy;
  }

  #entries(table: Table, partition: string | undefined): readonly Entry[] {
    const partitions = this.#tables.get(table) ?? new Map<string, Entry[]>();
    if (partition !== undefined) return partitions.get(partition) ?? [];
    return [...partitions.values()].flat().sort((a, b) => compareParts(a.key, b.key));
  }

  #put(write: Write): void {
    const key = keyOfWrite(write);
    const entries = this.#partition(write.table, key[0] as string);
    const at = firstAt(entries, key, 0);
    const entry = entries[at];
    if (entry !== undefined && compareParts(entry.key, key) === 0)
      entry.row = write.table === 'marks' ? raised(entry.row as MarkRow, write.row) : write.row;
    else entries.splice(at, 0, { key, row: write.row });
  }

  #partition(table: Table, part: string): Entry[] {
    const partitions = this.#tables.get(table) ?? new Map<string, Entry[]>();
    this.#tables.set(table, partitions);
    const entries = partitions.get(part) ?? [];
    partitions.set(part, entries);
    return entries;
  }
}

/** Marks only rise. */
function raised(before: MarkRow, row: MarkRow): MarkRow {
  return {
    ...row,
    delivered: Math.max(before.delivered, row.delivered),
    read: Math.max(before.read, row.read),
    change: Math.max(before.change, row.change),
  };
}

/** Index of the first entry at or after `bound` (`past` 0), or after everything that begins with it (`past` 1). */
function firstAt(entries: readonly Entry[], bound: readonly KeyPart[], past: 0 | 1): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareParts((entries[middle] as Entry).key, bound) < past) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the caller may still hold and reuse is copied, as a store on disk would. */
function snapshot(write: Write): Write {
  if (write.table === 'messages')
    return { table: 'messages', row: { ...write.row, tail: new Uint8Array(write.row.tail) } };
  if (write.table !== 'conversations' || write.row.members === null) return write;
  return { table: 'conversations', row: { ...write.row, members: new Map(write.row.members) } };
}
