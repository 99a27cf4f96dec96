// What goes wrong in a run. Which faults there are at all, and how often, is drawn first: so some runs are stormy, some
// have one fault only, and some none. Then each comes at times of its own, until everything is healed.
import type { Chance } from './chance.ts';
import type { Device } from './device.ts';
import { soundDisk } from './disk/server-disk.ts';
import { calm, type Network } from './network.ts';
import type { Server } from './server.ts';
import type { WorldTime } from './timeline-clock.ts';
import type { Trace } from './trace.ts';

/** What can go wrong. */
export interface FaultWorld {
  readonly time: WorldTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly server: Server;
  readonly trace: Trace;
  /** Devices that are not signed out. */
  readonly devices: () => readonly Device[];
  readonly bug: (where: string, error: unknown) => void;
  /** Whether and how the server's clock is set. Apart, so that a run in which it is not takes the course that it took. */
  readonly clockChance: Chance;
  /** It is set for certain. */
  readonly setsClock: boolean;
}

/** In how many runs the server's clock is set, and by how much: less, all in all, than an invitation lasts. Milliseconds. */
const setsClockIn = 1 / 12;
const clockSteps: readonly number[] = [-4, -8, -0.2, 0.2, 8, 4].map((days) => days * 86_400_000);
const clockIsSet = 'server clock is set';

type Fault = (faults: Faults) => void | Promise<void>;

/** Every fault that comes at times, with the seconds between two of them at most. */
const kinds: readonly (readonly [string, number, Fault])[] = [
  ['device is cut off', 20, (faults) => faults.cut()],
  ['device stops reading', 20, (faults) => faults.stall()],
  ['connection breaks', 8, (faults) => faults.network.break(faults.device().name)],
  ['program crashes', 15, (faults) => faults.crashDevice()],
  ['program is closed', 20, (faults) => faults.closeDevice()],
  ['second program opens', 30, (faults) => faults.openTab()],
  ['device clock jumps', 15, (faults) => faults.jumpDevice()],
  ['device disk is full', 25, (faults) => faults.fillDevice()],
  ['device disk is slow', 25, (faults) => faults.slowDevice()],
  ['server is killed', 20, (faults) => faults.server.crash(false)],
  ['server loses power', 20, (faults) => faults.server.crash(true)],
  ['server dies at its disk', 15, (faults) => faults.trap()],
  ['server stops', 25, (faults) => faults.server.stop()],
  ['server clock jumps', 20, (faults) => faults.jumpServer()],
  ['server disk is full', 25, (faults) => faults.fillServer()],
  ['server is backed up', 10, (faults) => (faults.server.running ? faults.server.backUp() : undefined)],
  ['server is restored', 40, (faults) => faults.restore()],
];

/** Only where there are several. */
const gatewayDies = ['gateway is killed', 10, (faults: Faults) => faults.server.crashGateway()] as const;

/** The faults of one run. */
export class Faults {
  readonly #world: FaultWorld;
  readonly #chance: Chance;
  /** How often each fault came. */
  readonly counts = new Map<string, number>();
  #active = false;
  #restores = 0;

  constructor(world: FaultWorld) {
    this.#world = world;
    this.#chance = world.chance;
  }

  get network(): Network {
    return this.#world.network;
  }

  get server(): Server {
    return this.#world.server;
  }

  /** Draws what goes wrong in the next `ms`, and begins. */
  start(ms: number): void {
    this.#active = true;
    const chance = this.#chance;
    const { server, network, trace } = this.#world;
    const drawn = <T>(probability: number, value: T, otherwise: T) => (chance.happens(probability) ? value : otherwise);
    network.faults = {
      maxDelayMs: chance.pick([5, 20, 100, 800]),
      breaks: drawn(0.4, 0.01, 0),
      goesSilent: drawn(0.3, 0.003, 0),
      refuses: drawn(0.3, 0.2, 0),
      losesCalls: drawn(0.4, 0.15, 0),
    };
    server.losesHints = chance.pick([0, 0, 0.1, 0.5, 1]);
    server.disk.faults = {
      syncMs: chance.pick([2, 10, 50]),
      stalls: drawn(0.3, 0.01, 0),
      failsToSync: drawn(0.2, 0.003, 0),
    };
    server.store.faults = { slowMs: chance.pick([0, 0, 5, 2_000]), fails: drawn(0.3, 0.02, 0) };
    server.directory.faults = { slowMs: chance.pick([0, 5]), fails: drawn(0.2, 0.02, 0) };
    for (const device of this.#world.devices())
      device.clock.offMs = chance.pick([0, 0, -5_000, 7_200_000, -86_400_000]);
    for (const [name, seconds, fault] of server.gateways > 1 ? [...kinds, gatewayDies] : kinds) {
      if (!chance.happens(0.25)) continue;
      trace.note('faults', name);
      this.#again(name, Math.min(seconds * 1_000, ms), fault);
    }
    this.#startClock(ms);
  }

  /** The server's clock is set, mostly once, sometimes to and fro. */
  #startClock(ms: number): void {
    const { clockChance: chance, setsClock, server, time, trace } = this.#world;
    if ((!chance.happens(setsClockIn) && !setsClock) || server.gateways > 1) return;
    for (let times = chance.pick([1, 1, 2, 3]); times > 0; times--)
      time.after(chance.between(0, ms - 1), () => {
        server.setClock(chance.pick(clockSteps));
        trace.note('faults', clockIsSet);
        this.counts.set(clockIsSet, (this.counts.get(clockIsSet) ?? 0) + 1);
      });
  }

