// A cache of two generations: what was used of late stays, the rest goes, without a list to keep in order. It must
// never be the only place of anything.

/** At most about `maxBytes`, by the cost of each value. */
export class Recent<K, V extends object> {
  readonly #maxBytes: number;
  readonly #cost: (value: V) => number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  #youngBytes = 0;

  constructor(maxBytes: number, cost: (value: V) => number) {
    this.#maxBytes = maxBytes;
    this.#cost = cost;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.set(key, old);
    }
    return old;
  }

  /** The same as `get`, without counting as use. */
  peek(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: K, value: V): void {
    const before = this.#young.get(key);
    this.#youngBytes += this.#cost(value) - (before === undefined ? 0 : this.#cost(before));
    this.#young.set(key, value);
    this.#old.delete(key);
    if (this.#youngBytes < this.#maxBytes / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  delete(key: K): void {
    const young = this.#young.get(key);
    if (young !== undefined) this.#youngBytes -= this.#cost(young);
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
