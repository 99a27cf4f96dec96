// What a transaction becomes in Cassandra, and in which order, without Cassandra.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CassandraSession, Statement } from '../engines/cassandra-session.ts';
import { cassandraBatchRows } from '../kernel/engine-limits.ts';
import { Gathered, Lanes } from './cassandra-gather.ts';
import { CassandraWrites } from './cassandra-writes.ts';
import { conversationRow, idRow, messageRow, put } from './sample-rows.ts';
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
  return statement?.query.includes('bucket, state)') ? 'state beside' : table;
}

function open() {
  const { sent, session } = heldSession();
  const lanes = new Lanes(8);
  const writes = new CassandraWrites({ session, now: () => 0, lanes, ids: new Gathered(session, lanes) });
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

test('[STR27] [STR30] ids stand first, then messages with the state of their conversation, in one write', async () => {
  const { commit } = open();
  assert.deepEqual(await commit(...said(1)), [['identities', 'messages'], ['conversations']]);
  assert.deepEqual(await commit(...said(2)), [['identities'], ['messages+state beside']]);
});

test('[STR30] a state is written by itself without a message, over several batches, and in another bucket', async () => {
  const { commit } = open();
  await commit(...said(1));
  const changed = conversationRow(1, { seq: 1, title: 'Tea', members });
  assert.deepEqual(await commit(...stamped(3, put('conversations', changed))), [['conversations']]);
  const many = Array.from({ length: cassandraBatchRows + 1 }, (_, n) => messageRow(1, n + 2));
  const row = conversationRow(1, { seq: many.length + 1, members });
  assert.deepEqual(await commit(...stamped(99, [...put('messages', ...many), ...put('conversations', row)])), [
    ['messages', 'messages'],
    ['conversations'],
  ]);
  assert.deepEqual(await commit(...said(2_048)), [['identities', 'messages'], ['conversations']]);
  assert.deepEqual(await commit(...said(2_049)), [['identities'], ['messages+state beside']]);
  const joined = new Map(members);
  const other = stamped(2_050, [
    ...put('messages', messageRow(1, 2_050)),
    ...put('conversations', conversationRow(1, { seq: 2_050, members: joined })),
  ]);
  assert.deepEqual(await commit(...other), [['messages'], ['conversations']]);
});
