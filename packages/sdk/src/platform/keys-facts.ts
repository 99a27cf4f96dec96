// The machine's facts in the `indexedDB` of its worker, which is ours: one database with one object store. [ENC]
import type { KeyFacts } from '../crypto/key-machine.ts';

const table = 'facts';

/** Opens them, or makes them. */
export async function openFacts(name: string): Promise<KeyFacts> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(table);
  const db = await resultOf(opening);
  return {
    get: async (names) => {
      if (names.length === 0) return [];
      const facts = db.transaction(table, 'readonly').objectStore(table);
      const found = await Promise.all(names.map((one) => resultOf(facts.get(one) as IDBRequest<unknown>)));
      return found.map((value) => value ?? null);
    },
    put: (entries) =>
      new Promise((resolve, reject) => {
        const transaction = db.transaction(table, 'readwrite', { durability: 'strict' });
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error as Error);
        const facts = transaction.objectStore(table);
        for (const [one, value] of entries) facts.put(value, one);
      }),
    together: (work) => (indexedDB as IDBFactory & Pick<KeyFacts, 'together'>).together(work),
    close: () => db.close(),
  };
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as Error);
  });
}
