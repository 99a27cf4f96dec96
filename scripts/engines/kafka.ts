// Kafka brokers on loopback, one process each, with the settings that Parley asks of a cluster: three copies, two of
// them for an acknowledgement, no leader that was behind, and the broker's own clock.

import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../program.ts';
import { type Daemon, listens, startDaemon } from './daemon.ts';
import { jars } from './jars.ts';

const version = '4.3.1';
const log4j = '2.24.3';
const startMs = 180_000;
const formatMs = 60_000;
/** Any 16 bytes; every broker of a cluster has the same. */
const clusterId = 'cGFybGV5LWNsdXN0ZXItMQ';
const memory = ['-Xms256m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Brokers of one cluster. */
export interface Kafka {
  readonly brokers: readonly string[];
  /** By number, from 0. */
  readonly nodes: readonly (Daemon | null)[];
  /** Starts a broker that was ended, on what it has on disk. */
  restart(at: number): Promise<void>;
  readonly end: () => Promise<void>;
}

/** Starts `count` brokers, each listening on `port` + 10 × its number and on the port after that. */
export async function startKafka(folder: string, port: number, count: number): Promise<Kafka> {
  const lib = await jars(`kafka-${version}`, [
    `org.apache.kafka:kafka_2.13:${version}`,
    `org.apache.kafka:kafka-tools:${version}`,
    `org.apache.logging.log4j:log4j-core:${log4j}`,
    `org.apache.logging.log4j:log4j-slf4j-impl:${log4j}`,
  ]);
  const all = Array.from({ length: count }, (_, at) => at);
  const start = (at: number) => startBroker({ lib, folder, port, count, at });
  await Promise.all(all.map((at) => format({ lib, folder, port, count, at })));
  const nodes: (Daemon | null)[] = await Promise.all(all.map(start));
  return {
    brokers: all.map((at) => `127.0.0.1:${port + 10 * at}`),
    nodes,
    async restart(at) {
      nodes[at] = await start(at);
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
  readonly count: number;
  readonly at: number;
}

async function format(broker: Broker): Promise<void> {
  const { lib, folder, at } = broker;
  await mkdir(join(folder, `kafka-${at}`), { recursive: true });
  writeFileSync(settingsFile(broker), settings(broker));
  writeFileSync(join(folder, `kafka-${at}`, 'log4j2.properties'), logging);
  const tool = ['kafka.tools.StorageTool', 'format', '--ignore-formatted', '--cluster-id', clusterId];
  const args = ['-cp', classPath(broker), ...tool, '--config', settingsFile(broker)];
  const { code, output } = await runProgram('java', args, { timeoutMs: formatMs });
  if (code !== 0) throw new Error(`Kafka could not format ${join(lib, '..')}: ${output.slice(-1_000)}`);
}

function startBroker(broker: Broker): Promise<Daemon> {
  const { folder, port, at } = broker;
  return startDaemon({
    name: `kafka ${at + 1}`,
    command: 'java',
    args: [...memory, '-cp', classPath(broker), 'kafka.Kafka', settingsFile(broker)],
    folder: join(folder, `kafka-${at}`),
    logFile: join(folder, `kafka-${at}.log`),
    ready: () => listens('127.0.0.1', port + 10 * at),
    readyMs: startMs,
  });
}

function classPath({ lib, folder, at }: Broker): string {
  return `${join(folder, `kafka-${at}`)}:${join(lib, 'jars', '*')}`;
}

function settingsFile({ folder, at }: Broker): string {
  return join(folder, `kafka-${at}`, 'server.properties');
}

const logging = `rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = stdout
appender.stdout.type = Console
appender.stdout.name = stdout
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d %p %c{1}: %m%n
`;

function settings({ folder, port, count, at }: Broker): string {
  const broker = (n: number) => port + 10 * n;
  const voters = Array.from({ length: count }, (_, n) => `${n + 1}@127.0.0.1:${broker(n) + 1}`).join(',');
  const copies = Math.min(3, count);
  const enough = Math.max(1, copies - 1);
  return `process.roles=broker,controller
node.id=${at + 1}
controller.quorum.voters=${voters}
listeners=PLAINTEXT://127.0.0.1:${broker(at)},CONTROLLER://127.0.0.1:${broker(at) + 1}
advertised.listeners=PLAINTEXT://127.0.0.1:${broker(at)}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, `kafka-${at}`, 'data')}
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
`;
}
