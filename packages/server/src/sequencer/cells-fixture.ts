// Rows as the store of a cluster keeps them: cells with timestamps that come from the log. Used by the test of take-overs.
import { isDeepStrictEqual } from 'node:util';
import { compareParts, inRange, type KeyPart, keyOfWrite } from '../store/keys.ts';
import { type Keys, keyOf, type Range, type Rows, type Table, type Tables, type Write } from '../store/store.ts';

/** Cells of which the newest timestamp wins, as in the store of a cluster. */
export class Cells implements Rows {
  readonly cells = new Map<string, { readonly write: Write; readonly stamp: number }>();
  readonly conflicts: string[] = [];
  readonly #partitions = new Map<string, Set<string>>();

  put(write: Write, stamp: number): void {
    const key = keyOfWrite(write);
    const name = [write.table, ...key].join('\n');
    const before = this.cells.get(name);
    if (before !== undefined && before.stamp === stamp && !isDeepStrictEqual(before.write.row, write.row))
      this.conflicts.push(name);
    if (before === undefined || before.stamp < stamp) this.cells.set(name, { write, stamp });
    const partition = `${write.table}\n${key[0]}`;
    const names = this.#partitions.get(partition) ?? new Set();
    this.#partitions.set(partition, names.add(name));
  }

  async get<T extends Table>(table: T, key: Keys[T]): Promise<Tables[T] | undefined> {
    return this.cells.get([table, ...key].join('\n'))?.write.row as Tables[T] | undefined;
  }

  async list<T extends Table>(table: T, range: Range): Promise<readonly Tables[T][]> {
    const names = [...(this.#partitions.get(`${table}\n${range.prefix[0]}`) ?? [])];
    const rows = names.map((name) => this.cells.get(name)?.write.row as Tables[T]);
    const found = rows.filter((row) => inRange(keyOf[table](row) as readonly KeyPart[], range));
    found.sort((a, b) => compareParts(keyOf[table](a) as readonly KeyPart[], keyOf[table](b) as readonly KeyPart[]));
    return (range.reverse === true ? found.reverse() : found).slice(0, range.limit);
  }
}

/** The row as text. Maps and bytes are fields of it, and nowhere inside one. */
export function plain({ row }: Write): string {
  const fields = Object.entries(row).map(([name, value]: [string, unknown]) => [name, plainField(value)]);
  return JSON.stringify(Object.fromEntries(fields));
}

function plainField(value: unknown): unknown {
  if (value instanceof Map) return [...(value as Map<string, unknown>)];
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
}
