// The keyspace of a cluster: made when it is missing, with three copies of every row, and refused when it has fewer,
// for then the loss of one node loses what was acknowledged. [STR22]
import { setTimeout as wait } from 'node:timers/promises';
import { cassandraMs } from '../kernel/engine-limits.ts';
import { type CassandraParts, type CassandraSession, EngineRefused } from './cassandra-session.ts';

const copies = 3;
const names = /^[a-z][a-z0-9_]{0,47}$/;

/** @throws {EngineRefused} it is not fit for what must not be lost */
export async function openKeyspace(session: CassandraSession, parts: CassandraParts): Promise<void> {
  const { keyspace, dataCenter, unsafe = false } = parts;
  if (!names.test(keyspace)) throw new EngineRefused(`${keyspace} is no name of a keyspace: a-z, 0-9 and _ only.`);
  let found = await replication(session, keyspace);
  if (found === null) await make(session, parts);
  // The node that is asked now may be one that has not heard of it yet.
  for (let waited = 0; found === null && waited < cassandraMs.newTable; waited += cassandraMs.lockRetry) {
    if (waited > 0) await wait(cassandraMs.lockRetry);
    found = await replication(session, keyspace);
  }
  const strategy = found?.get('class') ?? '';
  if (!strategy.endsWith('.NetworkTopologyStrategy'))
    throw new EngineRefused(`The keyspace ${keyspace} is spread by ${strategy}; it must be NetworkTopologyStrategy.`);
  const kept = Number(found?.get(dataCenter) ?? 0);
  if (kept < (unsafe ? 1 : copies))
    throw new EngineRefused(
      `The keyspace ${keyspace} keeps ${kept} copies in ${dataCenter}; ${copies} are needed. (PARLEY_UNSAFE allows fewer.)`,
    );
}

async function make(
  session: CassandraSession,
  { keyspace, dataCenter, unsafe = false }: CassandraParts,
): Promise<void> {
  const nodes = await countNodes(session, dataCenter, unsafe ? 1 : copies);
  if (nodes < copies && !unsafe)
    throw new EngineRefused(
      `Cassandra has ${nodes} nodes in ${dataCenter}; ${copies} are needed. (PARLEY_UNSAFE allows fewer.)`,
    );
  await session.define(
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ` +
      `{'class': 'NetworkTopologyStrategy', '${dataCenter}': ${Math.max(1, Math.min(copies, nodes))}}`,
  );
}

/** How many there are. A ring that has just been started does not know all of its nodes yet: some time for `wanted`. */
async function countNodes(session: CassandraSession, dataCenter: string, wanted: number): Promise<number> {
  let nodes = await nodesKnown(session, dataCenter);
  for (let waited = 0; nodes < wanted && waited < cassandraMs.ring; waited += cassandraMs.lockRetry) {
    await wait(cassandraMs.lockRetry);
    nodes = await nodesKnown(session, dataCenter);
  }
  return nodes;
}

async function nodesKnown(session: CassandraSession, dataCenter: string): Promise<number> {
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
