// A keyspace of the tests' own on the engine that `npm test` started; it goes with them.
import { randomBytes } from 'node:crypto';
import { testEngine } from '../kernel/engines-fixture.ts';
import type { CassandraParts, CassandraSession } from './cassandra-session.ts';

/** Where a fresh keyspace will be. */
export const freshKeyspace = (): CassandraParts => ({
  ...testEngine('cassandra'),
  keyspace: `test_${randomBytes(8).toString('hex')}`,
  unsafe: true,
});

/** Drops it, and closes the session. */
export async function dropKeyspace(session: CassandraSession): Promise<void> {
  await session.define(`DROP KEYSPACE IF EXISTS ${session.keyspace}`);
  await session[Symbol.asyncDispose]();
}
