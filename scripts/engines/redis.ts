// Redis on loopback, in memory only: what Parley keeps there may be lost at any time. Debian's package is installed
// when it may be.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../program.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { loopback, type Place } from './place.ts';

const startMs = 20_000;
const installMs = 3 * 60_000;
const program = 'redis-server';

/** One server. */
export interface Redis {
  readonly url: string;
  readonly node: Daemon;
  /** Kills it as a power cut would, and starts it anew, empty. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

/** Three masters that share the keys. */
export interface RedisCluster {
  readonly urls: readonly string[];
  readonly nodes: readonly Daemon[];
  end(): Promise<void>;
}

/** Why there is no Redis here; null: there is one. */
export async function missingRedis(): Promise<string | null> {
  if (await isThere()) return null;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return 'no redis-server on PATH';
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runProgram('apt-get', ['update', '-q'], { timeoutMs: installMs, env });
  const args = ['install', '-y', '-q', '--no-install-recommends', 'redis-server'];
  const { code, output } = await runProgram('apt-get', args, { timeoutMs: installMs, env });
  return code === 0 && (await isThere()) ? null : `apt-get could not install redis-server: ${output.slice(-200)}`;
}

/** Starts one that keeps nothing on disk. */
export async function startRedis(folder: string, port: number, place = loopback()): Promise<Redis> {
  let node = await startServer(folder, port, [], place);
  return {
    url: urlOf(port, place),
    get node() {
      return node;
    },
    async restart() {
      await node.end('SIGKILL');
      node = await startServer(folder, port, [], place);
    },
    end: () => node.end('SIGKILL'),
  };
}

/** Starts three on `port` and the two after it, and makes a cluster of them. */
export async function startRedisCluster(folder: string, port: number): Promise<RedisCluster> {
  const ports = [port, port + 1, port + 2];
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const starts = await Promise.allSettled(ports.map((each) => startServer(folder, each, settings)));
  const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const end = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.end('SIGKILL')));
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed !== undefined) {
    await end();
    throw failed.reason as Error;
  }
  const hosts = ports.map((each) => `127.0.0.1:${each}`);
  const made = await runProgram('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-yes'], {
    timeoutMs: startMs,
  });
  const serves = async (each: number): Promise<boolean> =>
    (await ask(each, ['cluster', 'info'])).includes('cluster_state:ok');
  const until = Date.now() + startMs;
  while (made.code === 0 && Date.now() < until) {
    if ((await Promise.all(ports.map(serves))).every(Boolean))
      return { urls: ports.map((each) => urlOf(each)), nodes, end };
  }
  await end();
  throw new Error(`redis-cli could not make a cluster: ${made.output.slice(-500)}`);
}

function startServer(
  folder: string,
  port: number,
  settings: readonly string[] = [],
  place: Place = loopback(),
): Promise<Daemon> {
  const bind = ['--bind', place.address, '--protected-mode', 'no'];
  return startDaemon({
    name: `redis ${port}`,
    command: program,
    place,
    args: ['--port', String(port), ...bind, '--save', '', '--appendonly', 'no', ...settings],
    folder: join(folder, `redis-${port}`),
    logFile: join(folder, `redis-${port}.log`),
    ready: async () => (await ask(port, ['-h', place.address, 'ping'])).includes('PONG'),
    readyMs: startMs,
  });
}

async function ask(port: number, words: readonly string[]): Promise<string> {
  return (await runProgram('redis-cli', ['-p', String(port), ...words], { timeoutMs: 5_000 })).output;
}

const urlOf = (port: number, { address }: Place = loopback()): string => `redis://${address}:${port}`;

async function isThere(): Promise<boolean> {
  const { code } = await runProgram(program, ['--version'], { timeoutMs: 10_000 });
  return code === 0;
}
