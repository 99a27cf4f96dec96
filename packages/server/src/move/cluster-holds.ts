// What a cluster holds before and after a move: nothing of anybody's, then as much as was moved. What every cluster that
// was started once has (places of partitions, a set-up link) does not count.

import { inKeyspace } from '../engines/cassandra-schema.ts';
import type { CassandraSession } from '../engines/cassandra-session.ts';
import type { KafkaLog } from '../log/kafka-log.ts';
import { nameOf } from '../store/cassandra-tables.ts';
import type { Table } from '../store/store.ts';

/** Kinds of owners that there are only where somebody is. */
const kinds = ['account', 'claim', 'device', 'pool', 'queue', 'backup'] as const;
const tables = ['conversations', 'messages', 'ids', 'members', 'memberships', 'entries', 'settings', 'marks', 'facts'];

/** In words, or null: nothing. */
export async function firstHeld(session: CassandraSession, log: KafkaLog): Promise<string | null> {
  if (!(await isEmpty(log))) return 'its log has records';
  for (const table of tables) {
    const query = `SELECT * FROM $.${nameOf(table as Table)} LIMIT 1`;
    if ((await session.read(inKeyspace(session, query), [])).length > 0) return `its table ${table} has rows`;
  }
  const { account, claim, device } = await countOwners(session);
  return account + claim + device > 0 ? 'somebody has an account there' : null;
}

/** Has nobody ever written to it? */
export async function isEmpty(log: KafkaLog): Promise<boolean> {
  for (let partition = 0; partition < log.partitions; partition++) {
    await log.look(partition);
    if (log.end(partition) > 0) return false;
  }
  return true;
}

/** Partitions of the directory by kind. */
export async function countOwners(
  session: CassandraSession,
): Promise<Readonly<Record<(typeof kinds)[number], number>>> {
  const counts = { account: 0, claim: 0, device: 0, pool: 0, queue: 0, backup: 0 };
  for await (const owner of keys(session, 'SELECT DISTINCT owner FROM $.owned', 'owner')) {
    const kind = kinds.find((each) => owner.startsWith(`${each} `));
    if (kind !== undefined) counts[kind]++;
  }
  return counts;
}

export async function countConversations(session: CassandraSession): Promise<number> {
  let count = 0;
  for await (const _ of keys(session, 'SELECT conversation FROM $.conversations', 'conversation')) count++;
  return count;
}

async function* keys(session: CassandraSession, query: string, column: string): AsyncIterable<string> {
  for (let from: string | null = null; ; ) {
    const { rows, next } = await session.page(inKeyspace(session, query), [], from);
    for (const row of rows) yield String(row[column]);
    if (next === null) return;
    from = next;
  }
}
