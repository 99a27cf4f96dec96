// The world of one run: a server's machine, the devices of a few people, the network between them, the workload, the
// faults, and those who look at everything. One seed, one course.
import type { AccountId, Session } from '@parley/protocol';
import type { HttpResponse } from '@parley/sdk';
import type { Marks } from './act.ts';
import { Chance } from './chance.ts';
import { Checkers } from './checkers.ts';
import { Device } from './device.ts';
import { deviceStore } from './disk/device-store.ts';
import { Faults } from './faults.ts';
import { Network } from './network.ts';
import type { Plant } from './plants.ts';
import { Server } from './server.ts';
import { WorldTime } from './timeline-clock.ts';
import { Trace } from './trace.ts';
import { Workload } from './workload.ts';

/** How a run is set up. */
export interface WorldOptions {
  readonly seed: number;
  /** How long people act, in simulated milliseconds; drawn when absent. */
  readonly actMs?: number;
  readonly plant: Plant;
  readonly print?: (line: string) => void;
  /** The server is so many gateways and an owner of the log, over a store that is slow; 0, as when absent: one node. */
  readonly gateways?: number;
  /** The server's clock is set by hours or days for certain; drawn when absent. */
  readonly setsClock?: boolean;
}

/** What came of a run. */
export interface Outcome {
  readonly seed: number;
  /** What was broken, in words; null when nothing was. */
  readonly violation: string | null;
  readonly digest: string;
  readonly last: readonly string[];
  readonly facts: Facts;
}

/** How much happened. */
export interface Facts {
  readonly steps: number;
  readonly simulatedMs: number;
  readonly accepted: number;
  readonly convergedMs: number;
  readonly faults: ReadonlyMap<string, number>;
}

const setUpMs = 60_000;
/** Makes another seed of a seed. This one leaves the clock alone in all runs whose names are older. */
const clockStream = 9n;
/** How long people act in a run. Most are short: many small worlds find more than one large. The longest outlasts a heartbeat. */
const lengthsMs: readonly number[] = [1_000, 1_000, 2_000, 2_000, 4_000, 8_000, 45_000];

/** The world. */
export class World {
  readonly time = new WorldTime();
  readonly chance: Chance;
  readonly trace: Trace;
  readonly network: Network;
  readonly server: Server;
  readonly devices: Device[] = [];
  readonly checkers: Checkers;
  readonly marks: Marks = {
    ...{ hidden: new Set(), switched: new Set() },
    ...{ blocked: new Set(), opened: new Set(), again: new Set() },
  };
  /** Of everybody. */
  readonly password = 'correct horse battery staple';
  readonly #plant: Plant;
  #steps = 0;

  constructor({ seed, plant, print, gateways = 0 }: WorldOptions) {
    this.#plant = plant;
    this.chance = new Chance(seed);
    this.trace = new Trace(() => this.time.now(), print ?? null);
    this.checkers = new Checkers(this);
    this.network = new Network({ time: this.time, chance: this.chance.fork(), trace: this.trace, tap: this.checkers });
    this.server = new Server({
      time: this.time,
      chance: this.chance.fork(),
      network: this.network,
      trace: this.trace,
      plant,
      gateways,
      rateFactor: this.chance.pick([1, 1, 20]),
      tokenOf: (name) => this.device(name)?.session.token ?? null,
      bug: (where, error) => this.checkers.bug(where, error),
    });
  }

  device(name: string): Device | undefined {
    return this.devices.find((device) => device.name === name);
  }

  /** Devices that can be used. */
  get present(): readonly Device[] {
    return this.devices.filter((device) => !device.gone);
  }

