import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openCassandra } from '../engines/cassandra.ts';
import { dropKeyspace, freshKeyspace } from '../engines/cassandra-fixture.ts';
import { testEngine } from '../kernel/engines-fixture.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { type CassandraStore, openCassandraStore } from './cassandra-store.ts';
import { keyOfWrite } from './keys.ts';
import { accountId, conversationId, conversationRow, idRow, memberRow, messageRow, put } from './sample-rows.ts';
import { type OpenStore, storeContract } from './store.contract.ts';
import type { ConversationRow, Store, Write } from './store.ts';
import { storeModelContract } from './store-model.contract.ts';

testEngine('cassandra');
const partitions = 64;
const session = await openCassandra(freshKeyspace());
after(() => dropKeyspace(session));

/** Long before anything that a case lets expire, so that the engine lets nothing expire either. */
const clock = new ManualClock(-1_000_000_000_000);
const stores = await openCassandraStore({ session, logId: 'log', partitions, clock });
let stamp = 1_000_000;
let opened = 0;

/** Stamps what cases write in the order in which they write it, as a layer does: one stamp as long as no key comes again. */
function stamped(store: Store): Store {
  return {
    applied: () => store.applied(),
    get: (table, key) => store.get(table, key),
    list: (table, range) => store.list(table, range),
    checkpoint: () => store.checkpoint(),
    expire: (time, limit) => store.expire(time, limit),
    commit(writes, applied, asOf) {
      const keys = new Set<string>();
      stamp++;
      const all = writes.map((write) => {
        const key = [write.table, ...keyOfWrite(write)].join(' ');
        if (keys.has(key)) {
          keys.clear();
          stamp++;
        }
        keys.add(key);
        return { ...write, stamp } as Write;
      });
      return store.commit(all, applied, asOf);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** A partition that nobody has written, and none of the rows of other cases that this one could see. */
async function fresh(): Promise<OpenStore> {
  stamp++;
  const options = { stamp: (await base()) + stamp };
  await session.write(`DELETE FROM ${session.keyspace}.facts WHERE whole = 0`, [], options);
  return open(opened++);
}

async function open(partition: number): Promise<OpenStore> {
  const store = stamped(await stores.partition(partition));
  const close = () => store[Symbol.asyncDispose]();
  return {
    store,
    close,
    async reopen() {
      await close();
      return open(partition);
    },
  };
}

async function base(): Promise<number> {
  const [row] = await session.read(`SELECT base FROM ${session.keyspace}.logs WHERE whole = 0 AND log_id = ?`, ['log']);
  return Number(row?.base);
}

storeContract('the store in Cassandra', fresh, 'by itself');
storeModelContract('the store in Cassandra', fresh, 6);

const own = async (at: number): Promise<Store> => stores.partition(at);
const at = <W extends Write>(stampOf: number, writes: readonly W[]): Write[] =>
  writes.map((write) => ({ ...write, stamp: stampOf }));
const position = (offset: number) => ({ logId: 'log', offset });

test('[STR27] a stale owner that writes after its successor changes nothing: not rows, not the position', async () => {
  const [stale, next] = [await own(60), await own(60)];
  const late = at(5, [
    ...put('conversations', conversationRow(50, { seq: 1 })),
    ...put('members', memberRow(50, 1, 1)),
  ]);
  const newer = conversationRow(50, { seq: 2, members: null });
  await next.commit(
    at(9, [...put('conversations', newer), ...put('members', memberRow(50, 1, 1, { leftSeq: 2 }))]),
    position(9),
    900,
  );
  await stale.commit(late, position(5), 500);
  await stale.checkpoint();
  assert.deepEqual(await stores.get('conversations', [conversationId(50)]), newer);
  assert.equal((await stores.get('members', [conversationId(50), accountId(1), 1]))?.leftSeq, 2);
  assert.deepEqual((await own(60)).applied(), position(9));
  await next.commit([], position(4), 901);
  assert.deepEqual(next.applied(), position(9));
});

test('[STR27] rows of a later log are above those of an earlier one, whatever their offsets and the clock', async () => {
  const high = 9_000_000;
  const before = await own(61);
  await before.commit(at(high, put('facts', { name: 'later', value: 'old' })), position(high));
  await before.checkpoint();
  const later = await openCassandraStore({ session, logId: 'log-2', partitions, clock: new ManualClock(-2e12) });
  const owner = await later.partition(61);
  assert.deepEqual(owner.applied(), position(high));
  await owner.commit(at(0, put('facts', { name: 'later', value: 'new' })), { logId: 'log-2', offset: 0 });
  await before.commit(at(high + 1, put('facts', { name: 'later', value: 'zombie' })), position(high + 1));
  await Promise.all([owner.checkpoint(), before.checkpoint()]);
  assert.equal((await stores.get('facts', ['later']))?.value, 'new');
  assert.deepEqual((await own(61)).applied(), { logId: 'log-2', offset: 0 });
});

test('[STR30] [STR44] the newest state of a conversation stands beside its newest messages, with its members', async () => {
  const store = await own(59);
  const members: NonNullable<ConversationRow['members']> = new Map([[accountId(1), { role: 'owner', joinedSeq: 1 }]]);
  const more = new Map(members).set(accountId(2), { role: 'member', joinedSeq: 3 });
  const said = (seq: number, of: ConversationRow['members']) => {
    const row = conversationRow(54, { seq, offset: seq, members: of });
    return { row, writes: at(seq, [...put('messages', messageRow(54, seq)), ...put('conversations', row)]) };
  };
  const say = async (seq: number, of: ConversationRow['members']) => {
    const { row, writes } = said(seq, of);
    await store.commit(writes, null);
    assert.deepEqual(await stores.get('conversations', [conversationId(54)]), row);
  };
  /** Which seq stands in the conversation's own row. */
  const own54 = async () => {
    const query = `SELECT seq FROM ${session.keyspace}.conversations WHERE conversation = ?`;
    return Number((await session.read(query, [conversationId(54)]))[0]?.seq);
  };
  for (const seq of [1, 2]) await say(seq, members);
  for (const seq of [3, 4, 2_047]) await say(seq, more);
  assert.equal(await own54(), 1, 'the others went with their messages');
  await say(2_048, more);
  assert.equal(await own54(), 2_048, 'another bucket');
  await say(2_049, members);
  assert.equal(await own54(), 2_048);
  const listed = await stores.list('messages', { prefix: [conversationId(54)], limit: 2, reverse: true });
  assert.deepEqual(
    listed.map(({ seq }) => seq),
    [2_049, 2_048],
  );

  // Whoever takes over does not know with which members it was written, and a stale owner changes nothing.
  const next = await own(59);
  const [second, third] = [said(2_050, more), said(2_051, more)];
  await next.commit(second.writes, null);
  await next.commit(third.writes, null);
  await store.commit(said(2_050, members).writes, null);
  assert.deepEqual(await stores.get('conversations', [conversationId(54)]), third.row);
  assert.equal(await own54(), 2_048);
});

test('[STR44] what was written before members stood beside the messages is read as it was', async () => {
  const [before, newer] = [conversationRow(55, { seq: 4 }), conversationRow(55, { seq: 5, offset: 5 })];
  const { members: _, ...state } = newer;
  await (await own(59)).commit(at(4, put('conversations', before)), null);
  const key = [conversationId(55), 0];
  const beside = `INSERT INTO ${session.keyspace}.messages (conversation, bucket, state) VALUES (?, ?, ?)`;
  await session.write(beside, [...key, JSON.stringify(state)], { stamp: (await base()) + 5 });
  const forget = `DELETE roster FROM ${session.keyspace}.messages WHERE conversation = ? AND bucket = ?`;
  await session.write(forget, key, { stamp: (await base()) + 5 });
  assert.deepEqual(await stores.get('conversations', [conversationId(55)]), newer);
});

test('[STR28] how far all partitions are stored is what the slowest of them says, and is asked for only every half second', async () => {
  const moving = new ManualClock(1_000);
  const two = await openCassandraStore({ session, logId: 'log', partitions: 2, clock: moving });
  const [first, second] = [await two.partition(0), await two.partition(1)];
  await first.commit([], position(900_000), 5_000);
  await first.checkpoint();
  const known = await two.asOf();
  await second.commit([], position(900_000), 4_000);
  await second.checkpoint();
  assert.equal(await two.asOf(), known);
  moving.advance(501);
  assert.equal(await two.asOf(), 4_000);
  await second.commit([], position(900_001), 3_000);
  await second.checkpoint();
  moving.advance(501);
  assert.equal(await two.asOf(), 4_000);
});

test('[STR6] a slice of messages goes on from bucket to bucket, both ways, with bounds and without', async () => {
  const seqs = [...range(2_040, 2_060), ...range(4_090, 4_110), ...range(6_140, 6_150)];
  const all = [1, ...seqs].map((seq) => messageRow(51, seq));
  await (await own(62)).commit(at(1, put('messages', ...all)), null);
  const listed = async (bounds: { after?: number[]; before?: number[]; limit: number; reverse?: boolean }) =>
    (await stores.list('messages', { prefix: [conversationId(51)], ...bounds })).map(({ seq }) => seq);
  assert.deepEqual(await listed({ limit: 10_000 }), [1, ...seqs]);
  assert.deepEqual(await listed({ limit: 10_000, reverse: true }), [1, ...seqs].reverse());
  assert.deepEqual(await listed({ limit: 30, after: [2_050] }), seqs.filter((seq) => seq > 2_050).slice(0, 30));
  assert.deepEqual(
    await listed({ limit: 25, before: [6_142], reverse: true }),
    seqs
      .filter((seq) => seq < 6_142)
      .slice(-25)
      .reverse(),
  );
  assert.deepEqual(await listed({ limit: 9, before: [1_000_000], reverse: true }), seqs.slice(-9).reverse());
  assert.deepEqual(await listed({ limit: 9, after: [6_150] }), []);
  await (await own(62)).commit(at(2, put('conversations', conversationRow(51, { seq: 6_150 }))), null);
  assert.deepEqual(await listed({ limit: 12, reverse: true }), seqs.slice(-12).reverse());
});

test('[STR6] a slice that is longer than a page of the engine is whole', async () => {
  const store = await own(62);
  const all = Array.from({ length: 6_100 }, (_, n) => memberRow(52, n, 1));
  await store.commit(at(1, put('members', ...all)), null);
  const found = await stores.list('members', { prefix: [conversationId(52)], limit: 10_000 });
  assert.equal(found.length, all.length);
  assert.deepEqual(found.at(-1), all.at(-1));
});

test('[STR29] content is gone with its time, for readers at once and in the engine by itself; what is left is left', async () => {
  const moving = new ManualClock(2_000_000);
  const timed: CassandraStore = await openCassandraStore({ session, logId: 'log', partitions, clock: moving });
  const sealed = new TextEncoder().encode('"content":"c2VhbGVk","format":"sealed"');
  const rows = [
    messageRow(53, 1, { expiresAt: 2_002_000 }),
    messageRow(53, 2, { expiresAt: 2_002_000, tail: sealed }),
    messageRow(53, 3, { expiresAt: 1_999_999 }),
    messageRow(53, 4, { expiresAt: 2_002_000, deletedBy: 9, tail: new Uint8Array() }),
    messageRow(53, 5, { expiresAt: 9_000_000_000_000 }),
  ];
  await (await timed.partition(63)).commit(at(1, put('messages', ...rows)), null);
  const read = async () => timed.list('messages', { prefix: [conversationId(53)], limit: 9 });
  const gone = { ...rows[2], deletedBy: 0, tail: new Uint8Array() };
  assert.deepEqual(await read(), [rows[0], rows[1], gone, rows[3], rows[4]]);
  moving.advance(2_001);
  const [first, second, ...others] = await read();
  assert.deepEqual(first, { ...rows[0], deletedBy: 0, tail: new Uint8Array() });
  assert.equal(second?.deletedBy, 0);
  assert.match(new TextDecoder().decode(second?.tail), /^"body_hash":"[\w-]{43}"$/);
  assert.deepEqual(others, [gone, rows[3], rows[4]]);
  const lives = await session.read(
    `SELECT seq, ttl(tail) AS tail, ttl(head) AS head FROM ${session.keyspace}.messages WHERE conversation = ? AND bucket = 0`,
    [conversationId(53)],
  );
  const tails = new Map(lives.map((row) => [row.seq, row.tail]));
  assert.ok(Number(tails.get(1) ?? 0) <= 3);
  assert.equal(tails.get(4), null);
  assert.ok(lives.every(({ head }) => head === null));
});

test('[STR27] a transaction without a stamp is a bug, and one after a fault is not written', async () => {
  const store = await own(59);
  const unstamped = store.commit(put('ids', idRow(54, 1)), position(1));
  const waiting = store.commit(at(2, put('ids', idRow(54, 2))), position(2));
  await assert.rejects(unstamped, /has a stamp/);
  await assert.rejects(waiting, Unavailable);
  assert.equal(store.applied(), null);
  await store.commit(at(2, put('ids', idRow(54, 2))), position(2));
  assert.deepEqual(store.applied(), position(2));
});

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
