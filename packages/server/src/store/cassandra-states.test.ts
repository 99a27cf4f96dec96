// How many reads the state of a conversation takes, and what a reader gets that comes between any two writes of one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CassandraSession, Row, Statement } from '../engines/cassandra-session.ts';
import { CellSession } from './cassandra-cells-fixture.ts';
import { Gathered, Lanes } from './cassandra-gather.ts';
import { CassandraReads, NewestBuckets } from './cassandra-reads.ts';
import { conversationBeside } from './cassandra-tables.ts';
import { CassandraWrites } from './cassandra-writes.ts';
import { accountId, conversationId, conversationRow, messageRow, put } from './sample-rows.ts';
import type { ConversationRow, Write } from './store.ts';

type Send = (statements: readonly Statement[], options?: { readonly stamp?: number }) => Promise<void>;

function ownerOf(send: Send): CassandraWrites {
  const write = (query: string, params: Statement['params'], options?: { readonly stamp?: number }) =>
    send([{ query, params }], options);
  const session = { keyspace: 'k', batch: send, write } as unknown as CassandraSession;
  const lanes = new Lanes(1);
  return new CassandraWrites({ session, now: () => 0, lanes, ids: new Gathered(session, lanes), partitions: 1 });
}

/** A store of one owner. `watch`: what runs after each of its writes. */
function open(cells = new CellSession()) {
  let sees: () => Promise<void> = async () => {};
  const writes = ownerOf(async (statements, options) => {
    cells.apply(statements, options?.stamp);
    await sees();
  });
  return {
    cells,
    commit: (...all: readonly Write[]) => writes.put(all, 0),
    watch: (look: () => Promise<void>) => {
      sees = look;
    },
  };
}

const readerOf = (cells: CellSession) =>
  new CassandraReads({ session: cells.asSession(), now: () => 0, newestBuckets: new NewestBuckets(), partitions: 1 });
const { members } = conversationRow(1);
const said = (seq: number, over = {}) => {
  const row = conversationRow(1, { seq, offset: seq, members, ...over });
  const writes = [...put('messages', messageRow(1, seq)), ...put('conversations', row)];
  return { row, writes: writes.map((write) => ({ ...write, stamp: seq }) as Write) };
};
const key = [conversationId(1)] as const;

test('[STR44] a state takes one read: of what is new, of other members, of who took over, of a conversation that is long', async () => {
  const { cells, commit } = open();
  const reader = readerOf(cells);
  const costs = async (by: CassandraReads, seq: number, over = {}) => {
    const before = cells.reads;
    assert.deepEqual(await by.get('conversations', key), said(seq, over).row);
    return cells.reads - before;
  };
  await commit(...said(1).writes);
  assert.equal(await costs(reader, 1), 1);
  const more = { members: new Map(members) };
  await commit(...said(2, more).writes);
  assert.equal(await costs(reader, 2, more), 1);
  await open(cells).commit(...said(3).writes);
  assert.equal(await costs(reader, 3), 1);
  for (const seq of [2_047, 2_048, 2_049]) await commit(...said(seq).writes);
  assert.equal(await costs(reader, 2_049), 3, 'what stands beside the first messages leads on');
  assert.equal(await costs(reader, 2_049), 1, 'it knows now where the newest are');
});

test('[STR44] no reader goes back when a conversation enters another bucket, and who takes over finds all or nothing', async () => {
  const { cells, commit, watch } = open();
  for (const seq of [2_046, 2_047]) await commit(...said(seq).writes);
  const old = readerOf(cells);
  let newest = 2_047;
  const seen: string[] = [];
  watch(async () => {
    for (const reader of [old, readerOf(cells)]) {
      const seq = (await reader.get('conversations', key))?.seq ?? 0;
      assert.ok(seq >= newest, `${seq} after ${newest}`);
      newest = seq;
      seen.push(String(seq));
      const [last] = await reader.list('messages', { prefix: key, limit: 1, reverse: true });
      assert.ok((last?.seq ?? 0) >= seq, 'the messages that it counts are the newest');
    }
  });
  await commit(...said(2_048).writes);
  assert.deepEqual([...new Set(seen)], ['2047', '2048']);
});

test('[STR44] a stale owner that writes late beside messages of an earlier bucket misleads nobody', async () => {
  const { cells, commit } = open();
  const stale = open(cells);
  await commit(...said(2_047).writes);
  await commit(...said(2_048).writes);
  await stale.commit(...said(2_046, { members: new Map() }).writes);
  assert.deepEqual(await readerOf(cells).get('conversations', key), said(2_048).row);
});

test('[STR30] [STR44] of two nodes that have different writes of two owners, a read makes state and members of one moment', async () => {
  const random = fc.sample(fc.infiniteStream(fc.nat(999)), { seed: 5, numRuns: 1 })[0];
  const pick = (below: number) => Number(random?.next().value) % below;
  for (let round = 0; round < 60; round++) {
    const nodes = [new CellSession(), new CellSession(), new CellSession()];
    const look = () => {
      const [one, other] = [pick(3), pick(2)];
      const row = conversationBeside(merged(nodes[one], nodes[(one + 1 + other) % 3]), 0);
      if (row !== undefined) assert.deepEqual(row, said(row.seq, { members: membersAt(row.seq) }).row);
    };
    /** One node has it, then another one, and perhaps never the third. */
    const reach = async (statements: readonly Statement[], options?: { readonly stamp?: number }) => {
      const first = pick(3);
      for (const node of [first, (first + 1 + pick(2)) % 3]) {
        nodes[node]?.apply(statements, options?.stamp);
        await Promise.resolve();
        look();
      }
    };
    const owners = [0, 0].map(() => ownerOf(reach));
    const at = [0, 0];
    while (Math.min(...at) < 40) {
      const who = pick(2);
      const seq = (at[who] ?? 0) + 1 + pick(4);
      at[who] = seq;
      await owners[who]?.put(said(seq, { members: membersAt(seq) }).writes, 0);
    }
  }
});

/** Somebody comes or goes every five messages; it is the same list meanwhile. */
const lists = Array.from({ length: 100 }, (_, n) => new Map([[accountId(n % 3), { role: 'owner', joinedSeq: n + 1 }]]));
const membersAt = (seq: number) => lists[Math.floor(seq / 5)] as ConversationRow['members'];

/** Of each cell the newest of two nodes. */
function merged(one: CellSession | undefined, other: CellSession | undefined): Row {
  const query =
    'SELECT state, WRITETIME(state) AS stamp, roster, WRITETIME(roster) AS listed FROM k.messages WHERE conversation = ? AND bucket = ? LIMIT 1';
  const [first, second] = [one, other].map((node) => node?.select(query, [...key, 0])[0] ?? {});
  const isNewer = (stamp: string) => Number(first?.[stamp] ?? -1) >= Number(second?.[stamp] ?? -1);
  return {
    state: (isNewer('stamp') ? first : second)?.state ?? null,
    roster: (isNewer('listed') ? first : second)?.roster ?? null,
  };
}
