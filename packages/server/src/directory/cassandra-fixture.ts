// Many directories for tests in one keyspace, for making tables takes seconds: each sees partitions of its own, because
// the names of partitions are changed on their way to the engine. And a session that ends where a test says.
import type { CassandraSession, Statement, Value } from '../engines/cassandra-session.ts';
import { Unavailable } from '../kernel/result.ts';
import { directorySchema } from './cassandra-tables.ts';

let worlds = 0;

/** A session whose directory is empty. The session itself stays open. */
export async function emptied(session: CassandraSession): Promise<CassandraSession> {
  await session.migrate(directorySchema);
  const world = ++worlds;
  return through(session, (statement) => inWorld(world, statement));
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

/** Every statement is what `change` makes of it. */
function through(session: CassandraSession, change: (statement: Statement) => Statement): CassandraSession {
  return {
    keyspace: session.keyspace,
    migrate: async () => {},
    define: (statement) => session.define(statement),
    read: async (query, params, options) => {
      const statement = change({ query, params });
      return session.read(statement.query, statement.params, options);
    },
    page: async (query, params, from, rows) => {
      const statement = change({ query, params });
      return session.page(statement.query, statement.params, from, rows);
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

/** Which parameter names the partition. */
function indexOfPartition(query: string): number {
  if (query.startsWith('INSERT')) return 0;
  const where = query.indexOf('WHERE');
  const name = partitions.exec(query.slice(where));
  return [...query.slice(0, where + (name?.index ?? 0)).matchAll(/\?/g)].length;
}
