// Redis as bus, presence and limits of one process share it: a connection, and this process as a node. It never waits for
// Redis when it opens: a server that is away must not keep a gateway from starting. One that refuses us does.
import { calmly } from '../kernel/calmly.ts';
import { type Clock, hostClock } from '../kernel/clock.ts';
import { nodeLeaseMs, oldestRedis } from '../kernel/engine-limits.ts';
import { EngineRefused } from './cassandra-session.ts';
import { type RedisClient, type RedisParts, redisClient } from './redis.ts';
import { RedisNode } from './redis-node.ts';

/** What it is opened with. */
export interface RedisSessionParts extends RedisParts {
  /** Has sockets: others send it hints. False: it only publishes. */
  readonly isMember: boolean;
  readonly fault: (error: unknown) => void;
  readonly leaseMs?: number;
  /** The time of its lease; the host's unless it is given. */
  readonly clock?: Clock;
}

/** What is shared. */
export interface RedisSession extends AsyncDisposable {
  readonly parts: RedisParts;
  readonly prefix: string;
  readonly client: RedisClient;
  readonly node: RedisNode;
  readonly isMember: boolean;
  readonly leaseMs: number;
  /** Hears what goes wrong with Redis; the same again and again is told once in a while. */
  readonly fault: (error: unknown) => void;
}

/** Opens it. @throws {EngineRefused} Redis is there and refuses us, or is too old */
export async function openRedis(parts: RedisSessionParts): Promise<RedisSession> {
  const { prefix, isMember, leaseMs = nodeLeaseMs, clock = hostClock } = parts;
  const fault = calmly(parts.fault);
  let refused: EngineRefused | null = null;
  const client = redisClient(parts, (error) => {
    refused ??= refusalIn(error);
    fault(error);
  });
  const node = new RedisNode({ client, prefix, fault, leaseMs, clock });
  await client.opened;
  refused ??= client.isReady ? await tooOld(client).catch(refusalIn) : null;
  if (refused !== null) {
    client.close();
    throw refused;
  }
  await node.start();
  return {
    ...{ parts, prefix, client, node, isMember, leaseMs, fault },
    async [Symbol.asyncDispose]() {
      await node.close();
      client.close();
    },
  };
}

/** What it says when it will never serve us like this; null: it may serve us later. */
function refusalIn(error: unknown): EngineRefused | null {
  const text = error instanceof Error ? error.message : '';
  return /^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR AUTH)/.test(text)
    ? new EngineRefused(`Redis refuses us: ${text}`)
    : null;
}

async function tooOld(client: RedisClient): Promise<EngineRefused | null> {
  const [answer] = await client.run([['INFO', 'server']]);
  if (answer instanceof Error) return refusalIn(answer);
  const version = /^redis_version:(\d+)/m.exec(String(answer))?.[1];
  return version === undefined || Number(version) >= oldestRedis
    ? null
    : new EngineRefused(`Redis is of version ${version}; ${oldestRedis} or later is needed, or Valkey.`);
}
