// What is read of an owner's partition: its root, rows by name, whole kinds, stretches of a kind. Reads at a quorum; what
// was read after a root that was read after everything is at least as new as that root.
import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession, Value } from '../engines/cassandra-session.ts';
import type { Root } from './cassandra-owners.ts';

/** A row of an owner by its kind and key. */
export type Ref = readonly [kind: string, key: string];

/** A row as it is written. `seconds`: how long it stays; absent or 0: for good. */
export interface Entry {
  readonly kind: string;
  readonly key: string;
  readonly value: unknown;
  readonly seconds?: number;
}

/** A row as it is read. */
export type Slice = Omit<Entry, 'seconds'>;

/** Which rows of a kind, in which order. */
export interface Stretch {
  readonly above?: string;
  readonly below?: string;
  readonly limit: number;
  readonly order?: 'oldest' | 'newest';
}

/** Rows that one statement asks for by name. */
const namedAtOnce = 64;

export class Slices {
  readonly #session: CassandraSession;

  constructor(session: CassandraSession) {
    this.#session = session;
  }

  async root(owner: string, serial = false): Promise<Root | null> {
    const query = inKeyspace(this.#session, selectRoot);
    const [row] = await this.#session.read(query, [owner], { serial });
    if (row === undefined || row.version === null) return null;
    return { value: JSON.parse(String(row.value)), version: Number(row.version), marks: String(row.marks).split(' ') };
  }

  /** Those that are there, by `kind key`. */
  async named(owner: string, refs: readonly Ref[]): Promise<ReadonlyMap<string, unknown>> {
    const found = new Map<string, unknown>();
    for (let from = 0; from < refs.length; from += namedAtOnce) {
      const some = refs.slice(from, from + namedAtOnce);
      // A few statements for all numbers of names: the last one is asked for several times.
      let asked = 1;
      while (asked < some.length) asked *= 4;
      const names = Array.from({ length: asked }, (_, i) => some[Math.min(i, some.length - 1)] as Ref);
      const marks = names.map(() => '(?, ?)').join(', ');
      const query = `SELECT kind, key, value FROM $.owned WHERE owner = ? AND (kind, key) IN (${marks})`;
      const rows = await this.#session.read(inKeyspace(this.#session, query), [owner, ...names.flat()]);
      for (const row of rows) found.set(`${String(row.kind)} ${String(row.key)}`, JSON.parse(String(row.value)));
    }
    return found;
  }

  /** One row, or undefined. */
  async one(owner: string, kind: string, key: string): Promise<unknown> {
    return (await this.named(owner, [[kind, key]])).get(`${kind} ${key}`);
  }

  /** All rows of these kinds, by kind and key. */
  async kinds(owner: string, kinds: readonly string[]): Promise<readonly Slice[]> {
    const marks = kinds.map(() => '?').join(', ');
    const query = inKeyspace(
      this.#session,
      `SELECT kind, key, value FROM $.owned WHERE owner = ? AND kind IN (${marks})`,
    );
    const found: Slice[] = [];
    for (let from: string | null = null; ; ) {
      const { rows, next } = await this.#session.page(query, [owner, ...kinds], from);
      found.push(...rows.map(sliceOf));
      if (next === null) return found;
      from = next;
    }
  }

  /** Some rows of a kind. */
  async stretch(owner: string, kind: string, { above, below, limit, order }: Stretch): Promise<readonly Slice[]> {
    if (limit <= 0) return [];
    const params: Value[] = [owner, kind];
    let query = `SELECT kind, key, value FROM $.owned WHERE owner = ? AND kind = ?`;
    if (above !== undefined) query += ' AND key > ?';
    if (above !== undefined) params.push(above);
    if (below !== undefined) query += ' AND key < ?';
    if (below !== undefined) params.push(below);
    if (order === 'newest') query += ' ORDER BY kind DESC, key DESC';
    query += ' LIMIT ?';
    params.push(limit);
    return (await this.#session.read(inKeyspace(this.#session, query), params)).map(sliceOf);
  }
}

function sliceOf(row: Readonly<Record<string, Value>>): Slice {
  return { kind: String(row.kind), key: String(row.key), value: JSON.parse(String(row.value)) };
}

const selectRoot = `SELECT value, version, marks FROM $.owned WHERE owner = ? AND kind = 'root' AND key = ''`;
