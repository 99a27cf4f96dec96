// The database of the simulated server: the store in memory, which stays when a program ends, behind a gate through
// which each program goes. It is slow, fails while there is no room, and can be copied at any moment.
import { Unavailable } from '../../../packages/server/src/kernel/result.ts';
import { MemoryStore } from '../../../packages/server/src/store/memory-store.ts';
import type { Store } from '../../../packages/server/src/store/store.ts';
import type { Chance } from '../chance.ts';
import type { Life } from '../life.ts';
import type { WorldTime } from '../timeline-clock.ts';

/** How the database behaves. */
export interface StoreFaults {
  /** A commit or checkpoint takes at most so long. Milliseconds. */
  readonly slowMs: number;
  /** Probability that an operation fails. */
  readonly fails: number;
}

/** What stays of a database: it can be opened again and again. */
export class StoredTables {
  readonly #closed: MemoryStore;

  constructor(closed: MemoryStore) {
    this.#closed = closed;
  }

  open(): MemoryStore {
    return this.#closed.crash(this.#closed.unsynced);
  }
}

/** The database of the server's machine. */
export class ServerStore {
  #current = new MemoryStore();
  faults: StoreFaults = { slowMs: 0, fails: 0 };
  full = false;
  /** A commit or checkpoint takes at most so long when nothing is wrong. Milliseconds. */
  leastSlowMs = 0;

  /** The store as one program has it. */
  open(life: Life, time: WorldTime, chance: Chance): Store {
    const pass = async (changes: boolean): Promise<void> => {
      const slowMs = Math.max(this.faults.slowMs, this.leastSlowMs);
      if (changes && slowMs > 0)
        await new Promise<void>((resolve) => {
          time.after(chance.below(slowMs + 1), resolve);
        });
      if (changes && this.full) throw new Unavailable('The disk of the store is full.');
      if (this.faults.fails > 0 && chance.happens(this.faults.fails)) throw new Unavailable('The store fails.');
    };
    // Changes stay in the order of their calls, however long each takes.
    let last: Promise<unknown> = Promise.resolve();
    const change = <T>(act: () => Promise<T>): Promise<T> => {
      const result = last.then(async () => {
        await pass(true);
        return life.over ? life.hold<T>(new Promise(() => {})) : act();
      });
      last = result.catch(() => {});
      return life.hold(result);
    };
    const read = <T>(act: () => Promise<T>): Promise<T> => life.hold(pass(false).then(act));
    return {
      applied: () => this.#current.applied(),
      get: (table, key) => read(() => this.#current.get(table, key)),
      list: (table, range) => read(() => this.#current.list(table, range)),
      commit: (writes, applied) => change(() => this.#current.commit(writes, applied)),
      checkpoint: () =>
        change(() => this.#current.checkpoint()).catch((error: unknown) => {
          if (error instanceof Unavailable) return null;
          throw error;
        }),
      expire: (at, limit) => change(() => this.#current.expire(at, limit)),
      [Symbol.asyncDispose]: () => life.hold(last.then(() => {})),
    };
  }

  /** The program is gone; with `power` the newest transactions may be, too. */
  crash(power: boolean, chance: Chance): void {
    const { unsynced } = this.#current;
    this.#current = this.#current.crash(power ? chance.below(unsynced + 1) : unsynced);
  }

  copy(): StoredTables {
    const copied = this.#current;
    this.#current = copied.crash(copied.unsynced);
    return new StoredTables(copied);
  }

  restore(tables: StoredTables): void {
    this.#current = tables.open();
  }
}
