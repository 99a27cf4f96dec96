// `parley serve` with PARLEY_MODE=cluster: one process of a cluster, from its engines to the signal that stops it. Exit
// codes as in one process; what it prints is one line of JSON, or a few lines at a terminal.
import { clusterSetupLink, composeCluster } from './compose-cluster.ts';
import { webFolder } from './compose-front.ts';
import { exposure, openMetrics, runProcess } from './compose-process.ts';
import type { Config } from './config.ts';
import { version } from './version.ts';

/** Runs until a signal or a fatal fault; resolves to the exit code. */
export function serveCluster(config: Config, warnings: readonly string[]): Promise<number> {
  return runProcess(config, async ({ registry, events, opened, stopping }) => {
    const running = await composeCluster({ config, version, events, registry, webFolder, stopping });
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
  });
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
