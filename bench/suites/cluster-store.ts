// Row 9-store: the store on Cassandra alone, with messages spread over a thousand conversations: the dear case, because what
// stands in one partition is written together. It says how many writes a message took, which no load changes.
import { idFromBytes, uuid7FromBytes } from '@parley/protocol';
import { openCassandra } from '../../packages/server/src/engines/cassandra.ts';
import type { CassandraSession } from '../../packages/server/src/engines/cassandra-session.ts';
import { hostClock } from '../../packages/server/src/kernel/clock.ts';
import { hostRandom } from '../../packages/server/src/kernel/random.ts';
import { openCassandraStore } from '../../packages/server/src/store/cassandra-store.ts';
import { conversationRow, idRow, messageRow } from '../../packages/server/src/store/sample-rows.ts';
import type { Write } from '../../packages/server/src/store/store.ts';
import type { ClusterEngines } from '../../scripts/cluster/engines.ts';
import { perOne, spentOf, timesOf } from '../cpu.ts';
import { type Measure, measure } from '../measure.ts';

const conversations = 1_000;
const owners = 64;
const messagesAtOnce = 4;
const partitions = 128;
const contentBytes = 409;

/** Owners commit as fast as they can, each its part of the conversations. */
export async function clusterStore(
  { cassandra }: ClusterEngines,
  seconds: number,
  say: (line: string) => void,
): Promise<Measure> {
  const { contactPoints, port, dataCenter } = cassandra;
  const keyspace = `bench_store_${Date.now().toString(36)}`;
  await using opened = await openCassandra({ contactPoints, port, dataCenter, keyspace, unsafe: false });
  const { session, writes } = counted(opened);
  await using store = await openCassandraStore({ session, logId: 'log', partitions, clock: hostClock });
  const all = await Promise.all(Array.from({ length: owners }, (_, partition) => store.partition(partition)));
  const talk = new Talk();
  const pids = [...cassandra.nodes.flatMap((node) => node?.pid ?? []), process.pid];
  const before = timesOf(pids);
  const start = performance.now();
  writes.count = 0;
  await Promise.all(
    all.map(async (own, owner) => {
      for (let offset = 0; performance.now() - start < seconds * 1_000; offset += messagesAtOnce)
        await own.commit(talk.layer(owner, offset), { logId: 'log', offset: offset + messagesAtOnce - 1 });
      await own.checkpoint();
    }),
  );
  const perSecond = talk.messages / ((performance.now() - start) / 1_000);
  const us = perOne(spentOf(before, timesOf(pids)), talk.messages);
  say(`store alone: ${(writes.count / talk.messages).toFixed(2)} writes to Cassandra a message`);
  await opened.define(`DROP KEYSPACE ${keyspace}`);
  return measure('9-store', perSecond, us);
}

/** Rows as the sequencer makes them. */
class Talk {
  readonly #seqs = new Map<number, number>();
  readonly #members = new Map<number, ReturnType<typeof conversationRow>['members']>();
  messages = 0;

  /** Of one owner: messages of so many of its conversations, and how those stand after them. */
  layer(owner: number, offset: number): readonly Write[] {
    return Array.from({ length: messagesAtOnce }, (_, n) => n).flatMap((n) => {
      const conversation = ((owner + owners * (offset + n)) % conversations) + 1;
      const seq = (this.#seqs.get(conversation) ?? 0) + 1;
      this.#seqs.set(conversation, seq);
      this.messages++;
      const stamp = offset + n;
      const id = uuid7FromBytes(hostClock.now(), hostRandom.bytes(10));
      const members = this.#members.get(conversation) ?? conversationRow(conversation).members;
      this.#members.set(conversation, members);
      return [
        { table: 'messages', stamp, row: messageRow(conversation, seq, { id, tail: sealedTail() }) },
        { table: 'ids', stamp, row: { ...idRow(conversation, seq), id, offset: stamp } },
        { table: 'conversations', stamp, row: { ...conversationRow(conversation, { seq }), offset: stamp, members } },
      ] as const;
    });
  }
}

function sealedTail(): Uint8Array {
  const content = Buffer.from(hostRandom.bytes(contentBytes)).toString('base64');
  const device = idFromBytes('d', hostRandom.bytes(16));
  return new TextEncoder().encode(
    `"device":"${device}","timestamp":"${new Date().toISOString()}","content":"${content}"`,
  );
}

/** The same session, its writes counted. */
function counted(session: CassandraSession) {
  const writes = { count: 0 };
  const own: CassandraSession = {
    keyspace: session.keyspace,
    migrate: (schema) => session.migrate(schema),
    define: (statement) => session.define(statement),
    read: (query, params, options) => session.read(query, params, options),
    page: (query, params, from, rows) => session.page(query, params, from, rows),
    claim: (query, params) => session.claim(query, params),
    claimAll: (statements) => session.claimAll(statements),
    write(query, params, options) {
      writes.count++;
      return session.write(query, params, options);
    },
    batch(statements, options) {
      writes.count++;
      return session.batch(statements, options);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
  return { session: own, writes };
}
