import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Unavailable } from '../kernel/result.ts';
import { openCassandra } from './cassandra.ts';
import { dropKeyspace, freshKeyspace } from './cassandra-fixture.ts';
import { type CassandraSession, EngineRefused, type Schema } from './cassandra-session.ts';

const parts = freshKeyspace();
const session = await openCassandra(parts);
after(() => dropKeyspace(session));

const columns = 'k text, at bigint, body blob, yes boolean, n int, PRIMARY KEY (k, at)';
const schema: Schema = {
  name: 'test',
  steps: [
    [`CREATE TABLE IF NOT EXISTS $.things (${columns})`],
    ['CREATE TABLE IF NOT EXISTS $.names (k text PRIMARY KEY, v text)'],
  ],
};
const things = `${parts.keyspace}.things`;
const names = `${parts.keyspace}.names`;
const put = (to: CassandraSession, at: number, body: string, stamp: number): Promise<void> =>
  to.write(`INSERT INTO ${things} (k, at, body) VALUES (?, ?, ?)`, ['a', at, Buffer.from(body)], { stamp });

test('[STR23] several processes that make the same tables at once all find them made', async () => {
  await using stack = new AsyncDisposableStack();
  const others = await Promise.all([1, 2, 3].map(() => openCassandra(parts)));
  for (const other of others) stack.use(other);
  await Promise.all([session, ...others].map((each) => each.migrate(schema)));
  for (const other of others) await put(other, 1, 'x', 1);
  const [version] = await session.read(`SELECT version FROM ${parts.keyspace}.schema_versions WHERE name = ?`, [
    'test',
  ]);
  assert.equal(version?.version, 2);
});

test('[STR23] a step that was done half and a lock that was left behind hold nobody up; a newer schema is refused', async () => {
  const longer: Schema = {
    name: 'test',
    steps: [...schema.steps, [`ALTER TABLE $.things ADD IF NOT EXISTS later int`]],
  };
  await session.define(`ALTER TABLE ${things} ADD later int`);
  const left = `INSERT INTO ${parts.keyspace}.schema_lock (id, owner) VALUES (0, 'dead') USING TTL 1`;
  await session.write(left, []);
  await session.migrate(longer);
  await assert.rejects(
    session.migrate(schema),
    (error) => error instanceof EngineRefused && /newer Parley/.test(error.message),
  );
});

test('[STR22] a keyspace with fewer than three copies is refused, and one that a program cannot name', async () => {
  const safe = { ...parts, unsafe: false };
  await session.define(
    `ALTER KEYSPACE ${parts.keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${parts.dataCenter}': 1}`,
  );
  await assert.rejects(
    openCassandra(safe),
    (error) => error instanceof EngineRefused && /are needed/.test(error.message),
  );
  await using unsafe = await openCassandra(parts);
  assert.equal(unsafe.keyspace, parts.keyspace);
  await assert.rejects(openCassandra({ ...parts, keyspace: 'a; b' }), EngineRefused);
  await assert.rejects(openCassandra({ ...parts, contactPoints: ['127.0.0.99'] }), Unavailable);
});

test('[STR24] a cell keeps the value of the highest stamp, in whatever order they are written', async () => {
  await put(session, 7, 'newer', 20);
  await put(session, 7, 'older', 10);
  await session.batch(
    [7, 8].map((at) => ({ query: `UPDATE ${things} SET n = ? WHERE k = ? AND at = ?`, params: [at, 'a', at] })),
    {
      stamp: 5,
    },
  );
  const rows = await session.read(`SELECT at, body, n, yes FROM ${things} WHERE k = ? AND at > ?`, ['a', 6]);
  assert.deepEqual(rows, [
    { at: 7, body: new Uint8Array(Buffer.from('newer')), n: 7, yes: null },
    { at: 8, body: null, n: 8, yes: null },
  ]);
});

test('[STR24] a long answer comes in pages, each once', async () => {
  const all = Array.from({ length: 25 }, (_, at) => at + 100);
  const query = `INSERT INTO ${things} (k, at) VALUES (?, ?)`;
  await session.batch(all.map((at) => ({ query, params: ['long', at] })));
  const found: number[] = [];
  let from: string | null = null;
  do {
    const page = await session.page(`SELECT at FROM ${things} WHERE k = ?`, ['long'], from, 10);
    found.push(...page.rows.map(({ at }) => Number(at)));
    from = page.next;
  } while (from !== null);
  assert.deepEqual(found, all);
});

test('[STR25] of many that claim one key one succeeds, and the others are told what stands there', async () => {
  const claim = (who: number) =>
    session.claim(`INSERT INTO ${names} (k, v) VALUES (?, ?) IF NOT EXISTS`, ['ana', String(who)]);
  const outcomes = await Promise.all([1, 2, 3, 4].map(claim));
  const winner = outcomes.indexOf(null);
  assert.deepEqual(
    outcomes.map((there) => there?.v ?? null),
    [1, 2, 3, 4].map((_, at) => (at === winner ? null : String(winner + 1))),
  );
  const [row] = await session.read(`SELECT v FROM ${names} WHERE k = ?`, ['ana'], { serial: true });
  assert.equal(row?.v, String(winner + 1));
  assert.deepEqual(await session.claim(`UPDATE ${names} SET v = ? WHERE k = ? IF v = ?`, ['x', 'nobody', 'y']), {});
});

test('[STR24] a session that is closed refuses, and a statement that is wrong is a bug', async () => {
  await assert.rejects(session.read('SELECT nothing', []), (error) => !(error instanceof Unavailable));
  const closed = await openCassandra(parts);
  await closed[Symbol.asyncDispose]();
  await closed[Symbol.asyncDispose]();
  await assert.rejects(closed.read(`SELECT v FROM ${names}`, []), Unavailable);
});
