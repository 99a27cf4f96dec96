// Connections to Redis, one server or a cluster, by the driver. What it keeps may be lost at any time, so nothing waits
// here for Redis to come back: a command that cannot be served now is `Unavailable` at once, and is never sent again by
// itself. It must never decide what a command means.
import { Cluster, type ClusterOptions, Redis, type RedisOptions, Command as SentCommand } from 'ioredis';
import { redisMs } from '../kernel/engine-limits.ts';
import { Unavailable } from '../kernel/result.ts';

/** What Redis is reached with. */
export interface RedisParts {
  /** `redis://host:port`, or `rediss://` with TLS; of a cluster some of its servers. */
  readonly urls: readonly string[];
  readonly cluster?: boolean;
  readonly user?: { readonly name?: string; readonly password: string };
  /** What all keys and channels begin with. */
  readonly prefix: string;
}

/** A command with its arguments; of a key there is at most one, so that a cluster knows where it goes. */
export type Command = readonly [name: string, ...args: (string | number | Uint8Array)[]];

/** What is asked of Redis. */
export interface RedisClient {
  /** May a command be served now, as far as is known? */
  readonly isReady: boolean;
  /** Resolves when it was reached for the first time, or could not be at once. */
  readonly opened: Promise<void>;
  /** Answers in order; a command that Redis refuses answers an `Error`. @throws {Unavailable} it cannot be reached */
  run(commands: readonly Command[]): Promise<readonly unknown[]>;
  close(): void;
}

/** Who hears a channel. What comes while the connection is broken is lost without a word. */
export interface ChannelListener {
  readonly heard: (bytes: Uint8Array) => void;
  /** From now on it is heard; said again after a break. */
  readonly opened: () => void;
  readonly fault: (error: unknown) => void;
}

/** Opens a connection; it goes on trying until it is closed. */
export function redisClient(parts: RedisParts, fault: (error: unknown) => void): RedisClient {
  const driver = parts.cluster ? clusterOf(parts, false) : serverOf(parts);
  const opened = Promise.withResolvers<void>();
  driver.on('error', fault);
  for (const event of ['ready', 'close', 'end']) driver.once(event, () => opened.resolve());
  // What it fails of was told already; it goes on trying.
  driver.connect().catch(() => opened.resolve());
  return {
    opened: opened.promise,
    get isReady() {
      return driver.status === 'ready';
    },
    run: driver instanceof Cluster ? (commands) => runEach(driver, commands) : together(driver),
    close: () => driver.disconnect(),
  };
}

/** Hears one channel until the returned function is called. It subscribes anew after a broken connection. */
export function redisChannel(
  parts: RedisParts,
  channel: string,
  { heard, opened, fault }: ChannelListener,
): () => void {
  const driver = parts.cluster ? clusterOf(parts, true) : serverOf(parts);
  driver.on('error', fault);
  driver.on('smessageBuffer', (_: Buffer, bytes: Buffer) => heard(bytes));
  driver.on('ready', () => void driver.ssubscribe(channel).then(opened, fault));
  driver.connect().catch(() => {});
  return () => {
    driver.removeAllListeners('smessageBuffer');
    driver.disconnect();
  };
}

/** What is asked within one turn of the event loop goes in one write, in its order. */
function together(driver: Redis): RedisClient['run'] {
  let asked: Command[] = [];
  let answers: Promise<readonly unknown[]> | null = null;
  return async (commands) => {
    const from = asked.length;
    asked.push(...commands);
    answers ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        const these = asked;
        asked = [];
        answers = null;
        runTogether(driver, these).then(resolve, reject);
      });
    });
    return (await answers).slice(from, from + commands.length);
  };
}

async function runTogether(driver: Redis, commands: readonly Command[]): Promise<readonly unknown[]> {
  if (driver.status !== 'ready') throw new Unavailable('Redis cannot be reached.');
  const sent = commands.map(([name, ...args]) => new SentCommand(name, args.map(argument), { replyEncoding: 'utf8' }));
  driver.stream.cork();
  for (const command of sent) void driver.sendCommand(command);
  driver.stream.uncork();
  try {
    return await Promise.all(sent.map((command): Promise<unknown> => command.promise.catch(refusal)));
  } finally {
    // A command of the driver outlives its answer until all garbage is collected, as its pipelines do: what it carried must not. [BUS22]
    for (const command of sent) command.args = [];
  }
}

/** Commands of a cluster go to many servers: the driver puts those for one server together. */
async function runEach(driver: Cluster, commands: readonly Command[]): Promise<readonly unknown[]> {
  if (driver.status !== 'ready') throw new Unavailable('Redis cannot be reached.');
  const each = commands.map(([name, ...args]) => driver.call(name, args.map(argument)).catch(refusal));
  return Promise.all(each);
}

/** Redis itself said no; anything else is a connection that broke. */
function refusal(cause: unknown): Error {
  if (cause instanceof Error && cause.name === 'ReplyError' && !/^(CLUSTERDOWN|LOADING|TRYAGAIN)/.test(cause.message))
    return cause;
  throw new Unavailable('Redis cannot serve this now.', { cause });
}

const argument = (value: string | number | Uint8Array): string | number | Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;

function serverOf(parts: RedisParts): Redis {
  const [url = ''] = parts.urls;
  return new Redis(url, { ...shared(parts), enableOfflineQueue: false, retryStrategy: pause });
}

function clusterOf(parts: RedisParts, shardedSubscribers: boolean): Cluster {
  const options = {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    shardedSubscribers,
    clusterRetryStrategy: pause,
    maxRedirections: 4,
    slotsRefreshTimeout: redisMs.answer,
    redisOptions: { ...shared(parts), ...(isSecure(parts) && { tls: {} }) },
  } satisfies ClusterOptions;
  return new Cluster([...parts.urls], options);
}

function shared({ user }: RedisParts) {
  return {
    lazyConnect: true,
    connectTimeout: redisMs.connect,
    socketTimeout: redisMs.answer,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    ...(user && { password: user.password, ...(user.name && { username: user.name }) }),
  } satisfies RedisOptions;
}

const isSecure = ({ urls }: RedisParts): boolean => urls.some((url) => url.startsWith('rediss:'));

const pause = (times: number): number => Math.min(redisMs.maxRetry, redisMs.retry * times);
