// The names under which the crypto library looks for `indexedDB` and its kinds: they stand in the worker that holds the
// keys, and nowhere else but in tests. [ENC]
import { KeyDatabase, KeyFactory } from './keys-database.ts';
import { KeyRange } from './keys-range.ts';
import { KeyCursor, KeyIndex, KeyObjectStore } from './keys-stores.ts';
import { KeyEvent, KeyRequest, KeyTransaction } from './keys-transaction.ts';

/** For `globalThis`. */
export function indexedDbOver(indexedDB: KeyFactory): object {
  return {
    indexedDB,
    IDBFactory: KeyFactory,
    IDBDatabase: KeyDatabase,
    IDBRequest: KeyRequest,
    IDBOpenDBRequest: KeyRequest,
    IDBTransaction: KeyTransaction,
    IDBObjectStore: KeyObjectStore,
    IDBIndex: KeyIndex,
    IDBCursor: KeyCursor,
    IDBCursorWithValue: KeyCursor,
    IDBKeyRange: KeyRange,
    IDBVersionChangeEvent: KeyEvent,
  };
}
