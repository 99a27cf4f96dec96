// Keys of the key store, in IndexedDB's order: numbers before texts before lists. Its other keys, dates and bytes, are
// refused: the crypto library has none. [ENC]

/** A key. Lists compare part by part. */
export type Key = number | string | readonly Key[];

/** Below zero when `a` comes first, above when `b` does. */
export function compareKeys(a: Key, b: Key): number {
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind !== other) return kind - other;
  if (typeof a === 'object') return compareLists(a, b as readonly Key[]);
  if (a === b) return 0;
  return a < (b as typeof a) ? -1 : 1;
}

/** The value as a key of its own, or null when it cannot be one. */
export function toKey(value: unknown): Key | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (value instanceof Date || value instanceof ArrayBuffer || ArrayBuffer.isView(value))
    throw dataError('dates and bytes are no keys here');
  if (!Array.isArray(value)) return null;
  const parts = Array.from(value as unknown[], toKey);
  return parts.includes(null) ? null : (parts as Key[]);
}

/** The key that stands at a path (or the keys at several) in a value, or null. */
export function keyAt(path: string | readonly string[], value: unknown): Key | null {
  if (typeof path !== 'string') return toKey(path.map((one) => keyAt(one, value)));
  let found = value;
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return toKey(found);
}

/** A stretch of keys: `IDBKeyRange`. */
export class KeyRange {
  readonly lower: Key | undefined;
  readonly upper: Key | undefined;
  readonly lowerOpen: boolean;
  readonly upperOpen: boolean;

  private constructor(lower: Key | undefined, upper: Key | undefined, lowerOpen: boolean, upperOpen: boolean) {
    this.lower = lower;
    this.upper = upper;
    this.lowerOpen = lowerOpen;
    this.upperOpen = upperOpen;
  }

  static bound(lower: unknown, upper: unknown, lowerOpen = false, upperOpen = false): KeyRange {
    const [from, to] = [validKey(lower), validKey(upper)];
    const order = compareKeys(from, to);
    if (order > 0 || (order === 0 && (lowerOpen || upperOpen))) throw dataError('this range holds nothing');
    return new KeyRange(from, to, lowerOpen, upperOpen);
  }

  static lowerBound(lower: unknown, open = false): KeyRange {
    return new KeyRange(validKey(lower), undefined, open, true);
  }

  static upperBound(upper: unknown, open = false): KeyRange {
    return new KeyRange(undefined, validKey(upper), true, open);
  }

  static only(key: unknown): KeyRange {
    const one = validKey(key);
    return new KeyRange(one, one, false, false);
  }

  /** What may stand where a key or a range is asked for; nothing means everything. */
  static of(query: unknown): KeyRange {
    if (query instanceof KeyRange) return query;
    if (query === undefined || query === null) return new KeyRange(undefined, undefined, true, true);
    return KeyRange.only(query);
  }

  includes(key: unknown): boolean {
    const one = validKey(key);
    return !this.isBelow(one) && !this.isAbove(one);
  }

  /** The key comes before the range. */
  isBelow(key: Key): boolean {
    if (this.lower === undefined) return false;
    const order = compareKeys(key, this.lower);
    return order < 0 || (order === 0 && this.lowerOpen);
  }

  /** The key comes after the range. */
  isAbove(key: Key): boolean {
    if (this.upper === undefined) return false;
    const order = compareKeys(key, this.upper);
    return order > 0 || (order === 0 && this.upperOpen);
  }
}

/** The value as a key; what cannot be one is refused. */
export function validKey(value: unknown): Key {
  const key = toKey(value);
  if (key === null) throw dataError('this cannot be a key');
  return key;
}

function dataError(message: string): DOMException {
  return new DOMException(message, 'DataError');
}

function kindOf(key: Key): number {
  if (typeof key === 'number') return 0;
  return typeof key === 'string' ? 1 : 2;
}

function compareLists(a: readonly Key[], b: readonly Key[]): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const order = compareKeys(a[at] as Key, b[at] as Key);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
