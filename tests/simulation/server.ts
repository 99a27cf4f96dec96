// The server's machine: log, database and directory that stay, and one program after another on them. Each program is
// a real node, or a real cluster, over simulated ports. It is started, crashes by itself or with the power, is stopped in
// order, is copied and restored.
import type { HttpRequest, HttpResponse } from '@parley/sdk';
import type { Hasher } from '../../packages/server/src/accounts/passwords.ts';
import type { Bus } from '../../packages/server/src/bus/bus.ts';
import type { NodeParts } from '../../packages/server/src/compose-node.ts';
import { MemoryEphemeral } from '../../packages/server/src/ephemeral/memory-ephemeral.ts';
import type { Wire } from '../../packages/server/src/gateway/wire.ts';
import { goawayGraceMs, sweepMs } from '../../packages/server/src/kernel/limits.ts';
import { silentEvents } from '../../packages/server/src/kernel/silent-events.ts';
import { FileLog } from '../../packages/server/src/log/file-log.ts';
import type { MemoryDisk } from '../../packages/server/src/log/memory-disk.ts';
import { MemoryBlobs } from '../../packages/server/src/media/memory-blobs.ts';
import { MemoryPresence } from '../../packages/server/src/presence/memory-presence.ts';
import type { Chance } from './chance.ts';
import { ClusterBus } from './cluster-bus.ts';
import type { Acceptor } from './connection.ts';
import { ServerDirectory } from './disk/server-directory.ts';
import { ServerDisk } from './disk/server-disk.ts';
import { ServerStore, type StoredTables } from './disk/server-store.ts';
import type { Front } from './front.ts';
import { Life } from './life.ts';
import { LossyBus } from './lossy-bus.ts';
import type { Network } from './network.ts';
import type { Plant } from './plants.ts';
import { composeProgram, type GatewayParts, type ServerProgram } from './programs.ts';
import { presenceOfGateway } from './shared-presence.ts';
import type { MachineClock, ProgramClock, WorldTime } from './timeline-clock.ts';
import type { Trace } from './trace.ts';

