// Cassandra as its readers and writers here see it: cells of which the newest stamp wins, static ones beside the rows of a
// partition, all of a batch at once. It takes the statements of the store and no others. Used by tests without an engine.
import { isDeepStrictEqual } from 'node:util';
import type { CassandraSession, Row, Statement, Value } from '../engines/cassandra-session.ts';
import { storeSchema } from './cassandra-tables.ts';
import { compareParts, type KeyPart } from './keys.ts';

interface Cell {
  readonly value: Value;
  readonly stamp: number;
}

interface CellRow {
  readonly key: Readonly<Record<string, Value>>;
  readonly cells: Map<string, Cell>;
}

interface Partition {
  readonly beside: CellRow;
  readonly rows: Map<string, CellRow>;
}

interface Shape {
  readonly partition: readonly string[];
  readonly clustering: readonly string[];
}

/** Everything of one keyspace, read and written at once. */
export class CellSession {
  readonly keyspace = 'k';
  /** Cells that were written twice at one stamp, with different values. */
  readonly conflicts: string[] = [];
  /** How many reads there were. */
  reads = 0;
  /** Runs before each read: what happens meanwhile. */
  between: () => void = () => {};
  readonly #tables = new Map<string, Map<string, Partition>>();

  async read(query: string, params: readonly Value[]): Promise<readonly Row[]> {
    this.between();
    this.reads++;
    return this.select(query, params);
  }

  async page(query: string, params: readonly Value[]): Promise<{ readonly rows: readonly Row[]; readonly next: null }> {
    return { rows: await this.read(query, params), next: null };
  }

  async write(query: string, params: readonly Value[], options: { readonly stamp?: number } = {}): Promise<void> {
    this.apply([{ query, params }], options.stamp);
  }

  async batch(statements: readonly Statement[], options: { readonly stamp?: number } = {}): Promise<void> {
    this.apply(statements, options.stamp);
  }

  /** All of them, or a fault for one that is not understood. */
  apply(statements: readonly Statement[], stamp?: number): void {
    for (const { query, params } of statements) {
      const { table, columns, stampAt } = parsedWrite(query);
      const own = stampAt === null ? stamp : Number(params[stampAt]);
      if (own === undefined) throw new Error(`without a stamp: ${query}`);
      this.#put(table, Object.fromEntries(columns.map(({ name, at }) => [name, params[at] as Value])), own);
    }
  }

  /** Every row of a table, with all of its cells. */
  rows(table: string): readonly Row[] {
    const parts = [...(this.#tables.get(table) ?? new Map<string, Partition>()).values()];
    return parts.flatMap(({ rows }) =>
      [...rows.values()].map(({ key, cells }) => ({
        ...key,
        ...Object.fromEntries([...cells].map(([name, { value }]) => [name, value])),
      })),
    );
  }

  /** Is there a row of this key? */
  has(table: string, partition: readonly Value[], clustering: readonly Value[]): boolean {
    return this.#tables.get(table)?.get(partition.join('\n'))?.rows.has(clustering.join('\n')) === true;
  }

  asSession(): CassandraSession {
    return this as unknown as CassandraSession;
  }

  #put(table: string, values: Readonly<Record<string, Value>>, stamp: number): void {
    const { partition, clustering } = shapeOf(table);
    const place = partition.map((name) => values[name]).join('\n');
    const all = this.#tables.get(table) ?? new Map<string, Partition>();
    this.#tables.set(table, all);
    const key = Object.fromEntries(partition.map((name) => [name, values[name] as Value]));
    const found = all.get(place) ?? {
      beside: { key, cells: new Map<string, Cell>() },
      rows: new Map<string, CellRow>(),
    };
    all.set(place, found);
    const isStatic = clustering.some((name) => !(name in values));
    const row = isStatic ? found.beside : rowAt(found, clustering, values, key);
    for (const [name, value] of Object.entries(values)) {
      if (partition.includes(name) || clustering.includes(name)) continue;
      const before = row.cells.get(name);
      if (before?.stamp === stamp && !isDeepStrictEqual(before.value, value))
        this.conflicts.push(`${table} ${place} ${name}`);
      if (before === undefined || before.stamp < stamp) row.cells.set(name, { value, stamp });
    }
  }

  /** A read that nobody counts. */
  select(query: string, params: readonly Value[]): readonly Row[] {
    const { table, columns, conditions, reverse, limit } = parsedRead(query);
    const { partition, clustering } = shapeOf(table);
    const wanted = partition.map((name) => conditions.find((one) => one.names[0] === name && one.sign === '='));
    const all = this.#tables.get(table) ?? new Map<string, Partition>();
    const places = wanted.every((one) => one === undefined)
      ? [...all.values()]
      : [all.get(wanted.map((one) => params[one?.at ?? -1]).join('\n'))].filter((part) => part !== undefined);
    const rest = conditions.filter((one) => !wanted.includes(one));
    const found = places.flatMap((part) => {
      const isOne =
        rest.length === clustering.length && rest.every(({ sign, names }) => sign === '=' && names.length === 1);
      const one = isOne ? part.rows.get(rest.map(({ at }) => params[at]).join('\n')) : undefined;
      const rows = isOne
        ? [one].filter((row) => row !== undefined)
        : [...part.rows.values()].filter(({ key }) => rest.every((condition) => holds(condition, key, params)));
      rows.sort((a, b) => compareParts(partsOf(a.key, clustering), partsOf(b.key, clustering)));
      if (reverse) rows.reverse();
      const shown: readonly CellRow[] =
        rows.length === 0 && part.beside.cells.size > 0 && rest.length === 0 ? [part.beside] : rows;
      return shown.map((row) => shownOf(row, part.beside, columns));
    });
    return found.slice(0, limit === null ? undefined : typeof limit === 'number' ? limit : Number(params.at(-1)));
  }
}

function rowAt(
  { rows }: Partition,
  clustering: readonly string[],
  values: Readonly<Record<string, Value>>,
  key: CellRow['key'],
): CellRow {
  const place = clustering.map((name) => values[name]).join('\n');
  const own = Object.fromEntries(clustering.map((name) => [name, values[name] as Value]));
  const row = rows.get(place) ?? { key: { ...key, ...own }, cells: new Map<string, Cell>() };
  rows.set(place, row);
  return row;
}

function shownOf(row: CellRow, beside: CellRow, columns: readonly Column[]): Row {
  return Object.fromEntries(
    columns.map(({ name, as, isStamp }) => {
      const cell = row.cells.get(name) ?? beside.cells.get(name);
      return [as, (isStamp ? cell?.stamp : (row.key[name] ?? cell?.value)) ?? null];
    }),
  );
}

function holds({ names, sign, at }: Condition, key: CellRow['key'], params: readonly Value[]): boolean {
  const order = compareParts(partsOf(key, names), params.slice(at, at + names.length) as KeyPart[]);
  return { '=': order === 0, '>': order > 0, '<': order < 0, '>=': order >= 0, '<=': order <= 0 }[sign];
}

const partsOf = (key: CellRow['key'], names: readonly string[]) => names.map((name) => key[name] as KeyPart);

interface Column {
  readonly name: string;
  readonly as: string;
  readonly isStamp: boolean;
}

type Sign = '=' | '>' | '<' | '>=' | '<=';

interface Condition {
  readonly names: readonly string[];
  readonly sign: Sign;
  /** Of its first parameter. */
  readonly at: number;
}

interface ParsedRead {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly conditions: readonly Condition[];
  readonly reverse: boolean;
  readonly limit: number | 'given' | null;
}

interface ParsedWrite {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly at: number }[];
  readonly stampAt: number | null;
}