  /** People sign up, some meet, and every device is opened. */
  async setUp(): Promise<void> {
    this.server.start();
    await this.until(() => this.server.running, setUpMs);
    const people = this.chance.between(2, 4);
    const sessions: Session[] = [];
    for (let n = 0; n < people; n++) sessions.push(await this.#signUp(n, sessions));
    for (const [n, session] of sessions.entries()) {
      this.add(`p${n}/1`, session);
      for (let k = 2; k <= this.chance.pick([1, 1, 2, 2, 3]); k++) {
        const body = { handle: session.me.handle, password: this.password, device_name: `device ${k}` };
        this.add(`p${n}/${k}`, await this.call<Session>('POST', '/v1/sessions', body));
      }
    }
    for (const device of this.devices) device.open().catch((error: unknown) => this.checkers.bug('open', error));
    await this.until(() => this.devices.every((device) => device.programs.size > 0), setUpMs);
  }

  /** The first person's device, and one of each other person. */
  get firsts(): readonly Device[] {
    return this.devices.filter(({ name }) => name.endsWith('/1'));
  }

  /** Some have something in common already. */
  async begin(work: Workload): Promise<void> {
    const me = this.firsts[0]?.account;
    let begun = false;
    const begin = work.begin(
      this.firsts,
      (other) => other !== me && this.checkers.wire.mayBeContacts(me as AccountId, other),
    );
    begin
      .catch((error: unknown) => this.checkers.bug('the beginning', error))
      .finally(() => {
        begun = true;
      });
    await this.until(() => begun && work.open.length === 0, setUpMs);
  }

  /** People act, things go wrong. */
  async act(ms: number, work: Workload, faults: Faults): Promise<void> {
    const end = this.time.now() + ms;
    const deeds = this.chance.pick([8, 25, 60, 150]);
    const paceMs = Math.ceil((2 * ms) / deeds);
    faults.start(ms);
    const again = () => {
      if (this.time.now() >= end) return;
      work.step();
      this.time.after(this.chance.between(1, paceMs), again);
    };
    again();
    await this.until(() => this.time.now() >= end, ms);
  }

  /** Runs until it is so, at most for so long. Says whether it is. */
  async until(done: () => boolean, ms: number): Promise<boolean> {
    const end = this.time.now() + ms;
    while (!done()) {
      if (this.checkers.violation !== null) return false;
      if (!(await this.time.step(end))) return done();
      this.#steps++;
      this.checkers.look();
    }
    return true;
  }

  /** One call to the server, beside the network, by whoever holds the session. */
  async call<T>(method: 'GET' | 'POST', path: string, body?: unknown, session: Session | null = null): Promise<T> {
    const { status, body: result } = await this.ask(method, path, body, session);
    if (status < 200 || status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(result)}`);
    return result as T;
  }

  /** The same, with whatever is answered. */
  async ask(method: 'GET' | 'POST', path: string, body: unknown, session: Session | null): Promise<HttpResponse> {
    const answers: HttpResponse[] = [];
    const request = { method, path, ...(body === undefined ? {} : { body }) };
    this.server.answer(request, session?.token ?? null).then(
      (response) => answers.push(response),
      (error: unknown) => answers.push({ status: 0, body: String(error) }),
    );
    await this.until(() => answers.length > 0, setUpMs);
    return answers[0] ?? { status: 0, body: 'no answer' };
  }

  get steps(): number {
    return this.#steps;
  }

  async #signUp(n: number, before: readonly Session[]): Promise<Session> {
    const handle = `person${n}`;
    const inviter = before.length > 0 && this.chance.happens(0.5) ? this.chance.pick(before) : null;
    const invite = inviter === null ? {} : { invite: await this.#invite(inviter) };
    const body = { handle, name: `Person ${n}`, password: this.password, device_name: 'device 1', ...invite };
    const session = await this.call<Session>('POST', '/v1/accounts', body);
    if (inviter !== null) this.checkers.met(session.me.account, inviter.me.account);
    return session;
  }

  async #invite(inviter: Session): Promise<string> {
    return (await this.call<{ readonly secret: string }>('POST', '/v1/invites', {}, inviter)).secret;
  }

  /** Everything is gone. */
  end(): void {
    for (const device of this.devices) device.crash();
    this.server.end();
  }

  /** One more device. */
  add(name: string, session: Session): Device {
    const { time, network } = this;
    const parts = { time, network, chance: this.chance.fork(), eye: this.checkers.screens };
    const { clockOf = (clock) => clock, storeOf = deviceStore } = this.#plant;
    const device = new Device({ ...parts, clockOf, storeOf }, name, session);
    this.devices.push(device);
    return device;
  }
}

/** One run, from the first sign-up to the last look. */
export async function simulate(options: WorldOptions): Promise<Outcome> {
  const undo = options.plant.patch?.();
  const world = new World(options);
  const { checkers, time, trace } = world;
  const stopListening = hearUnhandled((error) => checkers.bug('nobody handled', error));
  const startedAt = time.now();
  const faults = new Faults({
    ...{ time, trace, network: world.network, server: world.server, chance: world.chance.fork() },
    devices: () => world.present,
    bug: (where, error) => checkers.bug(where, error),
    clockChance: new Chance((BigInt(options.seed) << 8n) | clockStream),
    setsClock: options.setsClock === true,
  });
  let convergedMs = 0;
  try {
    await world.setUp();
    const accounts = [...new Set(world.devices.map(({ account }) => account))] as readonly AccountId[];
    const note = (where: string, what: string) => trace.note(where, what);
    const bug = (where: string, error: unknown) => checkers.bug(where, error);
    const work = new Workload({
      chance: world.chance.fork(),
      accounts,
      note,
      bug,
      devices: () => world.present.filter((device) => device.programs.size > 0),
      met: (one, other) => checkers.met(one, other),
      marks: world.marks,
    });
    await world.begin(work);
    await world.act(options.actMs ?? world.chance.pick(lengthsMs), work, faults);
    trace.note('faults', 'everything is healed');
    faults.heal();
    const healedAt = time.now();
    await checkers.converge(world, work);
    convergedMs = time.now() - healedAt;
    if (checkers.violation === null) await checkers.audit(world);
  } catch (error) {
    checkers.bug('the world', error);
  } finally {
    stopListening();
    undo?.();
  }
  const outcome = {
    seed: options.seed,
    violation: checkers.violation,
    last: trace.last(60),
    facts: {
      steps: world.steps,
      simulatedMs: time.now() - startedAt,
      accepted: checkers.accepted,
      convergedMs,
      faults: faults.counts,
    },
    digest: trace.digest(),
  };
  // What still waits for a signal would be kept for ever.
  world.end();
  return outcome;
}

/** A rejection that nobody handles is a bug of ours, wherever it comes from. */
function hearUnhandled(heard: (error: unknown) => void): () => void {
  process.on('unhandledRejection', heard);
  return () => void process.off('unhandledRejection', heard);
}
