// A cluster for the load generator: the engines of `npm run cluster` in a folder of this run, two sequencers, two gateways,
// and people who talk in pairs across the gateways. What it costs is counted by process: Parley's apart from each engine's.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openCassandraDirectory } from '../../packages/server/src/directory/cassandra-directory.ts';
import { openCassandra } from '../../packages/server/src/engines/cassandra.ts';
import type { CassandraSession } from '../../packages/server/src/engines/cassandra-session.ts';
import { hostClock } from '../../packages/server/src/kernel/clock.ts';
import { hostRandom } from '../../packages/server/src/kernel/random.ts';
import { type KafkaLog, openKafkaLog } from '../../packages/server/src/log/kafka-log.ts';
import { type CassandraStore, openCassandraStore } from '../../packages/server/src/store/cassandra-store.ts';
import type { ClusterEngines } from '../../scripts/cluster/engines.ts';
import { type ServerProcess, startServer } from '../../scripts/cluster/server-process.ts';
import { spentOf, timesOf } from '../cpu.ts';
import type { Span } from '../cpu-profile.ts';
import { type LoaderReport, type Run, startLoader } from '../loader.ts';
import { believe } from '../parley.ts';
import { appendAll, makePeople, pairLines, pairRecords, signUpAll } from '../seed.ts';

/** What a town is opened with. */
export interface TownParts {
  readonly engines: ClusterEngines;
  /** A folder for lists and logs. */
  readonly work: string;
  readonly loader: string;
  readonly people: number;
  readonly signal: AbortSignal;
  /** Added to the environment of Parley's processes. */
  readonly more?: Readonly<Record<string, string>>;
}

/** A run of the load generator, and what was spent meanwhile and until all of it was stored. Microseconds. */
export interface TownLoad {
  readonly report: LoaderReport;
  /** By whom: `gateways`, `sequencers`, and each engine by name. */
  readonly spent: ReadonlyMap<string, number | null>;
  /** How long after the end everything was stored. */
  readonly lagMs: number;
  /** What was measured, in microseconds of the monotonic clock. */
  readonly span: Span;
}

const ports = { gateways: [27_431, 27_432], sequencers: [27_441, 27_442] } as const;
/** As in the drills: three small brokers that copy 128 pay for each of them with every message. */
const partitions = 16;
const lookMs = 50;
/** Sign-ups at once: each is several conditional writes. */
const signUpsAtOnce = 50;

/** The cluster, until it is disposed of. The engines stay their owner's. */
export class Town implements AsyncDisposable {
  readonly #parts: TownParts;
  readonly #opened: AsyncDisposableStack;
  readonly #log: KafkaLog;
  readonly #store: CassandraStore;
  readonly #processes: readonly ServerProcess[];
  readonly #pairs: string;

  private constructor(
    parts: TownParts,
    opened: AsyncDisposableStack,
    rest: {
      readonly log: KafkaLog;
      readonly store: CassandraStore;
      readonly processes: readonly ServerProcess[];
      readonly pairs: string;
    },
  ) {
    this.#parts = parts;
    this.#opened = opened;
    this.#log = rest.log;
    this.#store = rest.store;
    this.#processes = rest.processes;
    this.#pairs = rest.pairs;
  }

  static async open(parts: TownParts): Promise<Town> {
    await using opened = new AsyncDisposableStack();
    const { engines, work, signal } = parts;
    const name = `bench${Date.now().toString(36)}`;
    await mkdir(work, { recursive: true });
    const session = opened.use(await openSession(engines, name));
    const topic = { brokers: engines.kafka.brokers, topic: `${name}.records`, partitions, clientId: 'bench' };
    const log = opened.use(await openKafkaLog({ ...topic, tls: false, unsafe: false }));
    const store = opened.use(await openCassandraStore({ session, logId: log.id, partitions, clock: hostClock }));
    const pairs = await settle(parts, session, log);
    const settings = {
      ...engines.settings,
      ...parts.more,
      PARLEY_CLUSTER: name,
      PARLEY_CASSANDRA_KEYSPACE: name,
      PARLEY_PARTITIONS: String(partitions),
      PARLEY_SIGNUP: 'open',
      PARLEY_RATE_FACTOR: '1000000',
      PARLEY_LOG_LEVEL: 'error',
    };
    const processes: ServerProcess[] = [];
    for (const [role, all] of [
      ['sequencer', ports.sequencers],
      ['gateway', ports.gateways],
    ] as const)
      for (const [n, port] of all.entries()) {
        signal.throwIfAborted();
        const own = `${role}-${n + 1}`;
        const server = await startServer({ name: own, role, port, settings, logFile: join(work, `${own}.log`) });
        opened.defer(async () => void (await server.end()));
        processes.push(server);
      }
    const town = new Town(parts, opened.move(), { log, store, processes, pairs });
    await town.storeCaughtUp();
    return town;
  }

