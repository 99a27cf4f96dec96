import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { type Configured, printConfig, readConfig, type Sources } from './config.ts';

const read = (changes: Partial<Sources> = {}): Configured =>
  readConfig({ flags: {}, environment: {}, file: null, readFile: () => '', ...changes });

function config(changes: Partial<Sources> = {}) {
  const configured = read(changes);
  assert.ok(configured.ok, configured.ok ? '' : configured.problems.join('\n'));
  return configured;
}

function problems(environment: Record<string, string>): readonly string[] {
  const configured = read({ environment });
  assert.ok(!configured.ok);
  return configured.problems;
}

test('[CFG1] flags win over the environment, that over the file, that over the default', () => {
  const file = 'PARLEY_NAME=file # a comment\nPARLEY_SIGNUP=open\nPARLEY_HOST=0.0.0.0\n';
  const environment = { PARLEY_NAME: 'environment', PARLEY_SIGNUP: 'closed', PATH: '/bin' };
  const { config: found, origins } = config({ file, environment, flags: { PARLEY_NAME: 'flag' } });
  assert.deepEqual([found.name, found.signup, found.host, found.people], ['flag', 'closed', '0.0.0.0', 'exact']);
  assert.deepEqual(
    [origins.name, origins.signup, origins.host, origins.people],
    ['flag', 'environment', 'file', 'default'],
  );
  assert.throws(() => Object.assign(found, { name: 'other' }));
});

test('[CFG2] every problem is told at once, with what was given', () => {
  assert.deepEqual(
    problems({
      PARLEY_PORT: '99999',
      PARLEY_SIGNUP: 'sometimes',
      PARLEY_PUBLIC_URL: 'chat.example.org',
      PARLEY_TRUSTED_PROXIES: '10.0.0.0/8, proxy',
      PARLEY_NAME: '',
    }),
    [
      'PARLEY_NAME is empty.',
      'PARLEY_PORT is a number from 0 to 65535; it is "99999".',
      'PARLEY_PUBLIC_URL is an address such as https://chat.example.org; it is "chat.example.org".',
      'PARLEY_TRUSTED_PROXIES has "proxy", which is no address and no network such as 10.0.0.0/8; it is "10.0.0.0/8, proxy".',
      'PARLEY_SIGNUP is invite or open or closed; it is "sometimes".',
    ],
  );
});

test('[CFG2] settings that contradict each other, and those of another version, are problems', () => {
  assert.deepEqual(problems({ PARLEY_TLS_CERT: 'cert.pem' }), [
    'PARLEY_TLS_CERT and PARLEY_TLS_KEY go together; one of them is missing.',
  ]);
  assert.match(problems({ PARLEY_S3_BUCKET: 'b' })[0] ?? '', /belongs to PARLEY_MODE=cluster/);
  assert.match(problems({ PARLEY_PUBLIC_URL: 'https://example.org/chat' })[0] ?? '', /host name of its own/);
});

const cluster = {
  PARLEY_MODE: 'cluster',
  PARLEY_KAFKA: 'k1:9092, k2:9092',
  PARLEY_CASSANDRA: '10.0.0.1:9042',
  PARLEY_REDIS: 'redis://r:6379',
};

test('[CFG18] a cluster needs its engines; what goes together is given together; secrets are never printed', () => {
  assert.deepEqual(problems({ PARLEY_MODE: 'cluster' }), [
    'PARLEY_MODE=cluster needs PARLEY_KAFKA.',
    'PARLEY_MODE=cluster needs PARLEY_CASSANDRA.',
    'PARLEY_MODE=cluster needs PARLEY_REDIS.',
  ]);
  assert.ok(read({ environment: cluster }).ok);
  assert.deepEqual(problems({ ...cluster, PARLEY_KAFKA_USER: 'u', PARLEY_S3_ENDPOINT: 'https://s3.example.org' }), [
    'PARLEY_KAFKA_USER and PARLEY_KAFKA_PASSWORD go together; one of them is missing.',
    'PARLEY_S3_ENDPOINT needs PARLEY_S3_ACCESS_KEY and PARLEY_S3_SECRET_KEY.',
  ]);
  const wrong = problems({
    ...cluster,
    PARLEY_KAFKA: 'k1',
    PARLEY_REDIS: 'redis://u:hush@r:6379',
    PARLEY_PARTITIONS: '0',
    PARLEY_CASSANDRA_KEYSPACE: 'P-1',
    PARLEY_S3_ENDPOINT: 's3',
    PARLEY_S3_SECRET_KEY: 'hush'.repeat(300),
  });
  assert.equal(wrong.length, 6, wrong.join('\n'));
  assert.doesNotMatch(wrong.join(), /hush/);
});

