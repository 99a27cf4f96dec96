// Settings of PARLEY_MODE=cluster: the role of this process and where its engines are. All begin to count with that mode
// only; without it they are refused, because they would change nothing.
import { onOff, type Parsed, secret, setting, text, word } from './config-readers.ts';

/** `host:port`, separated by commas. */
function addresses(given: string): Parsed<readonly string[]> {
  const list = given.split(',').map((each) => each.trim());
  const wrong = list.find((each) => !/^(\[[\da-f:]+\]|[\w.-]+):\d{1,5}$/i.test(each));
  return wrong === undefined
    ? { value: list }
    : { problem: `is addresses such as kafka-1:9092,kafka-2:9092, and "${wrong}" is none` };
}

/** `redis://host:port` or `rediss://host:port`, separated by commas. */
function redisUrls(given: string): Parsed<readonly string[]> {
  const list = given.split(',').map((each) => each.trim());
  const wrong = list.find((each) => !/^rediss?:$/.test(URL.parse(each)?.protocol ?? ''));
  if (wrong !== undefined) return { problem: 'is addresses such as redis://redis-1:6379, separated by commas' };
  return list.some((each) => URL.parse(each)?.password !== '')
    ? { problem: 'has no password in it: give PARLEY_REDIS_PASSWORD' }
    : { value: list };
}

function endpoint(given: string): Parsed<string> {
  const url = URL.parse(given);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.username === ''
    ? { value: url.origin }
    : { problem: 'is an address such as https://s3.example.org' };
}

function partitions(given: string): Parsed<number> {
  const value = Number(given);
  return Number.isInteger(value) && value >= 1 && value <= 4_096
    ? { value }
    : { problem: 'is a number from 1 to 4096' };
}

/** Becomes a part of names in the engines. */
function plainName(given: string): Parsed<string> {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(given)
    ? { value: given }
    : { problem: 'is letters, digits, dots and dashes, at most 63' };
}

function keyspace(given: string): Parsed<string> {
  return /^[a-z][a-z0-9_]{0,47}$/.test(given)
    ? { value: given }
    : { problem: 'is small letters, digits and _, at most 48' };
}

/** By the name of their value. */
export const clusterSettings = {
  role: setting(
    'PARLEY_ROLE',
    'What this process does in a cluster: gateway (sockets and requests), sequencer (orders records), or all.',
    'all',
    word(['all', 'gateway', 'sequencer']),
  ),
  node: setting(
    'PARLEY_NODE',
    'Name of this process: another one for each, the same after a restart. Without it the name of the machine.',
    '',
    plainName,
  ),
  zone: setting('PARLEY_ZONE', 'Where this process runs, for operators: a zone or a rack.', '', plainName),
  cluster: setting(
    'PARLEY_CLUSTER',
    'Name of the cluster: begins what is its own in the engines.',
    'parley',
    plainName,
  ),
  partitions: setting('PARLEY_PARTITIONS', 'Partitions of the log. Given once: it never changes.', '128', partitions),
  unsafe: setting(
    'PARLEY_UNSAFE',
    'Allows engines that keep fewer than three copies. For trying things out.',
    'off',
    onOff,
  ),
  kafka: setting('PARLEY_KAFKA', 'Some brokers of Kafka, host:port separated by commas.', '', addresses),
  kafkaTls: setting('PARLEY_KAFKA_TLS', 'Is Kafka spoken to over TLS?', 'off', onOff),
  kafkaUser: setting('PARLEY_KAFKA_USER', 'User at Kafka (SCRAM-SHA-512).', '', text(256)),
  kafkaPassword: secret(setting('PARLEY_KAFKA_PASSWORD', 'Password of that user.', '', text(1_024))),
  cassandra: setting('PARLEY_CASSANDRA', 'Some nodes of Cassandra, host:port separated by commas.', '', addresses),
  cassandraDataCenter: setting(
    'PARLEY_CASSANDRA_DATACENTER',
    'The data centre that is near.',
    'datacenter1',
    text(256),
  ),
  cassandraKeyspace: setting('PARLEY_CASSANDRA_KEYSPACE', 'Keyspace of this cluster.', 'parley', keyspace),
  cassandraTls: setting('PARLEY_CASSANDRA_TLS', 'Is Cassandra spoken to over TLS?', 'off', onOff),
  cassandraUser: setting('PARLEY_CASSANDRA_USER', 'User at Cassandra.', '', text(256)),
  cassandraPassword: secret(setting('PARLEY_CASSANDRA_PASSWORD', 'Password of that user.', '', text(1_024))),
  redis: setting(
    'PARLEY_REDIS',
    'Redis or Valkey, redis://host:port; several nodes are a Redis cluster.',
    '',
    redisUrls,
  ),
  redisUser: setting('PARLEY_REDIS_USER', 'User at Redis.', '', text(256)),
  redisPassword: secret(setting('PARLEY_REDIS_PASSWORD', 'Password at Redis.', '', text(1_024))),
  s3Endpoint: setting('PARLEY_S3_ENDPOINT', 'Address of the S3 API for files.', '', endpoint),
  s3Region: setting('PARLEY_S3_REGION', 'Region of the bucket.', 'us-east-1', text(64)),
  s3Bucket: setting('PARLEY_S3_BUCKET', 'Bucket for files.', 'parley', plainName),
  s3AccessKey: setting('PARLEY_S3_ACCESS_KEY', 'Id of the key at S3.', '', text(256)),
  s3SecretKey: secret(setting('PARLEY_S3_SECRET_KEY', 'The key itself.', '', text(1_024))),
} as const;

type ClusterKey = keyof typeof clusterSettings;

/** Settings of a cluster that have no default. */
export const clusterOptional = [
  'node',
  'zone',
  'kafka',
  'kafkaUser',
  'kafkaPassword',
  'cassandra',
  'cassandraUser',
  'cassandraPassword',
  'redis',
  'redisUser',
  'redisPassword',
  's3Endpoint',
  's3AccessKey',
  's3SecretKey',
] as const satisfies readonly ClusterKey[];

/** What a cluster cannot do without. */
export const clusterNeeds = ['kafka', 'cassandra', 'redis'] as const satisfies readonly ClusterKey[];

/** Settings that go together. */
export const clusterPairs = [
  ['kafkaUser', 'kafkaPassword'],
  ['cassandraUser', 'cassandraPassword'],
  ['s3AccessKey', 's3SecretKey'],
] as const satisfies readonly (readonly [ClusterKey, ClusterKey])[];