  /** Parley's processes and their names. */
  get pids(): readonly (readonly [pid: number, name: string])[] {
    return this.#processes.map(({ pid, name }) => [pid, name]);
  }

  /** Load whose figures nobody looks at: engines that have just started answer some of it too late. */
  async warm(args: readonly string[]): Promise<void> {
    await this.#run(args).report;
    await this.storeCaughtUp();
  }

  /** Rejects when a message was lost, repeated or out of order. */
  async load(args: readonly string[]): Promise<TownLoad> {
    const run = this.#run(args);
    await run.said('measuring');
    const before = this.#times();
    const from = monotonicUs();
    await run.said('measured');
    const to = monotonicUs();
    const end = performance.now();
    const report = await run.report;
    believe(report);
    await this.storeCaughtUp();
    const after = this.#times();
    const spent = new Map([...after].map(([who, until]) => [who, spentOf(before.get(who) ?? [], until)]));
    return { report, spent, lagMs: performance.now() - end, span: { from, to } };
  }

  /** Resolves when the positions in the store are the ends of the log. */
  async storeCaughtUp(): Promise<void> {
    for (let partition = 0; partition < partitions; partition++) {
      await this.#log.look(partition);
      for (;;) {
        this.#parts.signal.throwIfAborted();
        const own = await this.#store.partition(partition);
        if ((own.applied()?.offset ?? -1) + 1 >= this.#log.end(partition)) break;
        await wait(lookMs);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }

  /** Lines 2n at the first gateway, 2n + 1 at the second. */
  #run(args: readonly string[]): Run {
    const [first, second] = ports.gateways;
    const crossing = ['--port', String(first), '--second-port', String(second)];
    return startLoader(this.#parts.loader, [...crossing, '--accounts', this.#pairs, ...args], this.#parts.signal);
  }

  #times() {
    const { kafka, cassandra, redis } = this.#parts.engines;
    const ofRole = (role: string) => this.#processes.filter(({ name }) => name.startsWith(role)).map(({ pid }) => pid);
    const ofNodes = (nodes: typeof kafka.nodes) => nodes.flatMap((node) => node?.pid ?? []);
    return new Map([
      ['gateways', timesOf(ofRole('gateway'))],
      ['sequencers', timesOf(ofRole('sequencer'))],
      ['kafka', timesOf(ofNodes(kafka.nodes))],
      ['cassandra', timesOf(ofNodes(cassandra.nodes))],
      ['redis', timesOf([redis.node.pid])],
    ]);
  }
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function openSession({ cassandra }: ClusterEngines, keyspace: string): Promise<CassandraSession> {
  const { contactPoints, port, dataCenter } = cassandra;
  return openCassandra({ contactPoints, port, dataCenter, keyspace, tls: false, unsafe: false });
}

/** People and their conversations; resolves to the list for the load generator. */
async function settle({ work, people: count }: TownParts, session: CassandraSession, log: KafkaLog): Promise<string> {
  await using directory = await openCassandraDirectory(session);
  const people = makePeople(count, hostRandom);
  await signUpAll(directory, people, signUpsAtOnce);
  await appendAll(log, pairRecords(people));
  const pairs = join(work, 'pairs.txt');
  await writeFile(pairs, pairLines(people));
  return pairs;
}
