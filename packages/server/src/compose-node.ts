// One node: sequencer, use cases and gateway over the ports it is given, without a network, a file or a clock of the
// host. The program adds those (`compose.ts`), the simulation its own. It promises that nothing is served before the
// log was replayed and open intents were finished.
import type { ServerNumbers } from './accounts/parts.ts';
import { composeUseCases, type Service, type ServiceParts, type ServiceState } from './compose-use-cases.ts';
import type { Hub } from './gateway/hub.ts';
import { expiryEveryMs, maxExpiredAtOnce, startRetryMs } from './kernel/limits.ts';
import { Unavailable } from './kernel/result.ts';
import { encodeRecord } from './sequencer/record-codec.ts';
import { Sequencer } from './sequencer/run.ts';
import { localSequencing } from './sequencing/local-sequencing.ts';
import type { Store } from './store/store.ts';

/** What a node is made of. */
export interface NodeParts extends ServiceParts {
  readonly store: Store;
  /** After a restore: the epoch that follows the one in the data; else null. */
  readonly nextEpoch: ((epoch: number) => number) | null;
  /** What only the process knows, for its operator. */
  readonly facts: () => Promise<{ readonly uptimeMs: number; readonly dataBytes: number }>;
}

/** A node, from the log to the socket. */
export interface Node extends Service {
  /** Rejects when it must stop. */
  readonly finished: Promise<void>;
  readonly sequencer: Sequencer;
}

const partition = 0;

/** Builds a node. */
export function composeNode(parts: NodeParts): Node {
  const { log, store, bus, clock, events } = parts;
  const sequencer = new Sequencer({ log, partition, store, bus, clock, events, heldMs: 0 });
  const state: ServiceState = { epoch: 1, phase: 'starting', greeter: null };
  const numbers = (hub: Hub) => numbersOf(parts, { sequencer, hub, epoch: state.epoch });
  const around = { sequencing: localSequencing(sequencer), numbers };
  const useCases = composeUseCases(parts, around, state);
  const stopExpiry = expireNowAndThen(sequencer, parts);

  return {
    ...useCases.service,
    sequencer,
    finished: sequencer.finished,
    notReady() {
      if (state.phase !== 'serving') return state.phase;
      return log.problem ?? (sequencer.accepting ? null : 'behind');
    },
    async ready() {
      await sequencer.caughtUp();
      state.epoch = await epochOf(parts, sequencer, () => state.phase === 'draining');
      await useCases.start();
      if (state.phase === 'starting') state.phase = 'serving';
    },
    drain() {
      state.phase = 'draining';
    },
    async [Symbol.asyncDispose]() {
      state.phase = 'draining';
      stopExpiry();
      await useCases.stop();
      await sequencer[Symbol.asyncDispose]();
    },
  };
}

/** The epoch of the data; after a restore the next one, once it stands in the log, is applied, and is known of keys. */
async function epochOf(parts: NodeParts, sequencer: Sequencer, isOver: () => boolean): Promise<number> {
  const { directory, clock, nextEpoch } = parts;
  const read = async () => Number((await sequencer.rows.get('facts', ['epoch']))?.value ?? 1);
  const present = await read();
  if (nextEpoch === null) return present;
  const record = encodeRecord({ type: 'control', control: 'epoch', value: nextEpoch(present) });
  const offset = await appendWhenTaken(parts, record, isOver);
  while (sequencer.counters.appliedOffset < offset)
    await Promise.race([new Promise<void>((resolve) => clock.after(1, resolve)), sequencer.finished]);
  const epoch = await read();
  await directory.keys.restored(epoch);
  return epoch;
}

/**
 * A start goes on when the log takes something again: one that gave up, and was begun anew, would make a clock that was
 * set back look as if it had just been, for ever.
 */
async function appendWhenTaken(
  { log, clock, events }: NodeParts,
  record: Uint8Array,
  isOver: () => boolean,
): Promise<number> {
  for (;;) {
    try {
      return await log.append(partition, record);
    } catch (error) {
      if (!(error instanceof Unavailable) || isOver()) throw error;
      events.fault('start', error);
    }
    await new Promise<void>((resolve) => clock.after(startRetryMs, resolve));
  }
}

/** Hides what is past its time, a bounded number at once. */
function expireNowAndThen(sequencer: Sequencer, { log, clock, events }: NodeParts): () => void {
  let cancel = () => {};
  let isOver = false;
  const again = () => {
    if (!isOver) cancel = clock.after(expiryEveryMs, expire);
  };
  const expire = () => {
    // What is hidden is gone for good: not by a clock that nobody believes.
    if (log.problem !== null) return again();
    sequencer.expire(clock.now(), maxExpiredAtOnce).then(again, (error) => {
      events.fault('expiry', error);
      again();
    });
  };
  again();
  return () => {
    isOver = true;
    cancel();
  };
}

/** What an operator sees. */
async function numbersOf(
  { log, directory, events, facts }: NodeParts,
  { sequencer, hub, epoch }: { readonly sequencer: Sequencer; readonly hub: Hub; readonly epoch: number },
): Promise<ServerNumbers> {
  const { uptimeMs, dataBytes } = await facts();
  return {
    online_devices: hub.devices,
    log_end: log.end(partition),
    store_applied: sequencer.counters.committedOffset + 1,
    overlay_bytes: sequencer.rows.bytes,
    data_bytes: dataBytes,
    uptime_ms: uptimeMs,
    open_reports: await directory.reports.countOpen(),
    epoch,
    alarms: events.alarms().map(({ text }) => text),
  };
}
