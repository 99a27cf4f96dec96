// One process of a cluster, in its role: a gateway, sequencers, or both, over the same engines. It promises that what was
// opened is closed in the reverse order, and that a process that stops hands its partitions over at once.
import type { Registry } from 'prom-client';
import { argonHasher } from './accounts/argon-hasher.ts';
import { Setup } from './accounts/setup.ts';
import { type ClusterEngines, kafkaParts, nodeName, openClusterEngines, openKeyspace } from './compose-engines.ts';
import { type Front, openFront } from './compose-front.ts';
import { composeGateway } from './compose-gateway.ts';
import { countReports } from './compose-metrics.ts';
import { type RunningSequencers, runSequencers } from './compose-sequencers.ts';
import type { Service } from './compose-use-cases.ts';
import type { Config } from './config.ts';
import { openCassandraDirectory } from './directory/cassandra-directory.ts';
import { whenThere } from './engines/when-there.ts';
import { addHealth, type Identity } from './gateway/documents.ts';
import { createHttp } from './gateway/http.ts';
import { hostClock } from './kernel/clock.ts';
import { engineStartMs } from './kernel/engine-limits.ts';
import type { Events } from './kernel/events.ts';
import { bytesPerGb, doorsOfGateway } from './kernel/limits.ts';
import { hostRandom } from './kernel/random.ts';
import { openKafkaLog } from './log/kafka-log.ts';
import { KafkaOwnership } from './log/kafka-ownership.ts';

/** What a process of a cluster is composed of. */
export interface ClusterParts {
  readonly config: Config;
  readonly version: string;
  readonly events: Events;
  readonly registry: Registry;
  readonly webFolder: string;
  /** Aborted: engines that are not there are waited for no longer. */
  readonly stopping: AbortSignal;
}

/** A process that runs. */
export interface RunningProcess extends Pick<Front, 'port' | 'url'> {
  readonly identity: Identity;
  /** Stops: not ready, nobody new, what is under way finished, partitions handed over, all closed. */
  stop(): Promise<void>;
}

const standardPort = 8420;

/** All engines or none: what was opened of others is closed before it is tried again. */
async function openWhole(
  { config, events }: ClusterParts,
  hasSockets: boolean,
  opened: AsyncDisposableStack,
): Promise<ClusterEngines> {
  await using tried = new AsyncDisposableStack();
  const engines = await openClusterEngines(config, events, hasSockets, tried);
  opened.use(tried.move());
  return engines;
}

/** The clock's timers keep no process alive, and while engines are waited for nothing else does. */
function staysAwake(): Disposable {
  const timer = setInterval(() => {}, engineStartMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Starts it. @throws {LogRefused | EngineRefused | Unavailable | PortTaken} with words for the operator */
export async function composeCluster(parts: ClusterParts): Promise<RunningProcess> {
  const { config, events, registry } = parts;
  await using opened = new AsyncDisposableStack();
  using _awake = staysAwake();
  const hasSockets = config.role !== 'sequencer';
  const engines = await whenThere(
    () => openWhole(parts, hasSockets, opened),
    hostClock.steady,
    (error) => events.fault('engines', error),
    parts.stopping,
  );
  const identity = { node: nodeName(config), zone: config.zone, role: config.role };
  const owner = config.role === 'gateway' ? null : opened.use(createSequencers(parts, engines));
  const service = hasSockets ? opened.use(createGateway(parts, engines)) : null;
  await service?.ready();
  const notReady = () =>
    engines.log.problem ?? (owner !== null && owner.owned.length === 0 ? 'no partitions yet' : null);
  const front =
    service === null
      ? await openHealth(parts, { identity, notReady, registry }, opened)
      : await openFront(
          {
            ...parts,
            service,
            identity,
            doors: doorsOfGateway,
            takePort: (listenOn) => listenOn(config.port ?? standardPort),
          },
          opened,
        );
  const closing = opened.move();
  return {
    port: front.port,
    url: front.url,
    identity,
    async stop() {
      service?.drain();
      await front.drain();
      await closing.disposeAsync();
    },
  };
}

/** A link that makes the first operator; null when there is one. */
export async function clusterSetupLink(config: Config): Promise<string | null> {
  await using session = await openKeyspace(config);
  await using directory = await openCassandraDirectory(session);
  const link = await new Setup({ directory, clock: hostClock, random: hostRandom }).link();
  return link === null
    ? null
    : `${config.publicUrl ?? `http://localhost:${config.port ?? standardPort}`}/setup#${link.secret}`;
}

function createSequencers(parts: ClusterParts, engines: ClusterEngines): RunningSequencers {
  const { config } = parts;
  const damaged = { ...kafkaParts(config), topic: `${config.cluster}.damaged`, partitions: 1 };
  return runSequencers({
    ...engines,
    ...parts,
    ownership: owned(parts),
    openDeadLetters: () => openKafkaLog(damaged, (error) => parts.events.fault('dead letters', error)),
  });
}

function owned({ config, events }: ClusterParts): KafkaOwnership {
  return new KafkaOwnership({
    kafka: kafkaParts(config),
    group: `${config.cluster}.sequencers`,
    node: nodeName(config),
    fault: (error) => events.fault('ownership', error),
  });
}

function createGateway({ config, version, events, registry }: ClusterParts, engines: ClusterEngines): Service {
  countReports(registry, engines.directory);
  return composeGateway({
    ...engines,
    asOf: () => engines.store.asOf(),
    retentionMs: engines.log.retentionMs,
    startedAt: hostClock.now(),
    clock: hostClock,
    random: hostRandom,
    events,
    hasher: argonHasher(hostRandom),
    policy: { signup: config.signup, guests: config.guests, people: config.people, serverName: config.name, version },
    defer: setImmediate,
    rateFactor: config.rateFactor,
    fileBytesPerAccount: config.filesGb * bytesPerGb,
  });
}

interface Health {
  readonly identity: Identity;
  readonly notReady: () => string | null;
  readonly registry: Registry;
}

/** Sequencers have no clients: only probes ask them something. */
async function openHealth(
  { config, events }: ClusterParts,
  { identity, notReady }: Health,
  opened: AsyncDisposableStack,
): Promise<Pick<Front, 'port' | 'url' | 'drain'>> {
  let isStopping = false;
  const app = createHttp({ random: hostRandom, events, tls: null, publicOrigin: null, isSecure: () => false });
  opened.defer(() => app.close());
  addHealth(app, {
    identity,
    notReady: () => (isStopping ? 'draining' : notReady()),
    alarms: () => events.alarms().map(({ name }) => name),
  });
  await app.listen({ port: config.port ?? standardPort, host: config.host });
  const { port } = app.server.address() as { readonly port: number };
  return {
    port,
    url: `http://${config.host}:${port}`,
    async drain() {
      isStopping = true;
    },
  };
}
