// `npm run bench`: what Parley does a second and what it costs, beside peers of the same run. A table for people, or
// with --json one object for machines. A figure is printed only when the run that it comes from lost nothing; what
// could not be run is named with its reason.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endPrograms, endWithPrograms } from '../scripts/program.ts';
import { type Measure, middleOf } from './measure.ts';
import { installPeers } from './peers.ts';
import { makePlan, type Suite } from './plan.ts';
import { profile } from './profile.ts';
import { full, quick } from './sizes.ts';
import { clusterProfile } from './suites/cluster-profile.ts';
import { jsonOf, type NotRun, notRunLines, tableOf } from './table.ts';

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    only: { type: 'string' },
    cluster: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const help = `npm run bench -- [--quick] [--json] [--peers] [--only ROWS] [--cluster]
  --quick   one short round of everything but encryption, within 50 s; rows that are named, within 110 s
  --json    one object on standard output instead of the table
  --peers   first install Mosquitto and ejabberd with apt
  --only    rows by id, separated by commas, such as 1a,2, encryption or peers
  --cluster instead: rows 9, two gateways and two sequencers on the engines of npm run cluster, which are started for it
  --profile instead: where the server spends its time when it is saturated; with --cluster its gateways and sequencers`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

if (given.help) process.stdout.write(`${help}\n`);
else await main();

async function main(): Promise<void> {
  endWithPrograms();
  if (given.peers) await installPeers();
  const work = await mkdtemp(join(tmpdir(), 'parley-bench-'));
  try {
    const print = (line: string): void => void process.stdout.write(`${line}\n`);
    if (given.profile) await (given.cluster ? clusterProfile(work, print) : profile(work, print));
    else await measureAll(work);
  } finally {
    endPrograms();
    await rm(work, { recursive: true, force: true });
  }
}

async function measureAll(work: string): Promise<void> {
  const sizes = given.quick ? quick : full;
  const limitMs = given.only === undefined ? sizes.limitMs : sizes.namedLimitMs;
  const signal = AbortSignal.timeout(given.cluster ? sizes.cluster.limitMs : limitMs);
  await using opened = new AsyncDisposableStack();
  const only = given.only?.split(',') ?? null;
  const plan = await makePlan({ sizes, work, only, cluster: given.cluster, signal, opened, say });
  const missing = [...plan.missing];
  const rounds: Measure[] = [];
  // A cluster is measured once: its engines take minutes to be as fast as they get.
  for (let round = 0; round < (given.cluster ? 1 : sizes.rounds); round++)
    for (const suite of plan.suites) rounds.push(...(await attempt(suite, missing, signal)));
  show(middleOf(rounds), missing);
  if (plan.loaderUs.worst > 0) say(`The load generator cost ${plan.loaderUs.worst} us a message of row 1.`);
}

/** One suite once. One that fails is named as not run, and the others go on. */
async function attempt({ name, run }: Suite, missing: NotRun[], signal: AbortSignal): Promise<readonly Measure[]> {
  const start = performance.now();
  try {
    signal.throwIfAborted();
    const measures = await run();
    for (const { id, value, unit, cpu_us } of measures)
      say(`${id.padEnd(12)} ${value} ${unit}${cpu_us === null ? '' : `, ${cpu_us} us`}`);
    say(`${''.padEnd(12)} ${name}: ${((performance.now() - start) / 1_000).toFixed(1)} s`);
    return measures;
  } catch (error) {
    const why = signal.aborted ? 'no time was left' : error instanceof Error ? error.message : String(error);
    missing.push({ name, why });
    return [];
  }
}

function show(measures: readonly Measure[], missing: readonly NotRun[]): void {
  for (const line of notRunLines(missing)) say(line);
  const lines = given.json ? [jsonOf(measures, missing)] : tableOf(measures);
  process.stdout.write(`${lines.join('\n')}\n`);
}
