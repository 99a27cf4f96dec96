// What a transaction becomes in Cassandra, and in which order, without Cassandra.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CassandraSession, Statement } from '../engines/cassandra-session.ts';
import { cassandraBatchRows } from '../kernel/engine-limits.ts';
import { CellSession } from './cassandra-cells-fixture.ts';
import { Gathered, Lanes } from './cassandra-gather.ts';
import { CassandraReads, NewestBuckets } from './cassandra-reads.ts';
import { CassandraWrites } from './cassandra-writes.ts';
import { conversationRow, idRow, messageId, messageRow, put } from './sample-rows.ts';
import type { Write } from './store.ts';

/** Every write by its tables, made when the test says so. */
function heldSession() {
  const sent: { readonly tables: readonly string[]; readonly made: PromiseWithResolvers<void> }[] = [];
  const send = (statements: readonly Statement[]): Promise<void> => {
    const made = Promise.withResolvers<void>();
    const tables = statements.map(({ query }) => /INTO \w+\.(\w+)/.exec(query)?.[1] ?? query);
    sent.push({ tables: [...new Set(tables.map((table, at) => nameOf(table, statements[at])))], made });
    return made.promise;
  };
  const session = {
    keyspace: 'k',
    batch: send,
    write: (query: string, params: Statement['params']) => send([{ query, params }]),
  } as unknown as CassandraSession;
  return { sent, session };
}

function nameOf(table: string, statement: Statement | undefined): string {
  if (statement?.query.includes('bucket, state, roster)')) return 'state and members beside';
  return statement?.query.includes('bucket, state)') ? 'state beside' : table;
}

function open() {
  const { sent, session } = heldSession();
  const lanes = new Lanes(8);
  const writes = new CassandraWrites({
    session,
    now: () => 0,
    lanes,
    ids: new Gathered(session, lanes),
    partitions: 1,
  });
  /** Writes it; each write is made as soon as nothing else can be sent. Which tables each had. */
  const commit = async (...all: readonly Write[]) => {
    let isDone = false;
    const put = writes.put(all, 0).finally(() => {
      isDone = true;
    });
    const waves: string[][] = [];
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      const wave = sent.splice(0);
      if (wave.length > 0) waves.push(wave.map(({ tables }) => tables.join('+')).sort());
      for (const { made } of wave) made.resolve();
    }
    await put;
    return waves;
  };
  return { commit };
}

const members = conversationRow(1).members;
const stamped = (stamp: number, writes: readonly Write[]) => writes.map((write) => ({ ...write, stamp }) as Write);
const said = (seq: number) =>
  stamped(seq, [
    ...put('messages', messageRow(1, seq)),
    ...put('ids', idRow(1, seq)),
    ...put('conversations', conversationRow(1, { seq, members })),
  ]);

const withMembers = 'state and members beside';

test('[STR27] [STR30] ids stand first, then messages with the state of their conversation, in one write', async () => {
  const { commit } = open();
  assert.deepEqual(await commit(...said(1)), [['identities', 'messages'], ['conversations'], [withMembers]]);
  assert.deepEqual(await commit(...said(2)), [['identities'], ['messages+state beside']]);
  assert.deepEqual(await open().commit(...said(3)), [['identities'], [`messages+${withMembers}`]], 'of a next owner');
});

test('[STR18] [STR30] [STR44] members go where their state goes, when they changed', async () => {
  const { commit } = open();
  await commit(...said(1));
  const other = stamped(2, [
    ...put('messages', messageRow(1, 2)),
    ...put('conversations', conversationRow(1, { seq: 2, members: new Map(members) })),
  ]);
  assert.deepEqual(await commit(...other), [[`messages+${withMembers}`]]);
});

test('[STR30] a state is written by itself without a message, and over several batches', async () => {
  const { commit } = open();
  const named = (title: string) => stamped(3, put('conversations', conversationRow(1, { seq: 1, title, members })));
  assert.deepEqual(await commit(...named('Tea')), [['conversations'], [withMembers]]);
  assert.deepEqual(await commit(...named('Cake')), [['state beside']]);
  const many = Array.from({ length: cassandraBatchRows + 1 }, (_, n) => messageRow(1, n + 2));
  const row = conversationRow(1, { seq: many.length + 1, members });
  assert.deepEqual(await commit(...stamped(99, [...put('messages', ...many), ...put('conversations', row)])), [
    ['messages', 'messages'],
    ['state beside'],
  ]);
});

test('[STR44] in another bucket it stands first, then what was left leads there, then its own row does', async () => {
  const { commit } = open();
  const waves = [['identities', 'messages'], [withMembers], ['state beside'], ['conversations']];
  assert.deepEqual(await commit(...said(2_048)), waves);
  assert.deepEqual(await commit(...said(2_049)), [['identities'], ['messages+state beside']]);
  assert.deepEqual(await commit(...said(4_096)), waves);
});

test('[STR42] ids have a shard for every 32 partitions of the log, one at least, and are found there', async () => {
  const ids = Array.from({ length: 64 }, (_, n) => idRow(n + 1, 1, { id: messageId(1) }));
  const writesWith = async (partitions: number) => {
    const cells = new CellSession();
    let writes = 0;
    const batch = async (statements: readonly Statement[]): Promise<void> => {
      writes++;
      await cells.batch(statements);
    };
    const lanes = new Lanes();
    const session = { keyspace: 'k', batch } as unknown as CassandraSession;
    const parts = { session, now: () => 0, lanes, ids: new Gathered(session, lanes), partitions };
    await new CassandraWrites(parts).put(stamped(1, put('ids', ...ids)), 0);
    const reads = new CassandraReads({ ...parts, session: cells.asSession(), newestBuckets: new NewestBuckets() });
    const found = await Promise.all(
      ids.map(({ conversation, sender, id }) => reads.get('ids', [conversation, sender, id])),
    );
    assert.deepEqual(found, ids);
    return writes;
  };
  assert.deepEqual(await Promise.all([1, 16, 63, 64, 128, 256].map(writesWith)), [1, 1, 1, 2, 4, 8]);
});