/** What the server shares with the world. */
export interface ServerParts {
  readonly time: WorldTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly trace: Trace;
  readonly plant: Plant;
  /** So many gateways and the owner of the log, over a store that is slow and durable; it cannot be restored. 0: one node. */
  readonly gateways: number;
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
  readonly running: ServerProgram;
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
    if (this.isCluster) this.store.leastSlowMs = clusterStoreMs;
  }

  get isCluster(): boolean {
    return this.gateways > 0;
  }

  get gateways(): number {
    return this.#parts.gateways;
  }

  get running(): boolean {
    return this.#program !== null;
  }

  /**
   * Must what it serves be as new as what was told at this time? A gateway that has just begun does not know what the one
   * before it told of before it was stored, and one of several not what another one did.
   */
  remembers(time: number): boolean {
    const [since, now] = [this.#servesSince, this.#parts.time.now()];
    if (this.gateways < 2) return !this.isCluster || time >= since || now - since > learnsMs;
    return now - time > learnsMs && time <= (this.#program?.running.storedTo() ?? 0);
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
    this.store.crash(power && !this.isCluster, this.#chance);
    this.disk.crash(power, this.#chance);
    this.#parts.network.orphan(!power || this.#chance.happens(0.5));
  }

  /** One of several gateways is gone; its machine goes on. */
  crashGateway(): void {
    const fronts = this.#program?.running.fronts ?? [];
    if (this.gateways < 2 || fronts.length === 0) return;
    const { life, acceptors } = this.#chance.pick(fronts);
    this.#parts.trace.note('server', 'loses a gateway');
    life.end();
    this.#parts.network.orphan(this.#chance.happens(0.5), acceptors);
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
    const { life, clock, running, log, stopping } = program;
    this.#parts.trace.note('server', 'is told to stop');
    clock.after(stopMs, () => this.crash(false));
    this.#parts.network.server = null;
    for (const { service, sockets } of running.fronts) {
      service.drain();
      for (const socket of sockets) socket.goaway(this.#chance.between(500, 5_000));
    }
    await new Promise<void>((resolve) => {
      clock.after(goawayGraceMs, resolve);
    });
    for (const { sockets } of running.fronts) for (const socket of [...sockets]) socket.close(1012, 'restart');
    stopping.abort();
    await running[Symbol.asyncDispose]();
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
    if (this.isCluster) return;
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
    return this.#front()?.accept(wire, device) ?? null;
  }

  serve(request: HttpRequest, device: string): Promise<HttpResponse> {
    return this.answer(request, this.#parts.tokenOf(device));
  }

  /** Serves a call of whoever holds this token. */
  answer(request: HttpRequest, token: string | null): Promise<HttpResponse> {
    const front = this.#front();
    if (this.#program === null || front === null) return Promise.reject(new Error('the server does not run'));
    const { signal } = this.#program.stopping;
    return front.answer({ request, token, signal, fault: (where, error) => this.#fault(front.life, where, error) });
  }

  /** Whoever answers: any of several. */
  #front(): Front | null {
    const [first = null, ...others] = this.#program?.running.fronts ?? [];
    return first === null || others.length === 0 ? first : this.#chance.pick([first, ...others]);
  }

  async #open(life: Life): Promise<void> {
    const { time, network, plant, rateFactor, gateways } = this.#parts;
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
    const bus = this.#busOf(life, clock, chance.fork());
    const parts = {
      log: plant.log?.(opened, clock) ?? opened,
      store: plant.store?.(store) ?? store,
      directory: this.directory.open(life, time, chance),
      bus: bus(life),
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
    const apart = (own: Life) => this.#partsApart(parts, own, bus(own), chance.fork());
    const running = composeProgram({ ...parts, life, apart, opened: (service) => plant.service?.(service) }, gateways);
    running.finished.catch((error: unknown) => {
      this.#fault(life, 'sequencer', error);
      onFatal();
    });
    await running.ready();
    const [front] = running.fronts;
    if (life.over || front === undefined) return;
    this.#restoredAt = null;
    this.epoch = front.service.epoch();
    this.#program = { life, clock, log: opened, running, stopping: new AbortController() };
    network.server = this;
    this.#servesSince = time.now();
    this.#parts.trace.note('server', `serves, epoch ${this.epoch}`);
    this.#sweep(this.#program);
  }

  /** Makes the bus, and each process its end of it. */
  #busOf(life: Life, clock: ProgramClock, chance: Chance): (life: Life) => Bus {
    const losses = () => {
      this.hasLostHints ||= this.losesHints > 0;
      return this.losesHints;
    };
    const fault = (error: unknown) => this.#fault(life, 'bus', error);
    if (this.gateways > 1) {
      const between = new ClusterBus({ time: this.#parts.time, chance, losses });
      return (own) => between.end(own, fault);
    }
    // The bus of a cluster numbers what it says.
    const bus = new LossyBus({ chance, losses, noticed: this.isCluster ? clock : null, fault });
    return () => bus;
  }

  /** What one of several gateways has: the same engines, as long as it lives. */
  #partsApart(parts: NodeParts, life: Life, bus: Bus, chance: Chance): GatewayParts {
    const { time } = this.#parts;
    const clock = this.clock.for(life);
    return {
      ...parts,
      ...{ clock, bus },
      log: life.fence(parts.log),
      store: this.store.open(life, time, chance),
      directory: this.directory.open(life, time, chance),
      presence: presenceOfGateway(parts.presence, life, time),
      ephemeral: life.fence(parts.ephemeral),
      random: chance.fork(),
      events: silentEvents((where, error) => this.#fault(life, where, error)),
      defer: (task) => void clock.after(0, task),
    };
  }

  #sweep(program: Program): void {
    program.clock.after(sweepMs, () => {
      for (const front of program.running.fronts) front.sweep();
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
