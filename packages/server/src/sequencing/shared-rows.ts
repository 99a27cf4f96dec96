// Rows of the store of which many ask for the same at once: the devices of one account, or the members of one conversation,
// that come back together. One read is under way, and whoever asks meanwhile shares the one after it. It promises that
// nobody is answered from a read that began before it asked; it keeps nothing.
import type { Keys, Range, Rows, Table, Tables } from '../store/store.ts';

interface UnderWay {
  readonly ended: Promise<void>;
  /** Of all who asked since it began. */
  next: Promise<unknown> | null;
}

/** The store, asked once at a time for the same. */
export class SharedRows implements Rows {
  readonly #store: Rows;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(store: Rows) {
    this.#store = store;
  }

  get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    return this.#share(`${table} ${JSON.stringify(key)}`, () => this.#store.get(table, key));
  }

  list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    return this.#share(`${table} ${JSON.stringify(range)}`, () => this.#store.list(table, range));
  }

  #share<R>(name: string, read: () => Promise<R>): Promise<R> {
    const before = this.#underWay.get(name);
    if (before === undefined) return this.#begin(name, read);
    before.next ??= before.ended.then(() => this.#begin(name, read));
    return before.next as Promise<R>;
  }

  #begin<R>(name: string, read: () => Promise<R>): Promise<R> {
    const answer = read();
    const end = (): void => {
      if (this.#underWay.get(name) === underWay && underWay.next === null) this.#underWay.delete(name);
    };
    const underWay: UnderWay = { ended: answer.then(end, end), next: null };
    this.#underWay.set(name, underWay);
    return answer;
  }
}
