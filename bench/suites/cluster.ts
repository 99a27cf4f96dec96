// Rows 9: a cluster whose every message crosses from one gateway to the other, beside one node in the same run, both under
// the same load. On the three-node engines of `npm run cluster`, and over memory, where only Parley is seen.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterEngines, missingForCluster, startClusterEngines } from '../../scripts/cluster/engines.ts';
import type { Compiling } from '../../scripts/engines/jars.ts';
import { perOne } from '../cpu.ts';
import type { LoaderReport } from '../loader.ts';
import { type Measure, measure, peerMeasure } from '../measure.ts';
import { Servers } from '../parley.ts';
import { seed } from '../seed.ts';
import { type InMemory, startInMemory } from './cluster-memory.ts';
import { clusterStore } from './cluster-store.ts';
import { Town, type TownLoad } from './cluster-town.ts';

/** How much. Seconds, people. */
export interface ClusterSize {
  readonly seconds: number;
  readonly warm: number;
  readonly people: number;
  /** How the engines compile, and for how many seconds they are under full load before anything is measured. */
  readonly compiling: Compiling;
  readonly engineSeconds: number;
  /** Of what is compared over memory: the two take turns, so many times each. */
  readonly turns: number;
  readonly memorySeconds: number;
}

/** What it is measured with. */
export interface ClusterParts {
  /** A folder for this run. */
  readonly work: string;
  readonly loader: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Apart from those of `npm run cluster` and of tests. */
export const enginePorts = { kafka: 27_092, cassandraOffset: 600, redis: 27_379, s3: 27_333 } as const;
const gentle = ['--mode', 'rate', '--rate', '100'] as const;
/** On one machine with six engines: as much as they confirm in time. */
const full = ['--connections', '100', '--inflight', '2'] as const;
const steady = ['--connections', '200', '--mode', 'rate', '--rate', '500'] as const;
/** As much as the engines hold with room to spare: what is dear at 500 a second is that every message wakes everybody anew. */
const busy = ['--connections', '200', '--mode', 'rate', '--rate', '1500'] as const;
/** The load of row 1a. */
export const saturated = ['--connections', '200', '--inflight', '8'] as const;
const oneNode = { name: 'one', title: 'one node in one process, same load' } as const;
const theEngines = { name: 'engines', title: 'its Kafka, Cassandra and Redis' } as const;

/** Why the rows on engines cannot be run here; null: they can. */
export async function missingEngines(): Promise<string | null> {
  const missing = await missingForCluster();
  return missing.length === 0 ? null : missing.join('; ');
}

/** Rows 9, 9-busy, 9-store, 9-p50, 9-p99 and 9-rate. The engines are started for them, unless they are given. */
export async function clusterOnEngines(
  parts: ClusterParts,
  size: ClusterSize,
  given?: ClusterEngines,
): Promise<readonly Measure[]> {
  const { work, loader, signal, say } = parts;
  await using opened = new AsyncDisposableStack();
  const one = await onOneNode(parts, size);
  const engines = given ?? (await startClusterEngines(join(work, 'engines'), enginePorts, say, size));
  if (given === undefined) opened.defer(engines.end);
  const store = await clusterStore(engines, size.seconds, say);
  const folder = await mkdtemp(join(work, 'town-'));
  const town = opened.use(await Town.open({ engines, work: folder, loader, people: size.people, signal }));
  // Engines and programs that have just started are compiling.
  await town.warm([...gentle, ...seconds(size)]);
  await town.warm([...full, '--seconds', String(size.engineSeconds), '--warm', String(size.warm)]);
  const calm = await town.load([...steady, ...seconds(size)]);
  const more = await town.load([...busy, ...seconds(size)]);
  const most = await town.load([...full, ...seconds(size)]);
  for (const [name, load] of [
    ['at 500 msg/s', calm],
    ['at 1,500 msg/s', more],
    ['saturated', most],
  ] as const)
    say(lineOf(name, load));
  const us = { calm: parleyUs(calm), busy: parleyUs(more), full: parleyUs(most) };
  if (us.calm === null || us.busy === null || one.calmUs === null || one.busyUs === null)
    throw new Error('this system does not say what a process spends');
  return [
    store,
    measure('9', us.calm / one.calmUs, us.calm),
    peerMeasure('9', oneNode, 1, one.calmUs),
    measure('9-busy', us.busy / one.busyUs, us.busy),
    peerMeasure('9-busy', oneNode, 1, one.busyUs),
    measure('9-rate', rateOf(most), us.full),
    peerMeasure('9-rate', oneNode, one.perSecond, one.fullUs),
    peerMeasure('9-rate', theEngines, rateOf(most), engineUs(most)),
    measure('9-p50', calm.report.p50_ms),
    peerMeasure('9-p50', oneNode, one.calm.p50_ms),
    measure('9-p99', calm.report.p99_ms),
    peerMeasure('9-p99', oneNode, one.calm.p99_ms),
  ];
}

/** Row 9-memory. The two take turns, so that what the machine does besides falls on both; the first turns warm them up. */
export async function clusterInMemory(parts: ClusterParts, size: ClusterSize): Promise<readonly Measure[]> {
  await using opened = new AsyncDisposableStack();
  const start = async (which: 'one' | 'two'): Promise<InMemory> =>
    opened.use(await startInMemory(which, { ...parts, people: size.people }));
  const sides = { one: await start('one'), two: await start('two') };
  const spent = { one: [0, 0], two: [0, 0] };
  const time = ['--seconds', String(size.memorySeconds), '--warm', String(size.warm)];
  for (let turn = 0; turn <= size.turns; turn++)
    for (const which of ['one', 'two'] as const) {
      const { us, deliveries } = await sides[which].load([...saturated, ...time]);
      if (turn === 0) continue;
      const sum = spent[which] as [number, number];
      sum[0] += us;
      sum[1] += deliveries;
    }
  const us = (which: 'one' | 'two') => (spent[which][0] ?? 0) / (spent[which][1] ?? 1);
  return [measure('9-memory', us('two') / us('one'), us('two')), peerMeasure('9-memory', oneNode, 1, us('one'))];
}

interface OneNode {
  readonly calm: LoaderReport;
  readonly calmUs: number | null;
  readonly busyUs: number | null;
  readonly perSecond: number;
  readonly fullUs: number | null;
}

/** A server on a folder of its own, with as many people. */
async function onOneNode({ work, loader, signal }: ClusterParts, size: ClusterSize): Promise<OneNode> {
  const folder = await mkdtemp(join(work, 'one-'));
  const { pairs } = await seed(join(folder, 'data'), join(folder, 'lists'), { people: size.people, groupMembers: 2 });
  await using servers = new Servers(join(folder, 'data'), loader, signal);
  const parley = await servers.shared();
  await parley.load(pairs, [...full, ...seconds(size)]);
  await parley.storeCaughtUp();
  const calm = await parley.load(pairs, [...steady, ...seconds(size)]);
  const calmUs = perOne(await parley.spentUntilCaughtUp(calm.before), calm.report.deliveries);
  const more = await parley.load(pairs, [...busy, ...seconds(size)]);
  const busyUs = perOne(await parley.spentUntilCaughtUp(more.before), more.report.deliveries);
  const most = await parley.load(pairs, [...full, ...seconds(size)]);
  const fullUs = perOne(await parley.spentUntilCaughtUp(most.before), most.report.deliveries);
  return { calm: calm.report, calmUs, busyUs, perSecond: most.report.deliveries / most.report.seconds, fullUs };
}

function seconds({ seconds: measured, warm }: ClusterSize): readonly string[] {
  return ['--seconds', String(measured), '--warm', String(warm)];
}

/** Messages a second, with the time in which the store caught up. */
function rateOf({ report, lagMs }: TownLoad): number {
  return report.deliveries / (report.seconds + lagMs / 1_000);
}

const parleyProcesses = ['gateways', 'sequencers'] as const;
const engineNames = ['kafka', 'cassandra', 'redis'] as const;

/** Microseconds for a message: of Parley's processes, of the engines'. */
function parleyUs(load: TownLoad): number | null {
  return sumOf(load, parleyProcesses);
}

function engineUs(load: TownLoad): number | null {
  return sumOf(load, engineNames);
}

function sumOf({ spent, report }: TownLoad, names: readonly string[]): number | null {
  let sum = 0;
  for (const name of names) {
    const us = spent.get(name) ?? null;
    if (us === null) return null;
    sum += us;
  }
  return perOne(sum, report.deliveries);
}

/** What each process cost a message. */
function lineOf(name: string, load: TownLoad): string {
  const { spent, report, lagMs } = load;
  const each = [...spent].map(([who, us]) => `${who} ${Math.round(perOne(us, report.deliveries) ?? 0)}`).join(', ');
  const rate = Math.round(report.deliveries / report.seconds);
  return `${name}: ${rate} msg/s, p50 ${report.p50_ms} ms, p99 ${report.p99_ms} ms, stored ${Math.round(lagMs)} ms later; CPU us a message: ${each}`;
}