const parsedRead = remembered((query): ParsedRead => {
  const parts =
    /^SELECT (.+) FROM k\.(\w+)(?: WHERE (.+?))?(?: ORDER BY (.+?))?(?: LIMIT (\d+|\?))?$/.exec(query) ?? refuse(query);
  const [, columns = '', table = '', where, order = '', limit] = parts;
  let at = 0;
  const conditions = (where?.split(' AND ') ?? []).map((text): Condition => {
    const [, names = '', sign = ''] = /^\(?([\w, ]+?)\)? (=|>=|<=|>|<) \(?[?, ]+\)?$/.exec(text) ?? refuse(text);
    const condition = { names: names.split(', '), sign: sign as Sign, at };
    at += condition.names.length;
    return condition;
  });
  return {
    table,
    columns: columns.split(', ').map((text) => {
      const [, name = '', as = ''] = /^WRITETIME\((\w+)\) AS (\w+)$/.exec(text) ?? [];
      return name === '' ? { name: text, as: text, isStamp: false } : { name, as, isStamp: true };
    }),
    conditions,
    reverse: order.includes('DESC'),
    limit: limit === undefined ? null : limit === '?' ? 'given' : Number(limit),
  };
});

const parsedWrite = remembered((query): ParsedWrite => {
  const insert = /^INSERT INTO k\.(\w+) \(([\w, ]+)\) VALUES \([?, ]+\)( USING TIMESTAMP \?)?$/.exec(query);
  if (insert !== null) {
    const names = (insert[2] ?? '').split(', ');
    const columns = names.map((name, at) => ({ name, at }));
    return { table: insert[1] ?? '', columns, stampAt: insert[3] === undefined ? null : names.length };
  }
  const update =
    /^UPDATE k\.(\w+)(?: USING (TTL|TIMESTAMP) \?)? SET (\w+) = \? WHERE (.+)$/.exec(query) ?? refuse(query);
  const [, table = '', using, set = '', where = ''] = update;
  const from = using === undefined ? 0 : 1;
  const names = [set, ...where.split(' AND ').map((text) => text.replace(' = ?', ''))];
  const columns = names.map((name, at) => ({ name, at: at + from }));
  return { table, columns, stampAt: using === 'TIMESTAMP' ? 0 : null };
});

const shapeOf = remembered((table): Shape => {
  const [made = ''] = storeSchema.steps
    .flat()
    .filter((step) => step.startsWith(`CREATE TABLE IF NOT EXISTS $.${table} `));
  const [, partition = '', clustering = ''] =
    /PRIMARY KEY \(\(([\w, ]+)\),? ?([\w, ]*)\)/.exec(made) ??
    /PRIMARY KEY \((\w+),? ?([\w, ]*)\)/.exec(made) ??
    /(\w+) text PRIMARY KEY/.exec(made) ??
    refuse(table);
  return { partition: partition.split(', '), clustering: clustering.split(', ').filter((name) => name !== '') };
});

function remembered<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const parsed = known.get(text) ?? parse(text);
    known.set(text, parsed);
    return parsed;
  };
}

function refuse(text: string): never {
  throw new Error(`not understood: ${text}`);
}
