// The keyspace of a cluster: made when it is missing, with three copies of every row, and refused when it has fewer,
// for then the loss of one node loses what was acknowledged. [STR22]
import { type CassandraParts, type CassandraSession, EngineRefused } from './cassandra-session.ts';

const copies = 3;
const names = /^[a-z][a-z0-9_]{0,47}$/;

/** @throws {EngineRefused} it is not fit for what must not be lost */
export async function openKeyspace(session: CassandraSession, parts: CassandraParts): Promise<void> {
  const { keyspace, dataCenter, unsafe = false } = parts;
  if (!names.test(keyspace)) throw new EngineRefused(`${keyspace} is no name of a keyspace: a-z, 0-9 and _ only.`);
  const nodes = await countNodes(session, dataCenter);
  const wanted = unsafe ? Math.max(1, Math.min(copies, nodes)) : copies;
  if (nodes < wanted)
    throw new EngineRefused(
      `Cassandra has ${nodes} nodes in ${dataCenter}; ${copies} are needed. (PARLEY_UNSAFE allows fewer.)`,
    );
  if ((await replication(session, keyspace)) === null)
    await session.define(
      `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ` +
        `{'class': 'NetworkTopologyStrategy', '${dataCenter}': ${wanted}}`,
    );
  const found = await replication(session, keyspace);
  const strategy = found?.get('class') ?? '';
  if (!strategy.endsWith('.NetworkTopologyStrategy'))
    throw new EngineRefused(`The keyspace ${keyspace} is spread by ${strategy}; it must be NetworkTopologyStrategy.`);
  const kept = Number(found?.get(dataCenter) ?? 0);
  if (kept < (unsafe ? 1 : copies))
    throw new EngineRefused(
      `The keyspace ${keyspace} keeps ${kept} copies in ${dataCenter}; ${copies} are needed. (PARLEY_UNSAFE allows fewer.)`,
    );
}

async function countNodes(session: CassandraSession, dataCenter: string): Promise<number> {
  const here = await session.read('SELECT data_center FROM system.local', []);
  const others = await session.read('SELECT data_center FROM system.peers_v2', []);
  return [...here, ...others].filter((row) => row.data_center === dataCenter).length;
}

async function replication(session: CassandraSession, keyspace: string): Promise<ReadonlyMap<string, string> | null> {
  const query = 'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?';
  const [row] = await session.read(query, [keyspace]);
  // The driver gives a map as an object.
  const found: unknown = row?.replication;
  if (typeof found !== 'object' || found === null) return null;
  return new Map(Object.entries(found).map(([name, value]) => [name, String(value)]));
}
