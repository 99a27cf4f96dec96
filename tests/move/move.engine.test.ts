// A server with people on it becomes a cluster: real processes, real keys, real engines. It is killed in the middle of a
// sentence, its move is killed again and again, and then everybody comes back as if nothing had happened.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCassandra } from '../../packages/server/src/engines/cassandra.ts';
import { dropKeyspace } from '../../packages/server/src/engines/cassandra-fixture.ts';
import { testEngine } from '../../packages/server/src/kernel/engines-fixture.ts';
import { readAll } from '../end-to-end/loss-checker.ts';
import { folderOfTest, open, operate, startServer } from '../end-to-end/operated.ts';
import { People } from './people.ts';

const engine = testEngine('cassandra');
const name = `test_${randomBytes(6).toString('hex')}`;
const cluster = {
  PARLEY_CASSANDRA: engine.contactPoints.map((host) => `${host}:${engine.port}`).join(','),
  PARLEY_CASSANDRA_DATACENTER: engine.dataCenter,
  PARLEY_CASSANDRA_KEYSPACE: name,
  PARLEY_KAFKA: testEngine('kafka').brokers.join(','),
  PARLEY_REDIS: testEngine('redis').url,
  PARLEY_CLUSTER: name,
  PARLEY_PARTITIONS: '4',
  PARLEY_UNSAFE: 'on',
} as const;
const program = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
/** The move is killed so often, each time after some of the words that it keeps of where it is. */
const kills = 2;
const maxWords = 12;
/** A slow machine that does other things meanwhile. Milliseconds. */
const lateMs = 300_000;
/** Said in one breath before the server is killed. */
const onTheirWay = 40;
const command = ['move', '--to', 'cluster', ...Object.entries(cluster).flatMap(flagOf)];
/** One address before and after. */
const settings = { ...open, PARLEY_PORT: String(randomInt(27_500, 27_900)), PARLEY_DIRECTORY: 'members' };
const asCluster = { ...settings, ...cluster, PARLEY_MODE: 'cluster' };

function flagOf([setting, value]: readonly [string, string]): readonly string[] {
  const flag = `--${setting.slice('PARLEY_'.length).toLowerCase().replaceAll('_', '-')}`;
  return value === 'on' ? [flag] : [flag, value];
}

after(async () => {
  const { contactPoints, port, dataCenter } = engine;
  await dropKeyspace(await openCassandra({ contactPoints, port, dataCenter, keyspace: name, unsafe: true }));
});

test('[MOV1] [MOV2] [MOV3] [MOV5] [MOV6] [MOV8] [MOV10] people of a server go on in a cluster, however often the move is killed', {
  timeout: lateMs,
}, async () => {
  const folder = await folderOfTest();
  const server = await startServer(folder, settings);
  const { url } = server.summary;
  const people = await People.on(url);
  const { dora, plain } = people;
  const before = await people.told();
  const early = await operate(folder, command);
  assert.equal(early.code, 1);
  assert.match(early.stderr, /A server \(process \d+, .*\) runs on .* already/);
  // What is on its way now may be ticked and not stored.
  const ids = Array.from({ length: onTheirWay }, (_, n) => dora.client.say(plain, `on its way ${n}`, randomBytes(10)));
  await dora.client.progress();
  await server.kill();
  dora.client.disconnect();
  const ticked = ids.filter((id) => dora.client.history.acked.has(id));

  for (let kill = 0; kill < kills; kill++) await killedMove(folder, randomInt(1, maxWords));
  const closed = await operate(folder, ['serve']);
  assert.equal(closed.code, 1);
  assert.match(closed.stderr, /is being moved to the cluster .* Finish it: parley move/);
  await assert.rejects(startServer(await folderOfTest(), asCluster), /ended with 1/);
  const moved = await operate(folder, command);
  assert.equal(moved.code, 0, moved.stderr + moved.stdout);
  assert.match(moved.stdout, /messages +\d+ {2}same/);
  assert.match((await operate(folder, ['serve'])).stderr, /was moved to the cluster/);
  assert.equal((await operate(folder, command)).code, 0, 'done is done');

  const there = await startServer(await folderOfTest(), asCluster);
  assert.equal(there.summary.url, url);
  const now = await people.told();
  for (const [name, line] of Object.entries(before.lines))
    assert.deepEqual(now.lines[name]?.slice(0, line.length), line);
  assert.deepEqual(now.conversations, before.conversations);
  assert.equal((await people.changes(before.since)).items.length, (await people.changes(null)).items.length);
  const present = new Set(now.lines.plain?.map(({ id }) => id));
  assert.deepEqual(
    ticked.filter((id) => !present.has(id)),
    [],
    'what was ticked is there',
  );

  await dora.client.connect(url);
  while (dora.client.pending > 0) await dora.client.progress();
  const line = await readAll(url, dora.token, plain);
  const [first] = line;
  assert.deepEqual(
    line.map(({ seq }) => seq),
    line.map((_, at) => at + (first?.seq ?? 0)),
  );
  assert.equal(new Set(line.map(({ id }) => id)).size, line.length);
  assert.deepEqual(line.slice(0, now.lines.plain?.length), now.lines.plain);
  assert.deepEqual(
    ids.filter((id) => !line.some((each) => each.id === id)),
    [],
  );
  dora.client.disconnect();
  await people.goOn();
  await there.stop();
});

/** Ends it by `kill -9` when it has said so often where it is. */
async function killedMove(folder: string, words: number): Promise<void> {
  const env = { ...process.env, PARLEY_DATA: folder, ...cluster };
  const child = spawn(process.execPath, [program, ...command], { env, stdio: 'ignore' });
  let seen = 0;
  const look = watch(folder, (_, file) => {
    if (file === 'move.json' && ++seen >= words) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  look.close();
  assert.equal(signal, 'SIGKILL', 'it was under way');
}
