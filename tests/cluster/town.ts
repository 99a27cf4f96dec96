// A cluster of real processes and engines for one test: two gateways, two sequencers, three brokers, three nodes, Redis and
// S3, in a folder that goes with the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterEngines, startClusterEngines } from '../../scripts/cluster/engines.ts';
import { type ServerProcess, startServer } from '../../scripts/cluster/server-process.ts';

const ports = {
  gateways: [25_431, 25_432],
  sequencers: [25_441, 25_442],
  engines: { kafka: 25_092, cassandraOffset: 800, redis: 25_379, s3: 25_333 },
} as const;

export type ProcessName = 'gateway-1' | 'gateway-2' | 'sequencer-1' | 'sequencer-2';
export const processNames: readonly ProcessName[] = ['gateway-1', 'gateway-2', 'sequencer-1', 'sequencer-2'];

/** The cluster. */
export class Town implements AsyncDisposable {
  readonly #folder: string;
  readonly engines: ClusterEngines;
  readonly #processes = new Map<ProcessName, ServerProcess>();
  readonly gateways: readonly string[] = ports.gateways.map((port) => `http://127.0.0.1:${port}`);

  private constructor(folder: string, engines: ClusterEngines) {
    this.#folder = folder;
    this.engines = engines;
  }

  static async open(say: (line: string) => void): Promise<Town> {
    const folder = mkdtempSync(join(tmpdir(), 'parley-cluster-'));
    const town = new Town(folder, await startClusterEngines(folder, ports.engines, say));
    for (const name of ['sequencer-1', 'sequencer-2', 'gateway-1', 'gateway-2'] as const) await town.start(name);
    return town;
  }

  /** Starts a process that does not run. Resolves when it is ready. */
  async start(name: ProcessName): Promise<void> {
    const [role, n] = name.split('-') as ['gateway' | 'sequencer', string];
    const port = (role === 'gateway' ? ports.gateways : ports.sequencers)[Number(n) - 1] ?? 0;
    const settings = {
      ...this.engines.settings,
      PARLEY_SIGNUP: 'open',
      PARLEY_DIRECTORY: 'members',
      PARLEY_RATE_FACTOR: '1000',
      PARLEY_PARTITIONS: '16',
      PARLEY_LOG_LEVEL: 'warn',
    };
    const logFile = join(this.#folder, `${name}.log`);
    this.#processes.set(name, await startServer({ name, role, port, settings, logFile }));
  }

  process(name: ProcessName): ServerProcess {
    const found = this.#processes.get(name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#processes.values()].filter(({ isRunning }) => isRunning);
    await Promise.all(running.map((each) => each.end('SIGKILL')));
    await this.engines.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
