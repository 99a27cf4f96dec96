// The server's machine: log, database and directory that stay, and one program after another on them. Each program is
// a real node over simulated ports. It is started, crashes by itself or with the power, is stopped in order, is copied
// and restored.
import type { HttpRequest, HttpResponse } from '@parley/sdk';
import type { Hasher } from '../../packages/server/src/accounts/passwords.ts';
import { MemoryEphemeral } from '../../packages/server/src/ephemeral/memory-ephemeral.ts';
import { Socket } from '../../packages/server/src/gateway/socket.ts';
import type { Wire } from '../../packages/server/src/gateway/wire.ts';
import { goawayGraceMs, sweepMs } from '../../packages/server/src/kernel/limits.ts';
import { silentEvents } from '../../packages/server/src/kernel/silent-events.ts';
import { FileLog } from '../../packages/server/src/log/file-log.ts';
import type { MemoryDisk } from '../../packages/server/src/log/memory-disk.ts';
import { MemoryBlobs } from '../../packages/server/src/media/memory-blobs.ts';
import { MemoryPresence } from '../../packages/server/src/presence/memory-presence.ts';
import type { Chance } from './chance.ts';
import type { Acceptor } from './connection.ts';
import { serveCall } from './desk.ts';
import { ServerDirectory } from './disk/server-directory.ts';
import { ServerDisk } from './disk/server-disk.ts';
import { ServerStore, type StoredTables } from './disk/server-store.ts';
import { Life } from './life.ts';
import { LossyBus } from './lossy-bus.ts';
import type { Network } from './network.ts';
import type { Plant } from './plants.ts';
import { composeProgram, type ServerProgram } from './programs.ts';
import type { MachineClock, ProgramClock, WorldTime } from './timeline-clock.ts';
import type { Trace } from './trace.ts';

/** What the server shares with the world. */
export interface ServerParts {
  readonly time: WorldTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly trace: Trace;
  readonly plant: Plant;
  /** A gateway and the owner of the log, over a store that is slow and durable; it cannot be restored. */
  readonly isCluster: boolean;
  readonly rateFactor: number;
  /** Token of a device, for its calls. */
  readonly tokenOf: (device: string) => string | null;
  /** A fault of ours: the run has failed. */
  readonly bug: (where: string, error: unknown) => void;
}

/** A copy of everything at one moment. */
interface Backup {
  readonly disk: MemoryDisk;
  readonly tables: StoredTables;
  readonly directory: number;
}

interface Program {
  readonly life: Life;
  readonly clock: ProgramClock;
  readonly log: FileLog;
  readonly node: ServerProgram;
  readonly sockets: Set<Socket>;
  readonly stopping: AbortController;
}

/** How long a machine waits before it starts a program that has ended. Milliseconds. */
const restartMs = 1_000;
/** A program that does not stop in order in this time is ended. */
const stopMs = 25_000;
/** Small, so that segments are sealed and dropped in a short run. */
const segmentBytes = 24 * 1024;
const stepBytes = 8 * 1024;
/** The store of a cluster takes up to so long for a transaction, often longer than hints wait for it. Milliseconds. */
const clusterStoreMs = 600;
/** In so long it has heard, and the store has, what was told before it began. Milliseconds. */
const learnsMs = 5_000;

