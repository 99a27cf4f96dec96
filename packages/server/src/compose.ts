// The embedded server of one data folder: opens the engines, builds the node, puts HTTP and sockets before it. It is
// the one place that knows every adapter. It promises that nothing is listened to before everything is ready, and that
// what was opened is closed in the reverse order.
import type { Registry } from 'prom-client';
import { argonHasher } from './accounts/argon-hasher.ts';
import { LocalBus } from './bus/local-bus.ts';
import { epochAfterRestore, forgetRestore, restoredAt } from './compose-backup.ts';
import { type Data, openData } from './compose-data.ts';
import { makeEchoBot } from './compose-echo-bot.ts';
import { blobFolder } from './compose-files.ts';
import { type Front, openFront } from './compose-front.ts';
import { countReports, countSequencer, folderBytes } from './compose-metrics.ts';
import { composeNode, type Node } from './compose-node.ts';
import type { Config } from './config.ts';
import type { Directory } from './directory/directory.ts';
import { MemoryEphemeral } from './ephemeral/memory-ephemeral.ts';
import type { DataFolder } from './host/data-folder.ts';
import { listenOnFirst, portsToTry } from './host/ports.ts';
import { hostClock } from './kernel/clock.ts';
import type { Events } from './kernel/events.ts';
import { bytesPerGb } from './kernel/limits.ts';
import { hostRandom } from './kernel/random.ts';
import type { FileLog } from './log/file-log.ts';
import type { Blobs } from './media/blobs.ts';
import { MemoryPresence } from './presence/memory-presence.ts';
import type { SqliteStore } from './store/sqlite-store.ts';

/** What the server is composed of. */
export interface ComposeParts {
  readonly config: Config;
  readonly folder: DataFolder;
  readonly version: string;
  readonly events: Events;
  readonly registry: Registry;
  /** Where the built web app is. */
  readonly webFolder: string;
  /** Something failed for good: the process must end. May be called more than once. */
  readonly onFatal: (error: Error) => void;
}

/** A server that listens. */
export interface RunningServer {
  readonly node: Node;
  readonly log: FileLog;
  readonly store: SqliteStore;
  readonly directory: Directory;
  readonly blobs: Blobs;
  readonly port: number;
  /** The first token of the echo bot, at the start that made it. */
  readonly echoToken: string | null;
  /** Where people reach it. */
  readonly url: string;
  /** The standard port, when this start could not have it and keeps another one; else null. */
  readonly portTaken: number | null;
  /** Reads certificate and key again. Throws when they cannot be used; the ones before then stay. */
  renewCertificate(): void;
  /** Stops: not ready, nobody new, everybody asked to come back, what is under way finished, all closed. */
  stop(): Promise<void>;
}

const standardPort = 8420;

/**
 * Starts the server.
 * @throws {LogRefused | UnusableStore | UnusableDirectory | PortTaken} with words for the operator
 */
export async function compose(parts: ComposeParts): Promise<RunningServer> {
  await using opened = new AsyncDisposableStack();
  const stopped = (why: string) => parts.onFatal(new Error(`The directory cannot be written any more: ${why}`));
  const onFault = (error: Error) => parts.events.fault('log', error);
  const dataOptions = { onFatal: parts.onFatal, onFault, stopped, defer: setImmediate };
  const engines = await openData(parts.folder, dataOptions, opened);
  const node = opened.use(createNode(parts, engines));
  await node.ready();
  if (engines.lacksFiles) await keepFiles(parts, node);
  forgetRestore(parts.folder.path);
  const echoToken = parts.config.echoBot ? await makeEchoBot(node, parts.events) : null;
  const front = await listen(parts, node, opened);
  const closing = opened.move();
  return {
    node,
    echoToken,
    ...engines,
    ...front,
    async stop() {
      node.drain();
      await front.drain();
      await closing.disposeAsync();
    },
  };
}

function createNode({ config, folder, version, events, registry, onFatal }: ComposeParts, engines: Data): Node {
  const startedAt = hostClock.now();
  const restored = restoredAt(folder.path);
  const node = composeNode({
    ...engines,
    bus: new LocalBus((error) => events.fault('bus', error)),
    ephemeral: new MemoryEphemeral(hostClock),
    presence: new MemoryPresence(hostClock, (error) => events.fault('presence', error)),
    clock: hostClock,
    random: hostRandom,
    events,
    hasher: argonHasher(hostRandom),
    policy: {
      signup: config.signup,
      guests: config.guests,
      people: config.people,
      serverName: config.name,
      version,
    },
    defer: setImmediate,
    rateFactor: config.rateFactor,
    fileBytesPerAccount: config.filesGb * bytesPerGb,
    nextEpoch: restored === null ? null : (epoch) => epochAfterRestore(epoch, restored),
    facts: async () => ({ uptimeMs: hostClock.now() - startedAt, dataBytes: await folderBytes(folder.path) }),
  });
  node.finished.catch(onFatal);
  countSequencer(registry, node, engines.log);
  countReports(registry, engines.directory);
  return node;
}

/** Of files that are away nothing is forgotten: they may come back. */
async function keepFiles({ events, folder }: ComposeParts, node: Node): Promise<void> {
  await node.holdFiles();
  events.alarm(
    'files.missing',
    `None of the files that people sent is in ${folder.file(blobFolder)}. Mount it or copy it back, and restart.`,
  );
}

/** The front, on a port that is kept in the folder. */
async function listen(
  { config, folder, version, events, webFolder }: ComposeParts,
  node: Node,
  opened: AsyncDisposableStack,
): Promise<Front & { readonly portTaken: number | null }> {
  let portTaken: number | null = null;
  const front = await openFront(
    {
      ...{ config, version, events, webFolder, service: node },
      async takePort(listenOn) {
        const taken = await takePort(config, folder, listenOn);
        portTaken = taken.portTaken;
        return taken.port;
      },
    },
    opened,
  );
  return { ...front, portTaken };
}

async function takePort(
  config: Config,
  folder: DataFolder,
  listenOn: (port: number) => Promise<number>,
): Promise<Pick<RunningServer, 'port' | 'portTaken'>> {
  const { ports, keep } = portsToTry({ asked: config.port, kept: folder.keptPort(), standard: standardPort });
  const port = await listenOnFirst(ports, listenOn);
  if (keep) folder.keepPort(port);
  return { port, portTaken: keep && port !== standardPort ? standardPort : null };
}
