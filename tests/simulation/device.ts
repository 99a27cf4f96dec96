// A device of an account: a disk that stays, and the programs on it, each a real client of the SDK. Two programs on one
// disk are two tabs. A program is opened, closed as a person does, or ends in the middle of what it does.
import type { AccountId, MessageId, Session } from '@parley/protocol';
import type { Client, Host, Leadership } from '@parley/sdk';
import { openClient } from '../../packages/sdk/src/client.ts';
import { MemoryDisk, MemoryStore, noBytes } from '../../packages/sdk/src/platform/memory.ts';
import type { Chance } from './chance.ts';
import type { DeviceDisk, deviceStore } from './disk/device-store.ts';
import { Life } from './life.ts';
import type { Network } from './network.ts';
import { type Eye, Screen } from './screen.ts';
import { shapedCrypto } from './shaped-crypto.ts';
import type { MachineClock, ProgramClock, WorldTime } from './timeline-clock.ts';

/** What every device shares with the world. */
export interface DeviceParts {
  readonly time: WorldTime;
  readonly chance: Chance;
  readonly network: Network;
  readonly eye: Eye;
  /** What a planted bug makes of the clock and the store of a program. */
  readonly clockOf: (clock: ProgramClock) => ProgramClock;
  readonly storeOf: typeof deviceStore;
}

/** One running program. */
export interface Program {
  readonly life: Life;
  readonly client: Client;
  readonly screen: Screen;
}

/** One device. Its name is `handle/number`. */
export class Device {
  readonly name: string;
  readonly account: AccountId;
  readonly session: Session;
  readonly clock: MachineClock;
  readonly disk: DeviceDisk = { slowMs: 0, full: false };
  /** Those that run. */
  readonly programs = new Set<Program>();
  /** Signed out: it never opens again. */
  gone = false;
  /** Signed in when there was something to see already. */
  late = false;
  readonly #parts: DeviceParts;
  readonly #chance: Chance;
  readonly #kept = new MemoryDisk();
  readonly #lives = new Set<Life>();

  constructor(parts: DeviceParts, name: string, session: Session) {
    this.#parts = parts;
    this.#chance = parts.chance.fork();
    this.name = name;
    this.session = session;
    this.account = session.me.account;
    this.clock = parts.time.machine(0);
  }

  /** Programs that run, or are about to. */
  get started(): number {
    return this.#lives.size;
  }

  /** Any running program; the caller has looked. */
  get program(): Program {
    const [program] = this.programs;
    if (program === undefined) throw new Error(`${this.name} does not run`);
    return program;
  }

  /** A program starts. Resolves when it shows what it has; never, when it ends before. */
  async open(): Promise<void> {
    const life = new Life();
    this.#lives.add(life);
    life.onEnd(() => this.#lives.delete(life));
    const client = await openClient(this.#host(life), {
      token: this.session.token ?? null,
      origin: 'http://simulated',
      program: null,
      me: this.session.me,
      onSignedOut: async () => {
        this.gone = true;
      },
    });
    if (life.over) return;
    const program = { life, client, screen: new Screen({ device: this.name, client, eye: this.#parts.eye }) };
    this.programs.add(program);
    life.onEnd(() => {
      this.programs.delete(program);
      program.screen.close();
    });
  }

  /** All of its programs end in the middle of what they do. */
  crash(): void {
    for (const life of [...this.#lives]) life.end();
  }

  /** A person closes one program. */
  async close(program: Program): Promise<void> {
    await program.client.close();
    program.life.end();
  }

  /** What stands in the local outbox: messages that are neither confirmed nor refused, and those of which a person is told that they were refused. */
  async outbox(): Promise<{ readonly waiting: number; readonly refused: readonly MessageId[] }> {
    const rows = await new MemoryStore(this.#kept).list('outbox', { prefix: [], limit: 10_000 });
    const all = rows.map(
      ({ value }) => value as { readonly id: MessageId; readonly kind: string; readonly error: unknown },
    );
    const over = all.filter(({ error }) => error !== null);
    const refused = over.filter(({ kind }) => kind !== 'setting').map(({ id }) => id);
    return { waiting: all.length - over.length, refused };
  }

  #host(life: Life): Host {
    const { time, network, clockOf, storeOf } = this.#parts;
    const parts = { disk: this.disk, life, time, chance: this.#chance.fork() };
    return {
      sockets: network.sockets(this.name, life),
      http: network.http(this.name, life),
      bytes: noBytes,
      clock: clockOf(this.clock.for(life)),
      random: this.#chance.fork(),
      crypto: shapedCrypto(),
      store: storeOf(new MemoryStore(this.#kept), parts),
      leadership: fenced(this.#kept.hub.member(), life),
    };
  }
}

/** A program that is gone holds no lead, hears nothing and says nothing. */
function fenced(leadership: Leadership, life: Life): Leadership {
  const gone = new AbortController();
  life.onEnd(() => gone.abort());
  const lead = async (signal: AbortSignal) => {
    const lease = await leadership.acquire(AbortSignal.any([signal, gone.signal]));
    life.onEnd(() => lease.release());
    return lease;
  };
  return {
    acquire: (signal) => life.hold(lead(signal)),
    post: (message) => {
      if (!life.over) leadership.post(message);
    },
    subscribe: (listener) =>
      leadership.subscribe((message) => {
        if (!life.over) listener(message);
      }),
    clear: () => life.hold(leadership.clear()),
  };
}
