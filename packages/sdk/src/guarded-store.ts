// The host's store with the SDK's errors: what an adapter throws is `client.storage` with its cause, and once the store
// is closed everything is `client.closed`. Nothing else gets out of it.
import { ChatError } from './error.ts';
import type { LocalStore } from './ports.ts';

/** The same store; it rejects with `ChatError` only. */
export function guardedStore(store: LocalStore): LocalStore {
  let closed = false;
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new ChatError('client.closed');
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof ChatError) throw cause;
      throw new ChatError(closed ? 'client.closed' : 'client.storage', { cause });
    }
  };
  return {
    get: (table, key) => guard(() => store.get(table, key)),
    list: (table, range) => guard(() => store.list(table, range)),
    write: (writes, options) => guard(() => store.write(writes, options)),
    clear: () => guard(() => store.clear()),
    close: async () => {
      if (closed) return;
      closed = true;
      await store.close();
    },
  };
}
