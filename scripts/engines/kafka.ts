// Kafka brokers on loopback, one process each, with the settings that Parley asks of a cluster: three copies, two of
// them for an acknowledgement, no leader that was behind, and the broker's own clock.

import { writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../program.ts';
import { type Daemon, listens, startDaemon } from './daemon.ts';
import { type Compiling, compilerFlags, jars } from './jars.ts';
import { loopback, type Place } from './place.ts';

const version = '4.3.1';
const log4j = '2.24.3';
const startMs = 180_000;
const toolMs = 60_000;
/** Any 16 bytes; every broker of a cluster has the same. */
const clusterId = 'cGFybGV5LWNsdXN0ZXItMQ';
/**
 * Everybody waits for the broker that stands still to collect: it does so seldom, and with both cores. Kept small beside
 * what is new is what is old: see `log.cleaner.dedupe.buffer.size`.
 */
const memory = ['-Xms384m', '-Xmx384m', '-Xmn256m', '-XX:+UseParallelGC', '-XX:ParallelGCThreads=2'];

/**
 * On one machine with everything else: a message passes Parley's processes and Redis in short steps, each of which would
 * wait its turn behind those of a broker.
 */
const niceness = 5;

/** Brokers of one cluster. */
export interface Kafka {
  readonly brokers: readonly string[];
  /** By number, from 0. */
  readonly nodes: readonly (Daemon | null)[];
  /** Starts a broker that was ended, on what it has on disk. */
  restart(at: number): Promise<void>;
  /** Starts a broker that was ended, on an empty disk: what it had is only on the others. */
  replace(at: number): Promise<void>;
  /** Changes settings of a topic. */
  configure(topic: string, settings: Readonly<Record<string, string>>): Promise<void>;
  /** The broker that leads the most partitions. */
  busiest(): Promise<number>;
  /** Has every partition all its copies? */
  isWhole(): Promise<boolean>;
  /** Every partition is led again by whom it is meant for, as brokers see to it by themselves every five minutes. */
  elect(): Promise<void>;
  readonly end: () => Promise<void>;
}

/** Starts `count` brokers, each listening on `port` + 10 × its number and on the port after that. */
export async function startKafka(
  folder: string,
  port: number,
  count: number,
  places: readonly Place[] = Array.from({ length: count }, () => loopback()),
  compiling: Compiling = 'soon',
): Promise<Kafka> {
  const lib = await jars(`kafka-${version}`, [
    `org.apache.kafka:kafka_2.13:${version}`,
    `org.apache.kafka:kafka-tools:${version}`,
    `org.apache.logging.log4j:log4j-core:${log4j}`,
    `org.apache.logging.log4j:log4j-slf4j-impl:${log4j}`,
  ]);
  const all = Array.from({ length: count }, (_, at) => at);
  const broker = (at: number): Broker => ({ lib, folder, port, places, compiling, at });
  const start = (at: number) => startBroker(broker(at));
  const servers = all.map((at) => hostAndPort(broker(at), at));
  const ask = (tool: string, args: readonly string[]) =>
    asked(broker(0), [tool, '--bootstrap-server', servers.join(','), ...args]);
  await Promise.all(all.map((at) => format(broker(at))));
  const nodes: (Daemon | null)[] = await Promise.all(all.map(start));
  return {
    brokers: servers,
    nodes,
    async restart(at) {
      nodes[at] = await start(at);
    },
    async replace(at) {
      await rm(dataFolder(broker(at)), { recursive: true });
      await format(broker(at));
      nodes[at] = await start(at);
    },
    async configure(topic, changes) {
      const add = Object.entries(changes).map(([name, value]) => `${name}=${value}`);
      const args = ['--alter', '--entity-type', 'topics', '--entity-name', topic, '--add-config', add.join(',')];
      await ask('kafka.admin.ConfigCommand', args);
    },
    async busiest() {
      const told = await ask('org.apache.kafka.tools.TopicCommand', ['--describe']);
      const leads = all.map((at) => told.split(`Leader: ${at + 1}\t`).length);
      return leads.indexOf(Math.max(...leads));
    },
    async isWhole() {
      return (await ask('org.apache.kafka.tools.TopicCommand', ['--describe', '--under-replicated-partitions'])) === '';
    },
    async elect() {
      await ask('org.apache.kafka.tools.LeaderElectionCommand', [
        '--election-type',
        'PREFERRED',
        '--all-topic-partitions',
      ]);
    },
    async end() {
      await Promise.all(nodes.map(async (node) => node?.end('SIGKILL')));
    },
  };
}

interface Broker {
  readonly lib: string;
  readonly folder: string;
  readonly port: number;
  readonly places: readonly Place[];
  readonly compiling: Compiling;
  readonly at: number;
}

/** What one of Kafka's tools says. */
async function asked(broker: Broker, args: readonly string[]): Promise<string> {
  const { code, output } = await runProgram('java', ['-cp', classPath(broker), ...args], { timeoutMs: toolMs });
  if (code !== 0) throw new Error(`${args[0]}: ${output.slice(-1_000)}`);
  return output.trim();
}

async function format(broker: Broker): Promise<void> {
  const { lib, folder, at } = broker;
  await mkdir(join(folder, `kafka-${at}`), { recursive: true });
  writeFileSync(settingsFile(broker), settings(broker));
  writeFileSync(join(folder, `kafka-${at}`, 'log4j2.properties'), logging);
  const tool = ['kafka.tools.StorageTool', 'format', '--ignore-formatted', '--cluster-id', clusterId];
  const args = ['-cp', classPath(broker), ...tool, '--config', settingsFile(broker)];
  const { code, output } = await runProgram('java', args, { timeoutMs: toolMs });
  if (code !== 0) throw new Error(`Kafka could not format ${join(lib, '..')}: ${output.slice(-1_000)}`);
}

function startBroker(broker: Broker): Promise<Daemon> {
  const { folder, port, places, at } = broker;
  const place = places[at] ?? loopback();
  return startDaemon({
    name: `kafka ${at + 1}`,
    place,
    command: 'java',
    niceness,
    args: [
      ...memory,
      ...compilerFlags[broker.compiling],
      '-cp',
      classPath(broker),
      'kafka.Kafka',
      settingsFile(broker),
    ],
    folder: join(folder, `kafka-${at}`),
    logFile: join(folder, `kafka-${at}.log`),
    ready: () => listens(place.address, port + 10 * at),
    readyMs: startMs,
  });
}

function classPath({ lib, folder, at }: Broker): string {
  return `${join(folder, `kafka-${at}`)}:${join(lib, 'jars', '*')}`;
}

function settingsFile({ folder, at }: Broker): string {
  return join(folder, `kafka-${at}`, 'server.properties');
}

function dataFolder({ folder, at }: Broker): string {
  return join(folder, `kafka-${at}`, 'data');
}

const logging = `rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = stdout
appender.stdout.type = Console
appender.stdout.name = stdout
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d %p %c{1}: %m%n
`;

/** Where broker `n` of its cluster listens. */
function hostAndPort({ port, places }: Broker, n: number, role: 'broker' | 'controller' = 'broker'): string {
  return `${(places[n] ?? loopback()).address}:${port + 10 * n + (role === 'broker' ? 0 : 1)}`;
}

function settings(broker: Broker): string {
  const { places, at } = broker;
  const voters = places.map((_, n) => `${n + 1}@${hostAndPort(broker, n, 'controller')}`).join(',');
  const copies = Math.min(3, places.length);
  const enough = Math.max(1, copies - 1);
  return `process.roles=broker,controller
node.id=${at + 1}
controller.quorum.voters=${voters}
listeners=PLAINTEXT://${hostAndPort(broker, at)},CONTROLLER://${hostAndPort(broker, at, 'controller')}
advertised.listeners=PLAINTEXT://${hostAndPort(broker, at)}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=${dataFolder(broker)}
num.partitions=8
default.replication.factor=${copies}
min.insync.replicas=${enough}
unclean.leader.election.enable=false
auto.create.topics.enable=false
offsets.topic.replication.factor=${copies}
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=${copies}
transaction.state.log.min.isr=${enough}
share.coordinator.state.topic.replication.factor=${copies}
share.coordinator.state.topic.min.isr=${enough}
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=6000
log.message.timestamp.type=LogAppendTime
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=8388608
`;
}
