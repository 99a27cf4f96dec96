// The server's programs: one node that does all of it, or a gateway and the owner of the log beside it, as in a cluster,
// which see of each other what is in the store and what the bus says.
import { composeGateway } from '../../packages/server/src/compose-gateway.ts';
import { composeNode, type NodeParts } from '../../packages/server/src/compose-node.ts';
import type { Service } from '../../packages/server/src/compose-use-cases.ts';
import { asOfLeewayMs } from '../../packages/server/src/kernel/engine-limits.ts';
import { Sequencer } from '../../packages/server/src/sequencer/run.ts';

/** What a machine serves with. */
export interface ServerProgram extends Service {
  readonly sequencer: Sequencer;
  /** Rejects when it must stop. */
  readonly finished: Promise<void>;
}

const partition = 0;

/** Composes a program of this kind. */
export function composeProgram(parts: NodeParts, isCluster: boolean): ServerProgram {
  return isCluster ? composeApart(parts) : composeNode(parts);
}

function composeApart(parts: NodeParts): ServerProgram {
  const { log, store, bus, clock, events } = parts;
  const shared = { log, store, bus, clock, events, partition };
  const sequencer = new Sequencer({ ...shared, tellsAll: true, publish: 'when stored' });
  let storedTo = 0;
  const gateway = composeGateway({
    ...parts,
    startedAt: clock.now(),
    async asOf() {
      const { appliedOffset, committedOffset } = sequencer.counters;
      const isAllStored = appliedOffset === committedOffset && appliedOffset === log.end(partition) - 1;
      if (isAllStored) storedTo = Math.max(storedTo, clock.now() - asOfLeewayMs);
      return storedTo;
    },
  });
  return {
    ...gateway,
    sequencer,
    finished: sequencer.finished,
    async ready() {
      await sequencer.caughtUp();
      await gateway.ready();
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await sequencer[Symbol.asyncDispose]();
    },
  };
}
