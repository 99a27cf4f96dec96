// Rows 9: a cluster whose every message crosses from one gateway to the other, beside one node in the same run, both under
// the same load. On the three-node engines of `npm run cluster`, and over memory, where only Parley is seen.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterEngines, missingForCluster, startClusterEngines } from '../../scripts/cluster/engines.ts';
import type { Compiling } from '../../scripts/engines/jars.ts';
import { perOne } from '../cpu.ts';
import type { LoaderReport } from '../loader.ts';
import { type Measure, measure, median, peerMeasure } from '../measure.ts';
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
  /** Of what is compared: the two take turns, so many times each. */
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
  const one = opened.use(await OneNode.open(parts, size));
  const engines = given ?? (await startClusterEngines(join(work, 'engines'), enginePorts, say, size));
  if (given === undefined) opened.defer(engines.end);
  const store = await clusterStore(engines, size.seconds, say);
  const folder = await mkdtemp(join(work, 'town-'));
  const town = opened.use(await Town.open({ engines, work: folder, loader, people: size.people, signal }));
  // Engines and programs that have just started are compiling.
  await town.warm([...gentle, ...seconds(size)]);
  await town.warm([...full, '--seconds', String(size.engineSeconds), '--warm', String(size.warm)]);
  await one.load([...full, ...seconds(size)]);
  const inTurns = async (name: string, args: readonly string[]): Promise<readonly Turn[]> => {
    const turns: Turn[] = [];
    for (let turn = 0; turn < size.turns; turn++) {
      const load = await town.load([...args, ...seconds(size)]);
      say(lineOf(name, load));
      turns.push({ town: load, one: await one.load([...args, ...seconds(size)]) });
    }
    return turns;
  };
  const calm = await inTurns('at 500 msg/s', steady);
  const more = await inTurns('at 1,500 msg/s', busy);
  const most = await town.load([...full, ...seconds(size)]);
  say(lineOf('saturated', most));
  const alone = await one.load([...full, ...seconds(size)]);
  return [
    store,
    ...ratioOf('9', calm),
    ...ratioOf('9-busy', more),
    measure('9-rate', rateOf(most), parleyUs(most)),
    peerMeasure('9-rate', oneNode, alone.report.deliveries / alone.report.seconds, alone.us),
    peerMeasure('9-rate', theEngines, rateOf(most), engineUs(most)),
    ...latencyOf('9-p50', calm, ({ p50_ms }) => p50_ms),
    ...latencyOf('9-p99', calm, ({ p99_ms }) => p99_ms),
  ];
}

/** The same load on both, one after the other: what the machine does besides falls on both. */
interface Turn {
  readonly town: TownLoad;
  readonly one: OneLoad;
}

/** In the middle of all turns. */
function middle(turns: readonly Turn[], of: (turn: Turn) => number): number {
  return median(turns.map(of));
}

function ratioOf(row: '9' | '9-busy', turns: readonly Turn[]): readonly Measure[] {
  const ratio = middle(turns, ({ town, one }) => parleyUs(town) / one.us);
  const us = middle(turns, ({ town }) => parleyUs(town));
  const oneUs = middle(turns, ({ one }) => one.us);
  return [measure(row, ratio, us), peerMeasure(row, oneNode, 1, oneUs)];
}

function latencyOf(
  row: '9-p50' | '9-p99',
  turns: readonly Turn[],
  of: (report: LoaderReport) => number,
): readonly Measure[] {
  const ms = middle(turns, ({ town }) => of(town.report));
  const oneMs = middle(turns, ({ one }) => of(one.report));
  return [measure(row, ms), peerMeasure(row, oneNode, oneMs)];
}

/**
 * Row 9-memory, the middle of all turns. The two take turns, so that what the machine does besides falls on both; the first
 * ones warm them up.
 */
export async function clusterInMemory(parts: ClusterParts, size: ClusterSize): Promise<readonly Measure[]> {
  await using opened = new AsyncDisposableStack();
  const start = async (which: 'one' | 'two'): Promise<InMemory> =>
    opened.use(await startInMemory(which, { ...parts, people: size.people }));
  const sides = { one: await start('one'), two: await start('two') };
  const time = ['--seconds', String(size.memorySeconds), '--warm', String(size.warm)];
  const us = { one: [] as number[], two: [] as number[] };
  for (let turn = 0; turn <= size.turns; turn++)
    for (const which of ['one', 'two'] as const) {
      const load = await sides[which].load([...saturated, ...time]);
      if (turn > 0) us[which].push(load.us / load.deliveries);
    }
  const ratio = median(us.two.map((two, turn) => two / (us.one[turn] ?? two)));
  return [measure('9-memory', ratio, median(us.two)), peerMeasure('9-memory', oneNode, 1, median(us.one))];
}

/** One node under a load, and what a message cost it. */
interface OneLoad {
  readonly report: LoaderReport;
  readonly us: number;
}

/** A server on a folder of its own, with as many people. */
class OneNode implements AsyncDisposable {
  readonly #servers: Servers;
  readonly #pairs: string;

  private constructor(servers: Servers, pairs: string) {
    this.#servers = servers;
    this.#pairs = pairs;
  }

  static async open({ work, loader, signal }: ClusterParts, size: ClusterSize): Promise<OneNode> {
    const folder = await mkdtemp(join(work, 'one-'));
    const { pairs } = await seed(join(folder, 'data'), join(folder, 'lists'), { people: size.people, groupMembers: 2 });
    return new OneNode(new Servers(join(folder, 'data'), loader, signal), pairs);
  }

  async load(args: readonly string[]): Promise<OneLoad> {
    const parley = await this.#servers.shared();
    const { report, before } = await parley.load(this.#pairs, args);
    return { report, us: known(perOne(await parley.spentUntilCaughtUp(before), report.deliveries)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#servers[Symbol.asyncDispose]();
  }
}

function known(us: number | null): number {
  if (us === null) throw new Error('this system does not say what a process spends');
  return us;
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
function parleyUs(load: TownLoad): number {
  return sumOf(load, parleyProcesses);
}

function engineUs(load: TownLoad): number {
  return sumOf(load, engineNames);
}

function sumOf({ spent, report }: TownLoad, names: readonly string[]): number {
  const sum = names.reduce((total, name) => total + known(spent.get(name) ?? null), 0);
  return known(perOne(sum, report.deliveries));
}

/** What each process cost a message. */
function lineOf(name: string, load: TownLoad): string {
  const { spent, report, lagMs } = load;
  const each = [...spent].map(([who, us]) => `${who} ${Math.round(perOne(us, report.deliveries) ?? 0)}`).join(', ');
  const rate = Math.round(report.deliveries / report.seconds);
  return `${name}: ${rate} msg/s, p50 ${report.p50_ms} ms, p99 ${report.p99_ms} ms, stored ${Math.round(lagMs)} ms later; CPU us a message: ${each}`;
}
