// The engines of a cluster, made ready from nothing.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { openKeyspace } from './compose-engines.ts';
import { migrate } from './compose-migrate.ts';
import { type Config, readConfig } from './config.ts';
import { dropKeyspace } from './engines/cassandra-fixture.ts';
import { testEngine } from './kernel/engines-fixture.ts';
import { MoveMark } from './move/move-mark.ts';

const cassandra = testEngine('cassandra');
const name = `test_${randomBytes(6).toString('hex')}`;

function configured(more: Readonly<Record<string, string>> = {}): Config {
  const { endpoint, region, accessKey, secretKey } = testEngine('s3');
  const environment = {
    PARLEY_MODE: 'cluster',
    PARLEY_CASSANDRA: cassandra.contactPoints.map((host) => `${host}:${cassandra.port}`).join(','),
    PARLEY_CASSANDRA_DATACENTER: cassandra.dataCenter,
    PARLEY_CASSANDRA_KEYSPACE: name,
    PARLEY_KAFKA: testEngine('kafka').brokers.join(','),
    PARLEY_REDIS: testEngine('redis').url,
    PARLEY_S3_ENDPOINT: endpoint,
    PARLEY_S3_REGION: region,
    PARLEY_S3_BUCKET: name.replace('_', '-'),
    PARLEY_S3_ACCESS_KEY: accessKey,
    PARLEY_S3_SECRET_KEY: secretKey,
    PARLEY_CLUSTER: name,
    PARLEY_PARTITIONS: '4',
    PARLEY_UNSAFE: 'on',
    ...more,
  };
  const read = readConfig({ flags: {}, environment, file: null, readFile: () => '' });
  assert.ok(read.ok, JSON.stringify(read));
  return read.config;
}

after(async () => dropKeyspace(await openKeyspace(configured())));

/** What it says and what it complains of. */
async function migrated(config: Config) {
  const [said, complaints]: [string[], string[]] = [[], []];
  const code = await migrate(config, { say: (line) => said.push(line), complain: (line) => complaints.push(line) });
  return { code, said: said.join('\n'), complaints: complaints.join('\n') };
}

test('[CLU24] a cluster’s engines are made ready, by several at once and again', { timeout: 120_000 }, async () => {
  const [first, other] = await Promise.all([migrated(configured()), migrated(configured())]);
  const again = await migrated(configured());
  for (const { code, said, complaints } of [first, other, again]) {
    assert.deepEqual([code, complaints], [0, '']);
    assert.match(said, new RegExp(`topic ${name}\\.records, 4 partitions\\n.*keyspace ${name}, .*\\n.*bucket test-`));
  }
});

test('[CLU24] engines that could lose something, and data that are being moved, are refused in words', async () => {
  const safe = await migrated(configured({ PARLEY_UNSAFE: 'off' }));
  assert.equal(safe.code, 1);
  assert.match(safe.complaints, /cop(y|ies)/);
  await using session = await openKeyspace(configured());
  await new MoveMark(session).claim('a move', 'a log');
  const moving = await migrated(configured());
  assert.deepEqual([moving.code, moving.said], [1, '']);
  assert.match(moving.complaints, /move/i);
});
