// A cluster of real processes and engines for one test: two gateways, two sequencers, three brokers, three nodes, Redis and
// S3, in a folder that goes with the test. Each can be struck by its name, and what was done to them is counted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterEngines, startClusterEngines } from '../../scripts/cluster/engines.ts';
import { type ServerProcess, startServer } from '../../scripts/cluster/server-process.ts';
import { type HostName, type Hosts, loopbackHosts } from './hosts.ts';

const ports = {
  gateways: [25_431, 25_432],
  sequencers: [25_441, 25_442],
  engines: { kafka: 25_092, cassandraOffset: 800, redis: 25_379, s3: 25_333 },
} as const;

export type ProcessName = 'gateway-1' | 'gateway-2' | 'sequencer-1' | 'sequencer-2';
export const processNames: readonly ProcessName[] = ['gateway-1', 'gateway-2', 'sequencer-1', 'sequencer-2'];
export const brokerNames = ['kafka-1', 'kafka-2', 'kafka-3'] as const;
export const storeNames = ['cassandra-1', 'cassandra-2', 'cassandra-3'] as const;

/** What can be signalled, of processes and engines alike. */
interface Struck {
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<unknown>;
}

/** What was done to a cluster, how often. */
export interface Blows {
  killed: number;
  paused: number;
  cut: number;
  stopped: number;
}

/** The cluster. */
export class Town implements AsyncDisposable {
  /** Where everything of it stands. */
  readonly folder: string;
  readonly engines: ClusterEngines;
  readonly hosts: Hosts;
  readonly gateways: readonly string[];
  readonly blows: Blows = { killed: 0, paused: 0, cut: 0, stopped: 0 };
  readonly #processes = new Map<ProcessName, ServerProcess>();

  private constructor(folder: string, engines: ClusterEngines, hosts: Hosts) {
    this.folder = folder;
    this.engines = engines;
    this.hosts = hosts;
    const host = (n: number) => hosts.place(n === 0 ? 'gateway-1' : 'gateway-2').address;
    this.gateways = ports.gateways.map((port, n) => `http://${host(n)}:${port}`);
  }

  static async open(say: (line: string) => void, hosts: Hosts = loopbackHosts()): Promise<Town> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-cluster-'));
    // Also when it is interrupted, or an engine does not start.
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const places = {
      kafka: brokerNames.map((name) => hosts.place(name)),
      cassandra: storeNames.map((name) => hosts.place(name)),
      redis: hosts.place('redis'),
      s3: hosts.place('s3'),
    };
    const town = new Town(folder, await startClusterEngines(folder, ports.engines, say, places), hosts);
    try {
      const [first, ...others] = ['sequencer-1', 'sequencer-2', 'gateway-1', 'gateway-2'] as const;
      // It makes the tables.
      await town.start(first);
      await Promise.all(others.map((name) => town.start(name)));
      return town;
    } catch (error) {
      await town[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts what does not run; a process of Parley with more settings, when they are given. Resolves when it serves. */
  async start(name: HostName, more: Readonly<Record<string, string>> = {}): Promise<void> {
    const { kafka, cassandra, redis, s3 } = this.engines;
    const [kind, n] = name.split('-') as ['kafka' | 'cassandra' | 'redis' | 's3' | 'gateway' | 'sequencer', string];
    const at = Number(n) - 1;
    if (kind === 'kafka') return kafka.restart(at);
    if (kind === 'cassandra') return cassandra.restart(at);
    if (kind === 'redis') return redis.restart();
    if (kind === 's3') return s3.restart();
    const port = (kind === 'gateway' ? ports.gateways : ports.sequencers)[at] ?? 0;
    const settings = {
      ...this.engines.settings,
      PARLEY_SIGNUP: 'open',
      PARLEY_DIRECTORY: 'members',
      PARLEY_RATE_FACTOR: '1000',
      PARLEY_PARTITIONS: '16',
      PARLEY_LOG_LEVEL: 'warn',
      // Hosts of our own are other machines to it.
      PARLEY_INSECURE: 'on',
      ...more,
    };
    const logFile = join(this.folder, `${name}.log`);
    const place = this.hosts.place(name);
    const server = await startServer({ name, role: kind, port, place, settings, logFile });
    this.#processes.set(name as ProcessName, server);
  }

  process(name: ProcessName): ServerProcess {
    const found = this.#processes.get(name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  }

  /** As a power cut would. */
  async kill(name: HostName): Promise<void> {
    this.blows.killed++;
    await this.#struck(name).end('SIGKILL');
  }

  /** As an operator would. Resolves to the exit code, of a process of Parley. */
  async stop(name: HostName): Promise<number | null> {
    this.blows.stopped++;
    const code = await this.#struck(name).end('SIGTERM');
    return typeof code === 'number' ? code : null;
  }

  pause(name: HostName): void {
    this.blows.paused++;
    this.#struck(name).signal('SIGSTOP');
  }

  wake(name: HostName): void {
    this.#struck(name).signal('SIGCONT');
  }

  async cut(name: HostName): Promise<void> {
    this.blows.cut++;
    await this.hosts.cut(name);
  }

  heal(name: HostName): Promise<void> {
    return this.hosts.heal(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#processes.values()].filter(({ isRunning }) => isRunning);
    await Promise.all(running.map((each) => each.end('SIGKILL')));
    await this.engines.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #struck(name: HostName): Struck {
    const { kafka, cassandra, redis, s3 } = this.engines;
    const [kind, n] = name.split('-');
    if (kind === 'redis') return redis.node;
    if (kind === 's3') return s3.node;
    if (kind === 'gateway' || kind === 'sequencer') return this.process(name as ProcessName);
    const node = (kind === 'kafka' ? kafka : cassandra).nodes[Number(n) - 1];
    if (node === undefined || node === null) throw new Error(`${name} was not started`);
    return node;
  }
}
