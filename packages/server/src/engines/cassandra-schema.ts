// The tables of one user of the keyspace (store, directory), brought forward step by step by one process at a time: the
// engine does not stand two that change its schema. Whoever dies on the way leaves a lock that ends by itself, and a
// step that is done again without harm. [STR23]
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { cassandraMs } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { type CassandraSession, EngineRefused, type Schema } from './cassandra-session.ts';

/** @throws {EngineRefused | Unavailable} a newer schema is there; another process does not get done */
export async function migrate(session: CassandraSession, schema: Schema): Promise<void> {
  if ((await versionOf(session, schema)) === schema.steps.length) return;
  const owner = randomUUID();
  await lock(session, owner);
  try {
    let version = (await versionOf(session, schema)) ?? 0;
    for (const step of schema.steps.slice(version)) {
      for (const statement of step) {
        await session.define(inKeyspace(session, statement));
        await renew(session, owner);
      }
      version += 1;
      const query = 'INSERT INTO $.schema_versions (name, version) VALUES (?, ?)';
      await session.write(inKeyspace(session, query), [schema.name, version]);
    }
  } finally {
    await session.claim(inKeyspace(session, 'DELETE FROM $.schema_lock WHERE id = 0 IF owner = ?'), [owner]);
  }
}

/** The version that is there; null: nothing is. @throws {EngineRefused} it is newer than this program */
async function versionOf(session: CassandraSession, { name, steps }: Schema): Promise<number | null> {
  const known =
    "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'schema_versions'";
  if ((await session.read(known, [session.keyspace])).length === 0) return null;
  const query = inKeyspace(session, 'SELECT version FROM $.schema_versions WHERE name = ?');
  const version = Number((await session.read(query, [name]))[0]?.version ?? 0);
  if (version > steps.length)
    throw new EngineRefused(
      `The tables of the ${name} in ${session.keyspace} have version ${version}, and this program knows ${steps.length}: ` +
        'a newer Parley was here. Run that one.',
    );
  return version;
}

async function lock(session: CassandraSession, owner: string): Promise<void> {
  await makeLock(session);
  const query = inKeyspace(session, 'INSERT INTO $.schema_lock (id, owner) VALUES (0, ?) IF NOT EXISTS USING TTL ?');
  for (let waited = 0; waited <= cassandraMs.migration; waited += cassandraMs.lockRetry) {
    // Many that claim at once may all time out; ours may stand all the same.
    const there = await session.claim(query, [owner, cassandraMs.lock / 1_000]).catch((error: unknown) => {
      if (error instanceof Unavailable) return {};
      throw error;
    });
    if (there === null || ('owner' in there && there.owner === owner)) return;
    await wait(cassandraMs.lockRetry);
  }
  throw new Unavailable('Another process changes the tables in Cassandra, and does not get done.');
}

/** Several processes may make these two at once, so the ids are given: all of them make the same. */
async function makeLock(session: CassandraSession): Promise<void> {
  const tables = {
    schema_versions: 'name text PRIMARY KEY, version int',
    schema_lock: 'id int PRIMARY KEY, owner text',
  };
  for (const [name, columns] of Object.entries(tables)) {
    const hash = createHash('sha256').update(`${session.keyspace}.${name}`).digest('hex');
    const id = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
    await session.define(`CREATE TABLE IF NOT EXISTS ${session.keyspace}.${name} (${columns}) WITH ID = ${id}`);
  }
}

async function renew(session: CassandraSession, owner: string): Promise<void> {
  const query = inKeyspace(session, 'UPDATE $.schema_lock USING TTL ? SET owner = ? WHERE id = 0 IF owner = ?');
  if ((await session.claim(query, [cassandraMs.lock / 1_000, owner, owner])) !== null)
    throw new Unavailable('Another process has begun to change the tables in Cassandra.');
}

/** A statement with the keyspace in its place. */
export function inKeyspace({ keyspace }: Pick<CassandraSession, 'keyspace'>, statement: string): string {
  return statement.replaceAll('$.', `${keyspace}.`);
}
