// Rows of one account in IndexedDB: one object store for each table, with the keys as they are. [LOC]

import type { AccountId } from '@parley/protocol';
import { type IDBPDatabase, openDB } from 'idb';
import { ChatError } from '../error.ts';
import { type LocalKey, type LocalStore, type LocalTable, type LocalWrite, localTables } from '../ports.ts';

const version = 5;
/**
 * In every write, so that the browser does one after the other, of all tabs: a Chromium that is killed while two are under
 * way in one database takes its own notes of them for damage, and throws away all that the site has kept. Seldom read.
 */
const inEveryWrite: LocalTable = 'secrets';

/** A database of its own for every account of this browser. */
export class IdbStore implements LocalStore {
  readonly #db: IDBPDatabase;

  private constructor(db: IDBPDatabase) {
    this.#db = db;
  }

  static async open(account: AccountId): Promise<IdbStore> {
    try {
      const db = await openDB(`parley.${account}`, version, {
        upgrade: (made) => {
          for (const table of localTables) if (!made.objectStoreNames.contains(table)) made.createObjectStore(table);
        },
        // Another tab brings a newer version: this one lets go, and says so by failing.
        blocking: () => db.close(),
      });
      return new IdbStore(db);
    } catch (cause) {
      throw new ChatError('client.storage', { cause });
    }
  }

  async get(table: LocalTable, key: LocalKey): Promise<unknown> {
    return this.#db.get(table, [...key]);
  }

  async list(table: LocalTable, range: Parameters<LocalStore['list']>[1]) {
    const bounds = boundsOf(range);
    if (bounds === null) return [];
    const store = this.#db.transaction(table, 'readonly').store;
    if (!range.reverse) {
      const [keys, values] = await Promise.all([
        store.getAllKeys(bounds, range.limit),
        store.getAll(bounds, range.limit) as Promise<unknown[]>,
      ]);
      return keys.map((key, at) => ({ key: key as LocalKey, value: values[at] }));
    }
    const rows: { readonly key: LocalKey; readonly value: unknown }[] = [];
    let cursor = await store.openCursor(bounds, 'prev');
    while (cursor !== null && rows.length < range.limit) {
      rows.push({ key: cursor.key as LocalKey, value: cursor.value as unknown });
      cursor = rows.length < range.limit ? await cursor.continue() : null;
    }
    return rows;
  }

  async write(writes: readonly LocalWrite[], { relaxed = false } = {}): Promise<void> {
    // A transaction over nothing is an error here.
    if (writes.length === 0) return;
    const tables = [...new Set(writes.map((write) => write.table)).add(inEveryWrite)];
    const durability = relaxed ? 'relaxed' : 'strict';
    const transaction = this.#db.transaction(tables, 'readwrite', { durability });
    const done: Promise<unknown>[] = [transaction.done];
    try {
      for (const write of writes) {
        const store = transaction.objectStore(write.table);
        done.push('remove' in write ? store.delete([...write.key]) : store.put(write.value, [...write.key]));
      }
    } catch (error) {
      // What cannot be written stops the rest, too; that the requests before it end is no news.
      transaction.abort();
      await Promise.allSettled(done);
      throw error;
    }
    await Promise.all(done);
  }

  async clear(): Promise<void> {
    const transaction = this.#db.transaction(localTables, 'readwrite');
    await Promise.all([...localTables.map((table) => transaction.objectStore(table).clear()), transaction.done]);
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}

/** An empty array sorts behind every text and number. Null: nothing can be in it. */
function boundsOf(range: Parameters<LocalStore['list']>[1]): IDBKeyRange | null {
  const low = [...(range.after ?? range.prefix)];
  const high = range.before ? [...range.before] : [...range.prefix, []];
  if (indexedDB.cmp(low, high) >= 0) return null;
  return IDBKeyRange.bound(low, high, range.after !== undefined, true);
}
