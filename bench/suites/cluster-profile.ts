// `npm run bench -- --cluster --profile`: where gateways and sequencers spend their time while the cluster is saturated, by
// whose work it is: the drivers of the engines apart from Parley.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startClusterEngines } from '../../scripts/cluster/engines.ts';
import { breakDownByOwner, type CpuProfile } from '../cpu-profile.ts';
import { compileLoader } from '../loader.ts';
import { enginePorts, missingEngines, saturated } from './cluster.ts';
import { Town } from './cluster-town.ts';

const people = 1_000;
const seconds = 10;
const limitMs = 10 * 60_000;
/** Parts of less are not shown. */
const leastShare = 0.01;

/** Saturates a cluster of its own, and prints the breakdown of each of its processes. */
export async function clusterProfile(work: string, say: (line: string) => void): Promise<void> {
  const compiled = await compileLoader();
  const missing = 'missing' in compiled ? compiled.missing : await missingEngines();
  if ('missing' in compiled || missing !== null) throw new Error(missing ?? '');
  const engines = await startClusterEngines(join(work, 'engines'), enginePorts, say);
  try {
    const profiles = join(work, 'profiles');
    const more = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` };
    const signal = AbortSignal.timeout(limitMs);
    const parts = { engines, work: join(work, 'town'), loader: compiled.path, people, signal, more };
    const town = await Town.open(parts);
    const names = new Map(town.pids);
    const time = ['--warm', '3', '--seconds', String(seconds)];
    await town.load([...saturated, ...time]);
    const { report, span } = await town.load([...saturated, ...time]);
    await town[Symbol.asyncDispose]();
    say(`${Math.round(report.deliveries / report.seconds)} messages a second while they were sampled.`);
    for (const file of (await readdir(profiles)).toSorted()) {
      const name = names.get(Number(/^CPU\.\d+\.\d+\.(\d+)\.0\./.exec(file)?.[1]));
      if (name === undefined) continue;
      say(`\n${name}:`);
      const profile = JSON.parse(await readFile(join(profiles, file), 'utf8')) as CpuProfile;
      for (const { name: part, share } of breakDownByOwner(profile, span))
        if (share >= leastShare) say(`${(share * 100).toFixed(1).padStart(5)} %  ${part}`);
    }
  } finally {
    await engines.end();
  }
}