  /** Nothing goes wrong any more, and what was broken is whole. Clocks stay as they are. */
  heal(): void {
    this.#active = false;
    const { server, network } = this.#world;
    network.faults = calm;
    server.losesHints = 0;
    server.disk.faults = soundDisk;
    server.disk.full = false;
    server.disk.trap = null;
    server.store.faults = { slowMs: 0, fails: 0 };
    server.store.full = false;
    server.directory.faults = { slowMs: 0, fails: 0 };
    server.start();
    for (const device of this.#world.devices()) {
      network.heal(device.name);
      network.stall(device.name, false);
      device.disk.full = false;
      device.disk.slowMs = 0;
      if (device.started === 0) this.#open(device);
    }
  }

  device(): Device {
    return this.#chance.pick(this.#world.devices());
  }

  cut(): void {
    const { name } = this.device();
    this.network.cut(name);
    this.#later(1_000, 40_000, () => this.network.heal(name));
  }

  stall(): void {
    const { name } = this.device();
    this.network.stall(name, true);
    this.#later(2_000, 40_000, () => this.network.stall(name, false));
  }

  crashDevice(): void {
    const device = this.device();
    device.crash();
    this.#later(100, 8_000, () => this.#reopen(device));
  }

  async closeDevice(): Promise<void> {
    const device = this.device();
    const [program] = device.programs;
    if (program === undefined) return;
    this.#later(100, 15_000, () => this.#reopen(device));
    // On a slow disk it may close for longer than that, until everything has been healed.
    program.life.onEnd(() => {
      if (!this.#active) this.#reopen(device);
    });
    await program.life.hold(device.close(program));
  }

  openTab(): void {
    const device = this.device();
    if (device.started < 3) this.#open(device);
  }

  jumpDevice(): void {
    this.device().clock.offMs += this.#chance.pick([-3_600_000, -30_000, -1_000, 1_000, 90_000, 7_200_000]);
  }

  fillDevice(): void {
    const { disk } = this.device();
    disk.full = true;
    this.#later(1_000, 10_000, () => {
      disk.full = false;
    });
  }

  slowDevice(): void {
    const { disk } = this.device();
    disk.slowMs = this.#chance.pick([5, 50, 500]);
    this.#later(5_000, 20_000, () => {
      disk.slowMs = 0;
    });
  }

  trap(): void {
    const power = this.#chance.happens(0.7);
    const left = this.#chance.below(6);
    this.server.disk.trap = { left, spring: () => this.server.crash(power) };
  }

  /** Ahead for good, or back within what the log bears; of several machines, within what their clocks may be apart. */
  jumpServer(): void {
    const back = this.server.gateways > 1 ? -2_000 : -20_000;
    this.server.setClock(this.#chance.pick([back, -1_000, 5_000, 300_000, 1_800_000]));
  }

  fillServer(): void {
    const which = this.#chance.below(3);
    this.server.disk.full = which !== 0;
    this.server.store.full = which !== 1;
    this.#later(1_000, 15_000, () => {
      this.server.disk.full = false;
      this.server.store.full = false;
    });
  }

  async restore(): Promise<void> {
    if (this.#restores === 2 || !(await this.server.restore())) return;
    this.#restores++;
  }

  #again(name: string, atMostMs: number, fault: Fault): void {
    const wait = this.#chance.between(Math.min(500, atMostMs >> 2), atMostMs);
    this.#world.time.after(wait, () => {
      if (!this.#active) return;
      this.#world.trace.note('faults', name);
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      const done = async () => fault(this);
      done().catch((error: unknown) => this.#world.bug(name, error));
      this.#again(name, atMostMs, fault);
    });
  }

  #later(from: number, to: number, task: () => void): void {
    this.#world.time.after(this.#chance.between(from, to), task);
  }

  #reopen(device: Device): void {
    if (device.started === 0 && !device.gone) this.#open(device);
  }

  #open(device: Device): void {
    device.open().catch((error: unknown) => this.#world.bug(`${device.name} opens`, error));
  }
}
