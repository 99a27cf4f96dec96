// `parley serve` with PARLEY_MODE=cluster: one process of a cluster, from its engines to the signal that stops it. Exit
// codes as in one process; what it prints is one line of JSON, or a few lines at a terminal.
import { Registry } from 'prom-client';
import { clusterSetupLink, composeCluster } from './compose-cluster.ts';
import { webFolder } from './compose-front.ts';
import { exposure, openEvents, openMetrics, untilEnd, untilStopped } from './compose-process.ts';
import type { Config } from './config.ts';
import { version } from './version.ts';

/** Runs until a signal or a fatal fault; resolves to the exit code. */
export async function serveCluster(config: Config, warnings: readonly string[]): Promise<number> {
  const end = untilEnd();
  const registry = new Registry();
  const events = openEvents(config, registry);
  try {
    await using opened = new AsyncDisposableStack();
    const running = await composeCluster({ config, version, events, registry, webFolder });
    opened.defer(() => running.stop());
    const metrics = opened.use(await openMetrics(config, running.port, registry));
    const { node, role } = running.identity;
    const summary = {
      url: running.url,
      ...{ node, role, version },
      metrics: `http://localhost:${metrics.port}/metrics`,
      warnings: [...warnings, ...(role === 'sequencer' ? [] : exposure(config))],
    };
    process.stdout.write(`${process.stdout.isTTY === true ? linesOf(summary) : JSON.stringify(summary)}\n`);
    if ((await untilStopped(end, events)) !== 0) return 1;
  } catch (error) {
    process.stderr.write(`Parley cannot run: ${error instanceof Error ? error.message : 'unknown reason'}\n`);
    events.fault('serve', error);
    return 1;
  }
  events.step('stopped');
  return 0;
}

/** `parley setup-link`: while a cluster has no operator, a link that makes one. */
export async function printSetupLink(config: Config, say: (text: string) => void): Promise<number> {
  try {
    const link = await clusterSetupLink(config);
    say(link ?? 'There is an operator already.');
    return link === null ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'It cannot be had.'}\n`);
    return 1;
  }
}

function linesOf({
  url,
  node,
  role,
  metrics,
  warnings,
}: Readonly<Record<'url' | 'node' | 'role' | 'metrics', string>> & { readonly warnings: readonly string[] }): string {
  return [
    `Parley ${version}: ${role === 'all' ? 'gateway and sequencer' : role} ${node}`,
    `Open     ${url}`,
    `Metrics  ${metrics}`,
    ...warnings.map((warning) => `! ${warning}`),
  ].join('\n');
}
