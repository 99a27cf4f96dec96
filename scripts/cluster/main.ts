// `npm run cluster`: a whole cluster on this machine. Engines, two gateways and two sequencers, a load balancer before
// them; one address is printed. Ctrl-C ends everything. Its data stays in `cluster-data` until `--fresh`.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout, runProgram } from '../program.ts';
import { type BalancerName, missingBalancer, startBalancer } from './balancer.ts';
import { missingForCluster, startClusterEngines } from './engines.ts';
import { startServer } from './server-process.ts';

const ports = {
  front: 8420,
  gateways: [8431, 8432],
  sequencers: [8441, 8442],
  engines: { kafka: 19_092, cassandraOffset: 0, redis: 6_380, s3: 8_333 },
} as const;
const linkMs = 120_000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: { lb: { type: 'string', default: 'haproxy' }, fresh: { type: 'boolean', default: false } },
});
if (values.lb !== 'haproxy' && values.lb !== 'nginx') {
  print('--lb is haproxy or nginx.');
  process.exit(2);
}
process.exitCode = await run(values.lb, values.fresh);

async function run(lb: BalancerName, isFresh: boolean): Promise<number> {
  const stop = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.resolve());
  const missing = [...(await missingForCluster()), await missingBalancer(lb)].filter((reason) => reason !== null);
  if (missing.length > 0) {
    for (const reason of missing) print(`A cluster cannot run here: ${reason}`);
    return 1;
  }
  const folder = join(checkout, 'cluster-data');
  if (isFresh) rmSync(folder, { recursive: true, force: true });
  await using opened = new AsyncDisposableStack();
  try {
    print('Starting Kafka (3), Cassandra (3), Redis and S3. The first time they are installed: a few minutes …');
    const engines = await startClusterEngines(folder, ports.engines, print);
    opened.defer(engines.end);
    const settings = {
      ...engines.settings,
      PARLEY_PUBLIC_URL: `http://localhost:${ports.front}`,
      PARLEY_TRUSTED_PROXIES: '127.0.0.1',
    };
    const start = async (role: 'gateway' | 'sequencer', port: number, n: number): Promise<void> => {
      const name = `${role}-${n + 1}`;
      const server = await startServer({ name, role, port, settings, logFile: join(folder, `${name}.log`) });
      opened.defer(async () => void (await server.end()));
      print(`${name} serves.`);
    };
    for (const [n, port] of ports.sequencers.entries()) await start('sequencer', port, n);
    await Promise.all(ports.gateways.map((port, n) => start('gateway', port, n)));
    const balancer = await startBalancer(
      lb,
      folder,
      ports.front,
      ports.gateways.map((port) => `127.0.0.1:${port}`),
    );
    opened.defer(() => balancer.end());
    print(`\nOpen http://localhost:${ports.front}`);
    const link = await setupLink(settings);
    if (link !== null) print(`There is no owner yet. This link makes one, within 15 minutes:\n\n  ${link}\n`);
    print('Ctrl-C ends everything; the data stays in cluster-data.');
    await stop.promise;
    print('Ending …');
    return 0;
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

/** While there is no owner. */
async function setupLink(env: Readonly<Record<string, string>>): Promise<string | null> {
  const main = join('packages', 'server', 'src', 'main.ts');
  const { code, output } = await runProgram(process.execPath, [main, 'setup-link'], { timeoutMs: linkMs, env });
  return code === 0 ? (output.match(/https?:\/\/\S+/)?.[0] ?? null) : null;
}
