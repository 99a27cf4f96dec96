// The engines that the tests of adapters run against: each is installed once, started on loopback, and asked whether it
// serves; and public test data, which is only fetched. One that cannot be had is said by name and never makes a run fail by itself.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCassandra } from './cassandra.ts';
import { missingJava } from './jars.ts';
import { startKafka } from './kafka.ts';
import { missingRedis, startRedis } from './redis.ts';
import { missingS3, startS3 } from './s3.ts';
import { findVectors } from './vectors.ts';

export type EngineName = 'cassandra' | 'kafka' | 'redis' | 's3' | 'vectors';

/** What was started: where each is, in the words of the tests; and why others are missing. */
export interface Engines {
  readonly found: Readonly<Partial<Record<EngineName, object>>>;
  readonly missing: Readonly<Partial<Record<EngineName, string>>>;
  readonly end: () => Promise<void>;
}

/** Ports of the tests, apart from those that an engine of the machine has. */
const ports = { kafka: 24_092, s3: 24_333, redis: 24_379, cassandraOffset: 700 } as const;

interface Started {
  readonly found: object;
  readonly end: () => Promise<void>;
}

const starts: Readonly<Record<EngineName, (folder: string) => Promise<Started | string>>> = {
  cassandra: async (folder) => {
    const missing = await missingJava();
    if (missing !== null) return missing;
    const { contactPoints, port, dataCenter, end } = await startCassandra(folder, ports.cassandraOffset, 1);
    return { found: { contactPoints, port, dataCenter }, end };
  },
  kafka: async (folder) => {
    const missing = await missingJava();
    if (missing !== null) return missing;
    const { brokers, end } = await startKafka(folder, ports.kafka, 1);
    return { found: { brokers }, end };
  },
  redis: async (folder) => {
    const missing = await missingRedis();
    if (missing !== null) return missing;
    const redis = await startRedis(folder, ports.redis);
    return { found: { url: redis.url }, end: () => redis.end() };
  },
  s3: async (folder) => {
    const missing = await missingS3();
    if (missing !== null) return missing;
    const { endpoint, region, accessKey, secretKey, end } = await startS3(folder, ports.s3);
    return { found: { endpoint, region, accessKey, secretKey }, end };
  },
  vectors: async () => {
    const found = await findVectors();
    return typeof found === 'string' ? found : { found, end: async () => {} };
  },
};

/** Starts all of them in a folder of their own, which goes with them. */
export async function startEngines(say: (line: string) => void): Promise<Engines> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-engines-'));
  const names = Object.keys(starts) as EngineName[];
  const found: Partial<Record<EngineName, object>> = {};
  const missing: Partial<Record<EngineName, string>> = {};
  const ends: (() => Promise<void>)[] = [];
  say(`Starting ${names.join(', ')} for the tests of adapters …`);
  const start = async (name: EngineName): Promise<void> => {
    const started = await starts[name](folder).catch((error: unknown) => String(error));
    if (typeof started === 'string') missing[name] = started;
    else {
      found[name] = started.found;
      ends.push(started.end);
    }
  };
  await Promise.all(names.map(start));
  return {
    found,
    missing,
    async end() {
      await Promise.all(ends.map((end) => end()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