test('[CFG18] a printed configuration shows no secret', () => {
  const { config: found, origins } = config({
    flags: { ...cluster, PARLEY_KAFKA_USER: 'u', PARLEY_KAFKA_PASSWORD: 'hush' },
  });
  const printed = printConfig(found, origins);
  assert.match(printed, /^# PARLEY_KAFKA_PASSWORD is not shown /m);
  assert.match(printed, /^PARLEY_KAFKA=k1:9092,k2:9092 /m);
  assert.doesNotMatch(printed, /hush/);
});

test('[CFG3] an unknown setting is a problem, with a suggestion when one is near', () => {
  assert.deepEqual(problems({ PARLEY_PUBLIC_URI: 'x', PARLEY_COMPLETELY_OTHER: 'x' }), [
    'PARLEY_PUBLIC_URI is not a setting; did you mean PARLEY_PUBLIC_URL?',
    'PARLEY_COMPLETELY_OTHER is not a setting.',
  ]);
});

test('[CFG100] no line of a settings file is passed over in silence', () => {
  const file = [
    '\uFEFFPARLEY_GUESTS=maybe',
    'PARLEY_SIGNUP closed',
    'PARLY_GUESTS=on',
    'PARLEY_NAME: x',
    'PARLEY SIGNUP=closed',
    'parley_guests=on',
    'SIGNUP=closed',
    'PARLEY_NAME="swallows',
    'PARLEY_LOG_LEVEL=loud"',
    '  hush hush',
    '',
    '  # a comment',
  ];
  const given = read({ file: file.join('\r\n') });
  assert.ok(!given.ok);
  assert.deepEqual(given.problems, [
    'Line 2 of the settings file, PARLEY_SIGNUP, is not understood; write PARLEY_SIGNUP=VALUE.',
    'Line 4 of the settings file, PARLEY_NAME, is not understood; write PARLEY_NAME=VALUE.',
    'Line 8 of the settings file, PARLEY_NAME, is not understood; write PARLEY_NAME=VALUE.',
    'Line 10 of the settings file is not understood; write PARLEY_…=VALUE.',
    'PARLY_GUESTS is not a setting; did you mean PARLEY_GUESTS?',
    'PARLEY SIGNUP is not a setting; did you mean PARLEY_SIGNUP?',
    'parley_guests is not a setting; did you mean PARLEY_GUESTS?',
    'SIGNUP is not a setting; did you mean PARLEY_SIGNUP?',
    'PARLEY_GUESTS is on or off; it is "maybe".',
    'PARLEY_LOG_LEVEL is error or warn or info or debug; it is "loud"".',
  ]);
});

test('[CFG100] what a settings file has for other programs has no effect there, which is said', () => {
  const file = '\uFEFFexport PARLEY_NAME=\'"Ours"\' # quoted\nNODE_OPTIONS=--inspect\nPARLEY_HOME=/x\n';
  const { config: found, warnings } = config({ file, environment: { NODE_OPTIONS: '', PARLY_GUESTS: 'on' } });
  assert.equal(found.name, '"Ours"');
  assert.deepEqual(warnings, ['NODE_OPTIONS in the settings file has no effect: only PARLEY_… is read from it.']);
});

test('[CFG4] what Kubernetes injects is ignored with a warning, also where it has the name of a setting', () => {
  const { config: found, warnings } = config({
    environment: {
      PARLEY_SERVICE_HOST: '10.0.0.1',
      PARLEY_SERVICE_PORT: '8420',
      PARLEY_PORT: 'tcp://10.0.0.1:8420',
      PARLEY_PORT_8420_TCP_ADDR: '10.0.0.1',
    },
  });
  assert.equal(found.port, null);
  assert.equal(warnings.length, 4);
});

test('[CFG4] names of other programs of Parley are let be', () => {
  const { warnings } = config({ environment: { PARLEY_HOME: '/tmp', PARLEY_TEST_KILLS: '5' } });
  assert.deepEqual(warnings, []);
});

test('[CFG5] a setting may stand in a file of its own', () => {
  const readFile = (path: string) => {
    if (path !== '/run/name') throw new Error('ENOENT');
    return 'From a file\n';
  };
  assert.equal(config({ environment: { PARLEY_NAME_FILE: '/run/name' }, readFile }).config.name, 'From a file');
  const both = read({ environment: { PARLEY_NAME_FILE: '/run/name', PARLEY_NAME: 'x' }, readFile });
  assert.deepEqual(both.ok ? [] : both.problems, ['PARLEY_NAME and PARLEY_NAME_FILE are both given; give one.']);
  const missing = read({ environment: { PARLEY_NAME_FILE: '/run/none' }, readFile });
  assert.deepEqual(missing.ok ? [] : missing.problems, [
    'PARLEY_NAME_FILE names a file that cannot be read: /run/none',
  ]);
});

test('[CFG6] the configuration can be printed, every setting with its origin, and read again', () => {
  const first = config({
    environment: { PARLEY_TRUSTED_PROXIES: '10.0.0.0/8,::1', PARLEY_GUESTS: 'on', PARLEY_DATA: 'here' },
  });
  const printed = printConfig(first.config, first.origins);
  assert.match(printed, /^PARLEY_GUESTS=on {2}# environment\. /m);
  assert.match(printed, /^PARLEY_SIGNUP=invite {2}# default\. /m);
  assert.deepEqual(config({ file: printed }).config, first.config);
  assert.equal(first.config.data, resolve('here'));
});