/** The machine. */
export class Server {
  readonly clock: MachineClock;
  readonly disk = new ServerDisk();
  readonly store = new ServerStore();
  readonly directory = new ServerDirectory();
  /** Probability that the bus loses a hint. */
  losesHints = 0;
  /** Were there ever hints that were lost? */
  hasLostHints = false;
  /** Was the clock ever set? Also one that is right again may be behind the log. */
  hasBeenSet = false;
  /** Is a program to run? */
  wanted = false;
  epoch = 1;
  readonly #parts: ServerParts;
  readonly #chance: Chance;
  #servesSince = 0;
  #life: Life | null = null;
  #program: Program | null = null;
  #backup: Backup | null = null;
  /** Restored and not yet marked so in the log. */
  #restoredAt: number | null = null;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#chance = parts.chance.fork();
    this.clock = parts.time.machine(0);
    if (parts.isCluster) this.store.leastSlowMs = clusterStoreMs;
  }

  get isCluster(): boolean {
    return this.#parts.isCluster;
  }

  get running(): boolean {
    return this.#program !== null;
  }

  /**
   * Must what it serves be as new as what was told at this time? A gateway that has just begun does not know what the one
   * before it told of before it was stored.
   */
  remembers(time: number): boolean {
    const since = this.#servesSince;
    return !this.#parts.isCluster || time >= since || this.#parts.time.now() - since > learnsMs;
  }

  get node(): ServerProgram | null {
    return this.#program?.node ?? null;
  }

  /** Somebody, or something, sets the machine's clock. */
  setClock(byMs: number): void {
    this.clock.offMs += byMs;
    this.hasBeenSet = true;
  }

  /** Starts a program, and another one whenever it ends by itself. */
  start(): void {
    this.wanted = true;
    if (this.#life !== null) return;
    const life = new Life();
    this.#life = life;
    life.onEnd(() => this.#ended(life));
    this.#open(life).catch((error: unknown) => {
      if (life.over) return;
      // What an operator would have to look at is a failure of the run; what passes is tried again.
      if (!isPassing(error)) this.#parts.bug('start', error);
      this.#parts.trace.note('server', `does not start: ${String(error)}`);
      this.crash(false);
    });
  }

  /** The program is gone in the middle of its work; with `power` the machine has gone down, too. */
  crash(power: boolean): void {
    const life = this.#life;
    if (life === null) return;
    this.#parts.trace.note('server', power ? 'loses its power' : 'is killed');
    life.end();
    this.store.crash(power && !this.#parts.isCluster, this.#chance);
    this.disk.crash(power, this.#chance);
    this.#parts.network.orphan(!power || this.#chance.happens(0.5));
  }

  /** The run is over. */
  end(): void {
    this.wanted = false;
    this.#life?.end();
  }

  /** Stops the program as SIGTERM does. */
  async stop(): Promise<void> {
    const program = this.#program;
    if (program === null) return;
    const { life, clock, node, log, sockets, stopping } = program;
    this.#parts.trace.note('server', 'is told to stop');
    clock.after(stopMs, () => this.crash(false));
    node.drain();
    this.#parts.network.server = null;
    for (const socket of sockets) socket.goaway(this.#chance.between(500, 5_000));
    await new Promise<void>((resolve) => {
      clock.after(goawayGraceMs, resolve);
    });
    for (const socket of [...sockets]) socket.close(1012, 'restart');
    stopping.abort();
    await node[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    if (life.over) return;
    this.#parts.trace.note('server', 'has stopped');
    life.end();
    this.store.crash(false, this.#chance);
    this.disk.crash(false, this.#chance);
    this.#parts.network.orphan(true);
  }

  /** Copies store, then log, then directory, as a backup does while the program runs. */
  backUp(): void {
    if (this.#parts.isCluster) return;
    this.#parts.trace.note('server', 'is backed up');
    const tables = this.store.copy();
    this.#backup = { tables, disk: this.disk.copy(), directory: this.directory.length };
  }

  /** Puts the backup in the place of what is there; the program is gone before. False: there is none. */
  async restore(): Promise<boolean> {
    const backup = this.#backup;
    if (backup === null) return false;
    this.crash(false);
    this.#parts.trace.note('server', 'is restored');
    this.store.restore(backup.tables);
    this.disk.restore(backup.disk);
    this.#restoredAt = Math.max(this.clock.for(new Life()).now(), 1_000 * (this.epoch + 1));
    await this.directory.restore(backup.directory);
    return true;
  }

  accept(wire: Wire, device: string): Acceptor | null {
    const program = this.#program;
    if (program === null || program.node.notReady() === 'draining') return null;
    const { life, node, sockets } = program;
    const gone = (socket: Socket) => sockets.delete(socket);
    const socket = new Socket(life.fence(wire), { ...node.socketParts, gone }, null, `192.0.2.${device.length}`);
    sockets.add(socket);
    return {
      receive: (text) => {
        if (!life.over) socket.receive(text);
      },
      heard: () => {
        if (!life.over) socket.heard();
      },
      closed: (code) => {
        if (!life.over) socket.closed(code);
      },
    };
  }

  serve(request: HttpRequest, device: string): Promise<HttpResponse> {
    return this.answer(request, this.#parts.tokenOf(device));
  }

  /** Serves a call of whoever holds this token. */
  answer(request: HttpRequest, token: string | null): Promise<HttpResponse> {
    const program = this.#program;
    if (program === null) return Promise.reject(new Error('the server does not run'));
    const { life, node, stopping } = program;
    const fault = (where: string, error: unknown) => this.#fault(life, where, error);
    const desk = { routes: node.handlers, authenticate: node.authenticate, signal: stopping.signal, fault };
    return new Promise((resolve, reject) => {
      life.onEnd(() => reject(new Error('the server is gone')));
      life.hold(serveCall(desk, request, token)).then(resolve, reject);
    });
  }

  async #open(life: Life): Promise<void> {
    const { time, network, plant, rateFactor, isCluster } = this.#parts;
    const chance = this.#chance.fork();
    const clock = this.clock.for(life);
    const disk = this.disk.open(life, time, chance);
    const onFatal = () => {
      if (!life.over) this.crash(false);
    };
    const opened = await FileLog.open({ disk, clock, random: chance.fork(), onFatal, segmentBytes, stepBytes });
    if (life.over) return;
    const events = silentEvents((where, error) => this.#fault(life, where, error));
    const restoredAt = this.#restoredAt;
    const store = this.store.open(life, time, chance);
    const bus = new LossyBus({
      chance: chance.fork(),
      losses: () => {
        this.hasLostHints ||= this.losesHints > 0;
        return this.losesHints;
      },
      // The bus of a cluster numbers what it says.
      noticed: isCluster ? clock : null,
      fault: (error) => this.#fault(life, 'bus', error),
    });
    const parts = {
      log: plant.log?.(opened, clock) ?? opened,
      store: plant.store?.(store) ?? store,
      directory: this.directory.open(life, time, chance),
      bus,
      presence: new MemoryPresence(clock, (error) => this.#fault(life, 'presence', error)),
      ephemeral: new MemoryEphemeral(clock),
      blobs: new MemoryBlobs(clock),
      fileBytesPerAccount: 1_000_000_000,
      clock,
      random: chance.fork(),
      events,
      hasher: quickHasher,
      policy: { signup: 'open', guests: false, people: 'members', serverName: 'Simulated', version: '0' } as const,
      defer: (task: () => void) => void clock.after(0, task),
      rateFactor,
      nextEpoch: restoredAt === null ? null : (epoch: number) => Math.max(epoch + 1, Math.floor(restoredAt / 1_000)),
      facts: async () => ({ uptimeMs: 0, dataBytes: 0 }),
    };
    const node = composeProgram(parts, isCluster);
    node.finished.catch((error: unknown) => {
      this.#fault(life, 'sequencer', error);
      onFatal();
    });
    await node.ready();
    if (life.over) return;
    plant.node?.(node);
    this.#restoredAt = null;
    this.epoch = node.epoch();
    this.#program = { life, clock, log: opened, node, sockets: new Set(), stopping: new AbortController() };
    network.server = this;
    this.#servesSince = time.now();
    this.#parts.trace.note('server', `serves, epoch ${this.epoch}`);
    this.#sweep(this.#program);
  }

  #sweep(program: Program): void {
    program.clock.after(sweepMs, () => {
      const now = program.clock.elapsed();
      for (const socket of program.sockets) socket.sweep(now);
      this.#sweep(program);
    });
  }

  #ended(life: Life): void {
    if (this.#life !== life) return;
    this.#life = null;
    this.#program = null;
    this.#parts.network.server = null;
    this.#parts.time.after(restartMs, () => {
      if (this.wanted) this.start();
    });
  }

  /** Faults of the world are expected, those of a program that is ending too; others are bugs. */
  #fault(life: Life, where: string, error: unknown): void {
    if (!life.over && !isPassing(error)) this.#parts.bug(where, error);
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'LogRefused') return 'reason' in error && (error.reason === 'full' || error.reason === 'denied');
  return ['Unavailable', 'Conflict', 'OutcomeUnknown', 'SyncFailed', 'DiskFull', 'AbortError'].includes(error.name);
}

/** Nobody attacks a simulated server. */
const quickHasher: Hasher = {
  hash: async (password) => `quick:${password}`,
  verify: async (stored, password) => stored === `quick:${password}`,
  isOutdated: () => false,
};
