// Many directories for tests in one keyspace, for making tables takes seconds: each sees partitions of its own, because
// the names of partitions are changed on their way to the engine, and back where an answer has them. And a session that ends where a test says.
import type { CassandraSession, Row, Statement, Value } from '../engines/cassandra-session.ts';
import { Unavailable } from '../kernel/result.ts';
import { directorySchema } from './cassandra-tables.ts';

let worlds = 0;

/** A session whose directory is empty. The session itself stays open. */
export async function emptied(session: CassandraSession): Promise<CassandraSession> {
  await session.migrate(directorySchema);
  const world = ++worlds;
  return through(
    session,
    (statement) => inWorld(world, statement),
    (rows) => ofWorld(world, rows),
  );
}

/** A process that dies: from its statement number `at` on nothing reaches the engine. `counted` says how many did. */
export function dying(
  session: CassandraSession,
  at: number,
): { readonly session: CassandraSession; readonly counted: () => number } {
  let counted = 0;
  const count = (statement: Statement): Statement => {
    if (counted >= at) throw new Unavailable('this process is dead');
    counted += 1;
    return statement;
  };
  return { session: through(session, count), counted: () => counted };
}

/** Every statement is what `change` makes of it, and every answer what `see` does. */
function through(
  session: CassandraSession,
  change: (statement: Statement) => Statement,
  see: (rows: readonly Row[]) => readonly Row[] = (rows) => rows,
): CassandraSession {
  return {
    keyspace: session.keyspace,
    migrate: async () => {},
    define: (statement) => session.define(statement),
    read: async (query, params, options) => {
      const statement = change({ query, params });
      return see(await session.read(statement.query, statement.params, options));
    },
    page: async (query, params, from, rows) => {
      const statement = change({ query, params });
      const page = await session.page(statement.query, statement.params, from, rows);
      return { ...page, rows: see(page.rows) };
    },
    write: async (query, params, options) => {
      const statement = change({ query, params });
      await session.write(statement.query, statement.params, options);
    },
    batch: async (statements, options) => session.batch(statements.map(change), options),
    claim: async (query, params) => {
      const statement = change({ query, params });
      return session.claim(statement.query, statement.params);
    },
    claimAll: async (statements) => session.claimAll(statements.map(change)),
    [Symbol.asyncDispose]: async () => {},
  };
}

const partitions = /\b(owner|pointer|device|id|shelf|part)\b/;

/** The same statement about the partition of this name in a world. */
function inWorld(world: number, { query, params }: Statement): Statement {
  if (query.includes('.work'))
    return { query: query.replace(/part = 0|VALUES \(0/, (text) => text.replace('0', String(world))), params };
  const at = indexOfPartition(query);
  const moved = (value: Value): Value =>
    typeof value === 'number' ? world * 1_000 + value : `${world}/${String(value)}`;
  return { query, params: params.map((value, i) => (i === at ? moved(value) : value)) };
}

/** Only files have the name of their partition in an answer, and are read across partitions. */
function ofWorld(world: number, rows: readonly Row[]): readonly Row[] {
  const own = `${world}/`;
  return rows.flatMap((row) => {
    if (typeof row.blob !== 'string') return [row];
    return row.blob.startsWith(own) ? [{ ...row, blob: row.blob.slice(own.length) }] : [];
  });
}

/** Which parameter names the partition. */
function indexOfPartition(query: string): number {
  if (query.startsWith('INSERT')) return 0;
  const where = query.indexOf('WHERE');
  const name = partitions.exec(query.slice(where));
  return [...query.slice(0, where + (name?.index ?? 0)).matchAll(/\?/g)].length;
}
