// The engines of a cluster on this machine, as a cluster wants them: three brokers of Kafka, three nodes of Cassandra, one
// Redis, one S3. Installed once, then started in a folder whose data stays.

import { join } from 'node:path';
import { type Cassandra, startCassandra } from '../engines/cassandra.ts';
import { type Compiling, missingJava } from '../engines/jars.ts';
import { type Kafka, startKafka } from '../engines/kafka.ts';
import type { Place } from '../engines/place.ts';
import { missingRedis, type Redis, startRedis } from '../engines/redis.ts';
import { missingS3, type S3, startS3 } from '../engines/s3.ts';

/** All of them, running. */
export interface ClusterEngines {
  readonly kafka: Kafka;
  readonly cassandra: Cassandra;
  readonly redis: Redis;
  readonly s3: S3;
  /** Settings of a server by which it finds them. */
  readonly settings: Readonly<Record<string, string>>;
  readonly end: () => Promise<void>;
}

/** Ports of one cluster on this machine, so that several keep apart. */
export interface EnginePorts {
  readonly kafka: number;
  /** Added to the ports of Cassandra. */
  readonly cassandraOffset: number;
  readonly redis: number;
  readonly s3: number;
}

/** Where each of them runs; loopback, unless it is said. And how they compile: `soon`, unless it is said. */
export interface EnginePlaces {
  readonly compiling?: Compiling;
  readonly kafka?: readonly Place[];
  readonly cassandra?: readonly Place[];
  readonly redis?: Place;
  readonly s3?: Place;
}

/** What cannot be had here, one line each; empty: everything can. */
export async function missingForCluster(): Promise<readonly string[]> {
  const checks = [missingJava(), missingRedis(), missingS3()];
  return (await Promise.all(checks)).filter((reason) => reason !== null);
}

/** Starts them. `say` hears of each that serves. @throws {Error} with the last words of one that does not */
export async function startClusterEngines(
  folder: string,
  ports: EnginePorts,
  say: (line: string) => void,
  places: EnginePlaces = {},
): Promise<ClusterEngines> {
  const started: { end: () => Promise<void> }[] = [];
  const told = async <T extends { readonly end: () => Promise<void> }>(
    name: string,
    starting: Promise<T>,
  ): Promise<T> => {
    const engine = await starting;
    started.push(engine);
    say(`${name} serves.`);
    return engine;
  };
  const end = async (): Promise<void> => {
    await Promise.all(started.map((engine) => engine.end()));
  };
  const starting = [
    told('Kafka', startKafka(folder, ports.kafka, 3, places.kafka, places.compiling)),
    told('Cassandra', startCassandra(folder, ports.cassandraOffset, 3, places.cassandra, places.compiling)),
    told('Redis', startRedis(folder, ports.redis, places.redis)),
    told('S3', startS3(join(folder, 's3'), ports.s3, places.s3)),
  ] as const;
  const outcomes = await Promise.allSettled(starting);
  const failed = outcomes.find(({ status }) => status === 'rejected');
  if (failed !== undefined) {
    await end();
    throw (failed as PromiseRejectedResult).reason;
  }
  const [kafka, cassandra, redis, s3] = await Promise.all(starting);
  const settings = {
    PARLEY_MODE: 'cluster',
    PARLEY_KAFKA: kafka.brokers.join(','),
    PARLEY_CASSANDRA: cassandra.contactPoints.map((host) => `${host}:${cassandra.port}`).join(','),
    PARLEY_CASSANDRA_DATACENTER: cassandra.dataCenter,
    PARLEY_REDIS: redis.url,
    PARLEY_S3_ENDPOINT: s3.endpoint,
    PARLEY_S3_REGION: s3.region,
    PARLEY_S3_ACCESS_KEY: s3.accessKey,
    PARLEY_S3_SECRET_KEY: s3.secretKey,
  };
  return { kafka, cassandra, redis, s3, settings, end };
}
