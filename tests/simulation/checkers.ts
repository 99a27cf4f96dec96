// Those who look: at every frame, at every screen, and at the end at everything. The first thing that is broken ends
// the run.
import { type AccountId, limits as wire } from '@parley/protocol';
import type { HttpRequest, HttpResponse } from '@parley/sdk';
import { clockHoldMs, clockReferenceMs } from '../../packages/server/src/kernel/limits.ts';
import { audit } from './audit.ts';
import { differences } from './convergence.ts';
import { Ledger } from './ledger.ts';
import type { Wiretap } from './network.ts';
import { ScreenChecks } from './screen-checks.ts';
import { WireChecks } from './wire-checks.ts';
import type { Workload } from './workload.ts';
import type { World } from './world.ts';

/** After the faults have stopped everything is the same everywhere within this time. Milliseconds. */
const convergeMs = 180_000;
/** When the server's clock was set, it may have to go on evenly for a while first. */
const clockMs = clockReferenceMs + clockHoldMs;
/** A heartbeat has come, and what was asked after it. */
const lastWordsMs = wire.heartbeatMs + 5_000;

/** Everybody who looks at one run. */
export class Checkers implements Wiretap {
  readonly #world: World;
  readonly ledger: Ledger;
  readonly wire: WireChecks;
  readonly screens: ScreenChecks;
  /** Epoch that a device was last welcomed to, and the one that it has caught up with. */
  readonly #epochs = new Map<string, { welcomed: number; caughtUp: number | null }>();
  violation: string | null = null;

  constructor(world: World) {
    this.#world = world;
    const now = () => world.time.now();
    const accountOf = (device: string): AccountId => {
      const found = world.device(device);
      if (found === undefined) throw new Error(`there is no device ${device}`);
      return found.account;
    };
    const { violate } = this;
    this.ledger = new Ledger((text) => this.violate('ORDER', text));
    const shared = { now, accountOf, ledger: this.ledger, violate };
    this.wire = new WireChecks({
      ...shared,
      epoch: () => world.server.epoch,
      losesHints: () => world.server.hasLostHints,
      remembers: (time) => world.server.remembers(time),
      opened: world.marks.opened,
      hidden: world.marks.hidden,
    });
    this.screens = new ScreenChecks({
      ...shared,
      again: world.marks.again,
      epochOf: (device) => this.#epochOf(device),
    });
  }

  /** Messages with a tick. */
  get accepted(): number {
    return this.wire.accepted.size;
  }

  readonly violate = (rule: string, text: string): void => {
    if (this.violation !== null) return;
    this.violation = `${rule}: ${text}`;
    this.#world.trace.note('VIOLATION', this.violation);
  };

  /** Something threw that nothing in the world explains. */
  bug(where: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.violate('BUG', `${where}: ${text}`);
  }

  /** They are contacts from the start. */
  met(a: AccountId, b: AccountId): void {
    this.wire.met(a, b);
  }

  /** After every step. */
  look(): void {
    this.screens.look();
  }

  written(device: string, text: string): void {
    this.wire.written(device, text);
  }

  received(device: string, text: string): void {
    this.wire.received(device, text);
  }

  delivered(device: string, text: string): void {
    this.wire.delivered(device, text);
    if (text.startsWith('{"type":"typing"')) {
      const { conversation_id, sender } = JSON.parse(text) as { conversation_id: never; sender: never };
      this.screens.typing(device, conversation_id, sender);
    } else if (text.startsWith('{"type":"welcome"')) {
      const { epoch } = JSON.parse(text) as { readonly epoch: number };
      const known = this.#epochs.get(device);
      if (known?.welcomed !== epoch) this.#epochs.set(device, { welcomed: epoch, caughtUp: null });
    }
  }

  answered(device: string, request: HttpRequest, response: HttpResponse): void {
    this.wire.answered(device, request, response);
  }

  /** Everything becomes the same everywhere, in time. */
  async converge(world: World, work: Workload): Promise<void> {
    const end = world.time.now() + convergeMs + (world.server.hasBeenSet ? clockMs : 0);
    let left: readonly string[] = ['nothing was looked at'];
    let pauseMs = 500;
    while (this.violation === null && world.time.now() < end) {
      await world.until(() => false, pauseMs);
      pauseMs = Math.min(pauseMs * 1.5, 10_000);
      left = work.open.length > 0 ? work.open.map((deed) => `${deed} is not done`) : await differences(world);
      if (left.length === 0) return;
    }
    if (this.violation === null) this.violate('CONVERGE', left.join('\n'));
  }

  /** What the server has at the end, against all that was ever promised. */
  async audit(world: World): Promise<void> {
    const hasLeft = world.present.some(({ programs }) =>
      [...programs].some(({ screen }) => screen.conversations.some(({ role }) => role === null)),
    );
    // Whoever has left hears of the last words there with the next heartbeat, and of nothing else any more.
    if (hasLeft) await world.until(() => false, lastWordsMs);
    if (this.violation === null) await audit(world, this);
  }

  #epochOf(device: string): number | null {
    const known = this.#epochs.get(device);
    if (known === undefined) return null;
    if (known.caughtUp === null) {
      const programs = [...(this.#world.device(device)?.programs ?? [])];
      if (programs.some(({ client }) => client.leads.snapshot && client.state.snapshot.phase === 'online'))
        known.caughtUp = known.welcomed;
    }
    return known.caughtUp;
  }
}
