// Cassandra nodes on loopback addresses, one process each: a ring of fixed tokens, so that three start in half a minute.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, listens, startDaemon } from './daemon.ts';
import { type Compiling, compilerFlags, jars } from './jars.ts';
import { loopback, type Place } from './place.ts';

const version = '5.0.6';
const startMs = 180_000;
/**
 * On one machine with everything else: nobody waits for the store before a message goes on, and its threads wake so often
 * that those who are waited for would not get a core in time (bench/README.md, "A cluster").
 */
const niceness = 17;
const nativePort = 9042;
const storagePort = 7000;
const jmxPort = 7199;

/** Nodes of one ring. */
export interface Cassandra {
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly dataCenter: string;
  readonly nodes: readonly (Daemon | null)[];
  restart(at: number): Promise<void>;
  readonly end: () => Promise<void>;
}

/** What is kept, and where a ring stands. `offset` sets its ports apart from those of another ring on this machine. */
interface Ring {
  readonly lib: string;
  readonly folder: string;
  readonly offset: number;
  readonly places: readonly Place[];
  readonly compiling: Compiling;
}

/** Starts `count` nodes, the first one before the others; unless it is said where, on 127.0.0.1 and the addresses after it. */
export async function startCassandra(
  folder: string,
  offset: number,
  count: number,
  places: readonly Place[] = Array.from({ length: count }, (_, at) => loopback(`127.0.0.${at + 1}`)),
  compiling: Compiling = 'soon',
): Promise<Cassandra> {
  const lib = await jars(`cassandra-${version}`, [`org.apache.cassandra:cassandra-all:${version}`]);
  const ring = { lib, folder, offset, places, compiling };
  // The others find the ring by the first.
  const first = await startNode(ring, 0);
  const others = Array.from({ length: count - 1 }, (_, n) => startNode(ring, n + 1));
  const nodes: (Daemon | null)[] = [first, ...(await Promise.all(others))];
  return {
    contactPoints: places.map(({ address }) => address),
    port: nativePort + offset,
    dataCenter: 'datacenter1',
    nodes,
    async restart(at) {
      nodes[at] = await startNode(ring, at);
    },
    async end() {
      await Promise.all(nodes.map(async (node) => node?.end('SIGKILL')));
    },
  };
}

function place({ places }: Ring, at: number): Place {
  return places[at] ?? loopback();
}

function startNode(ring: Ring, at: number): Promise<Daemon> {
  const folder = join(ring.folder, `cassandra-${at}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cassandra.yaml'), settings(ring, at, folder));
  writeFileSync(join(folder, 'logback.xml'), logging);
  return startDaemon({
    name: `cassandra ${at + 1}`,
    command: 'java',
    niceness,
    place: place(ring, at),
    args: [...flags(ring, at, folder), 'org.apache.cassandra.service.CassandraDaemon'],
    folder,
    logFile: join(ring.folder, `cassandra-${at}.log`),
    ready: () => listens(place(ring, at).address, nativePort + ring.offset),
    readyMs: startMs,
  });
}

/** Of a ring of three; the first ones of it in a smaller ring. */
const tokens = ['-9223372036854775808', '-3074457345618258603', '3074457345618258602'];

function settings(ring: Ring, at: number, folder: string): string {
  const { offset } = ring;
  const { address } = place(ring, at);
  return `cluster_name: parley
num_tokens: 1
initial_token: ${tokens[at]}
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "${place(ring, 0).address}:${storagePort + offset}"
listen_address: ${address}
rpc_address: ${address}
storage_port: ${storagePort + offset}
native_transport_port: ${nativePort + offset}
start_native_transport: true
auto_bootstrap: false
commitlog_sync: periodic
commitlog_sync_period: 10000ms
commitlog_segment_size: 16MiB
data_file_directories: ["${join(folder, 'data')}"]
commitlog_directory: ${join(folder, 'commitlog')}
saved_caches_directory: ${join(folder, 'saved_caches')}
hints_directory: ${join(folder, 'hints')}
cdc_raw_directory: ${join(folder, 'cdc_raw')}
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
paxos_variant: v2
memtable_heap_space: 64MiB
memtable_offheap_space: 64MiB
concurrent_compactors: 1
concurrent_reads: 8
concurrent_writes: 8
`;
}

const logging = `<configuration>
  <appender name="STDOUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="WARN"><appender-ref ref="STDOUT"/></root>
</configuration>
`;

const exported = [
  'java.base/jdk.internal.misc',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'java.base/java.lang.ref',
  'jdk.unsupported/sun.misc',
  'jdk.compiler/com.sun.tools.javac.file',
  'jdk.attach/sun.tools.attach',
];
const openPackages = {
  'java.base': [
    'java.lang',
    'java.lang.module',
    'java.lang.reflect',
    'java.io',
    'java.util',
    'java.util.concurrent',
    'java.util.concurrent.atomic',
    'java.nio',
    'sun.nio.ch',
    'jdk.internal.loader',
    'jdk.internal.ref',
    'jdk.internal.reflect',
    'jdk.internal.math',
    'jdk.internal.module',
    'jdk.internal.util.jar',
  ],
  'jdk.management': ['com.sun.management.internal'],
  'jdk.compiler': ['com.sun.tools.javac'],
} as const;

function flags({ lib, offset, compiling }: Ring, at: number, folder: string): readonly string[] {
  const inJars = join(lib, 'jars');
  const agent = readdirSync(inJars).find((name) => name.startsWith('jamm-'));
  const opened = Object.entries(openPackages).flatMap(([module, names]) => names.map((name) => `${module}/${name}`));
  return [
    ...['-Xms640m', '-Xmx640m', '-Xss512k', '-XX:+UseSerialGC', ...compilerFlags[compiling]],
    `-javaagent:${join(inJars, String(agent))}`,
    '-Djdk.attach.allowAttachSelf=true',
    '-Dio.netty.tryReflectionSetAccessible=true',
    '-Djava.net.preferIPv4Stack=true',
    ...exported.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]),
    ...opened.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
    `-Dcassandra.config=file://${join(folder, 'cassandra.yaml')}`,
    `-Dcassandra.storagedir=${folder}`,
    `-Dlogback.configurationFile=${join(folder, 'logback.xml')}`,
    '-Dcassandra-foreground=yes',
    '-Dcassandra.ring_delay_ms=1000',
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    '-Dcassandra.superuser_setup_delay_ms=0',
    '-Dcassandra.available_processors=2',
    `-Dcassandra.jmx.local.port=${jmxPort + offset + 10 * at}`,
    '-cp',
    `${folder}:${join(inJars, '*')}`,
  ];
}
