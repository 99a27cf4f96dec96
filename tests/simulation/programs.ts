// The server's programs: one node that does all of it; or the owner of the log and gateways beside it, as in a cluster, which
// see of each other what is in the store and what the bus says. Of several gateways each dies and comes back alone.
import { composeGateway } from '../../packages/server/src/compose-gateway.ts';
import { composeNode, type NodeParts } from '../../packages/server/src/compose-node.ts';
import type { Service } from '../../packages/server/src/compose-use-cases.ts';
import { asOfLeewayMs } from '../../packages/server/src/kernel/engine-limits.ts';
import { Unavailable } from '../../packages/server/src/kernel/result.ts';
import { Sequencer } from '../../packages/server/src/sequencer/run.ts';
import { Front } from './front.ts';
import { Life } from './life.ts';

/** What a machine serves with. */
export interface ServerProgram extends AsyncDisposable {
  readonly sequencer: Sequencer;
  /** Those that live; of a gateway that has died another one comes after a while. */
  readonly fronts: readonly Front[];
  /** Resolves when all of them serve. */
  ready(): Promise<void>;
  /** Rejects when it must stop. */
  readonly finished: Promise<void>;
  /** Everything that was appended up to this time is stored; null: whoever asks sees what is not stored, too. */
  storedTo(): number | null;
}

/** What a program gets from its machine. */
export interface ProgramParts extends NodeParts {
  readonly life: Life;
  /** Those of a process with a life of its own. */
  readonly apart: (life: Life) => GatewayParts;
  /** Called with each of the services before anybody talks to it. */
  readonly opened: (service: Service) => void;
}

/** What each gateway has for itself. */
export type GatewayParts = Omit<NodeParts, 'nextEpoch'>;

const partition = 0;
/** A gateway that has died is back after so long. Milliseconds. */
const gatewayRestartMs = 1_000;

/** Composes a program with so many gateways; 0: all in one. */
export function composeProgram(parts: ProgramParts, gateways: number): ServerProgram {
  if (gateways > 0) return new Cluster(parts, gateways);
  const node = composeNode(parts);
  const { sequencer, finished } = node;
  return {
    ...{ sequencer, finished, fronts: [new Front(node, parts.life, parts.clock)] },
    async ready() {
      await node.ready();
      parts.opened(node);
    },
    storedTo: () => null,
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

class Cluster implements ServerProgram {
  readonly sequencer: Sequencer;
  readonly #fronts: Front[] = [];
  readonly #parts: ProgramParts;
  readonly #gateways: number;
  #storedTo = 0;
  #isStopping = false;

  constructor(parts: ProgramParts, gateways: number) {
    const { log, store, bus, clock, events } = parts;
    this.#parts = parts;
    this.#gateways = gateways;
    const shared = { log, store, bus, clock, events, partition };
    this.sequencer = new Sequencer({ ...shared, tellsAll: true, publish: 'when stored' });
  }

  get fronts(): readonly Front[] {
    return this.#fronts;
  }

  get finished(): Promise<void> {
    return this.sequencer.finished;
  }

  async ready(): Promise<void> {
    await this.sequencer.caughtUp();
    // One alone shares everything with the owner, and ends with it.
    if (this.#gateways === 1) await this.#open(this.#parts.life, this.#parts);
    else for (let n = 0; n < this.#gateways; n++) await this.#openApart();
    const { life } = this.#parts;
    if (!life.over && this.#fronts.length === 0) throw new Unavailable('no gateway could be started');
  }

  storedTo(): number {
    const { log, clock } = this.#parts;
    const { appliedOffset, committedOffset } = this.sequencer.counters;
    const isAllStored = appliedOffset === committedOffset && appliedOffset === log.end(partition) - 1;
    if (isAllStored) this.#storedTo = Math.max(this.#storedTo, clock.now() - asOfLeewayMs);
    return this.#storedTo;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    for (const { service } of this.#fronts) await service[Symbol.asyncDispose]();
    await this.sequencer[Symbol.asyncDispose]();
  }

  async #open(life: Life, parts: GatewayParts): Promise<void> {
    const { clock } = parts;
    const service = composeGateway({ ...parts, startedAt: clock.now(), asOf: async () => this.storedTo() });
    await service.ready();
    if (life.over) return;
    this.#parts.opened(service);
    const front = new Front(service, life, clock);
    this.#fronts.push(front);
    life.onEnd(() => this.#fronts.splice(this.#fronts.indexOf(front), 1));
  }

  async #openApart(): Promise<void> {
    const { life: machine, apart, clock } = this.#parts;
    const life = new Life();
    machine.onEnd(() => life.end());
    life.onEnd(() => {
      clock.after(gatewayRestartMs, () => {
        if (!this.#isStopping) this.#openApart().catch((error: unknown) => this.#parts.events.fault('gateway', error));
      });
    });
    try {
      await this.#open(life, apart(life));
    } catch (error) {
      this.#parts.events.fault('gateway', error);
      life.end();
    }
  }
}
