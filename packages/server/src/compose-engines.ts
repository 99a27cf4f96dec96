// The engines of a cluster, opened in the order in which they stand on each other and closed in the reverse. Each checks
// what it finds: one that could lose something is refused with words for the operator.
import { hostname } from 'node:os';
import type { Limiter } from './accounts/limiter.ts';
import { RedisBus } from './bus/redis-bus.ts';
import type { Config } from './config.ts';
import { openCassandraDirectory } from './directory/cassandra-directory.ts';
import type { Directory } from './directory/directory.ts';
import { openCassandra } from './engines/cassandra.ts';
import type { CassandraSession } from './engines/cassandra-session.ts';
import { RedisLimiter } from './engines/redis-limiter.ts';
import { openRedis } from './engines/redis-session.ts';
import type { Ephemeral } from './ephemeral/ephemeral.ts';
import { RedisEphemeral } from './ephemeral/redis-ephemeral.ts';
import { hostClock } from './kernel/clock.ts';
import type { Events } from './kernel/events.ts';
import { type KafkaLog, openKafkaLog } from './log/kafka-log.ts';
import type { KafkaParts } from './log/kafka-parts.ts';
import type { Blobs } from './media/blobs.ts';
import { LateBlobs } from './media/late-blobs.ts';
import { openS3Blobs } from './media/s3-blobs.ts';
import { refuseWhileMoving } from './move/move-mark.ts';
import type { Presence } from './presence/presence.ts';
import { RedisPresence } from './presence/redis-presence.ts';
import { type CassandraStore, openCassandraStore } from './store/cassandra-store.ts';

/** What a process of a cluster stands on. */
export interface ClusterEngines {
  readonly log: KafkaLog;
  readonly store: CassandraStore;
  readonly directory: Directory;
  readonly bus: RedisBus;
  readonly presence: Presence;
  readonly ephemeral: Ephemeral;
  /** Null: no bucket is named. */
  readonly blobs: Blobs | null;
  /** Counts what all gateways limit together. */
  readonly limiter: Limiter;
}

/** How this process is called among the others. */
export function nodeName({ node }: Pick<Config, 'node'>): string {
  return (
    node ??
    (hostname()
      .replaceAll(/[^A-Za-z0-9._-]/g, '-')
      .slice(0, 63) ||
      'node')
  );
}

/** Where the log is. */
export function kafkaParts(config: Config): KafkaParts {
  const { kafka, kafkaUser, kafkaPassword, kafkaTls, cluster, partitions, unsafe } = config;
  return {
    brokers: kafka ?? [],
    topic: `${cluster}.records`,
    partitions,
    clientId: nodeName(config),
    tls: kafkaTls,
    unsafe,
    ...user(kafkaUser, kafkaPassword),
  };
}

/** Opens the keyspace. */
export function openKeyspace(config: Config): Promise<CassandraSession> {
  const places = (config.cassandra ?? []).map(hostAndPort);
  return openCassandra({
    contactPoints: places.map(({ host }) => host),
    port: places[0]?.port ?? 0,
    dataCenter: config.cassandraDataCenter,
    keyspace: config.cassandraKeyspace,
    tls: config.cassandraTls,
    unsafe: config.unsafe,
    ...user(config.cassandraUser, config.cassandraPassword),
  });
}

/** Opens all of them. `hasSockets`: hints come here. @throws {LogRefused | EngineRefused | Unavailable} */
export async function openClusterEngines(
  config: Config,
  events: Events,
  hasSockets: boolean,
  opened: AsyncDisposableStack,
): Promise<ClusterEngines> {
  const fault = (where: string) => (error: unknown) => events.fault(where, error);
  const session = opened.use(await openKeyspace(config));
  const directory = opened.use(await openCassandraDirectory(session));
  await refuseWhileMoving(session);
  const log = opened.use(await openKafkaLog(kafkaParts(config), fault('log')));
  const { partitions } = log;
  const store = opened.use(await openCassandraStore({ session, logId: log.id, partitions, clock: hostClock }));
  const { redis: urls, redisUser, redisPassword, cluster } = config;
  const redis = opened.use(
    await openRedis({
      urls: urls ?? [],
      cluster: (urls?.length ?? 0) > 1,
      prefix: `${cluster}:`,
      isMember: hasSockets,
      fault: fault('redis'),
      ...(redisPassword !== null && {
        user: { password: redisPassword, ...(redisUser !== null && { name: redisUser }) },
      }),
    }),
  );
  const bus = opened.use(new RedisBus({ redis, clock: hostClock.steady, fault: fault('bus') }));
  const presence = opened.use(new RedisPresence({ redis, clock: hostClock, fault: fault('presence') }));
  const ephemeral = opened.use(new RedisEphemeral({ client: redis.client, prefix: redis.prefix, clock: hostClock }));
  const bucket = await openBucket(config, events);
  const blobs = bucket === null ? null : opened.use(bucket);
  const limiter = new RedisLimiter(redis, 'limits');
  return { log, store, directory, bus, presence, ephemeral, blobs, limiter };
}

/** Files, in a bucket that is made or found; null when none is named. Without it everything else works. */
export async function openBucket(
  config: Config,
  events: Pick<Events, 'alarm' | 'alarmOver'>,
): Promise<LateBlobs | null> {
  const { s3Endpoint, s3Region, s3Bucket, s3AccessKey, s3SecretKey } = config;
  if (s3Endpoint === null || s3AccessKey === null || s3SecretKey === null) return null;
  const parts = { endpoint: s3Endpoint, region: s3Region, bucket: s3Bucket };
  const open = () => openS3Blobs({ ...parts, accessKey: s3AccessKey, secretKey: s3SecretKey });
  const blobs = new LateBlobs(open, (fault) => {
    if (fault === null) events.alarmOver('blobs');
    else events.alarm('blobs', `Files cannot be kept or read: ${fault.message} Messages are not affected.`);
  });
  await blobs.look();
  return blobs;
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replaceAll(/[[\]]/g, ''), port: Number(address.slice(at + 1)) };
}

function user(name: string | null, password: string | null) {
  return name === null || password === null ? {} : { user: { name, password } };
}
