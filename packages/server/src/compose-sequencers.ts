// The sequencers of a process of a cluster: one for each partition that it owns, and the word up to when each partition is
// stored, which gateways live by.
import { Gauge, type Registry } from 'prom-client';
import type { ClusterEngines } from './compose-engines.ts';
import { hostClock } from './kernel/clock.ts';
import { asOfLeewayMs, vouchEveryMs } from './kernel/engine-limits.ts';
import type { Events } from './kernel/events.ts';
import { maxOverlayBytes, maxStateBytes, maxTailBytes } from './kernel/limits.ts';
import type { Log, Partition } from './log/log.ts';
import type { Ownership } from './log/ownership.ts';
import type { Counters } from './sequencer/counters.ts';
import { Sequencer } from './sequencer/run.ts';
import { DeadLetters } from './sequencing/dead-letters.ts';
import { PartitionOwner } from './sequencing/partition-owner.ts';
import type { Store } from './store/store.ts';

/** What sequencers stand on. */
export interface SequencersParts extends Pick<ClusterEngines, 'log' | 'store' | 'bus'> {
  readonly ownership: Ownership;
  readonly events: Events;
  readonly registry: Registry;
  /** Opens the log of what could not be applied. */
  readonly openDeadLetters: () => Promise<Log>;
}

/** Memory of a process is shared by the partitions that it may come to own: all of them, when it is the last one. */
const shares = 16;
const bounds = {
  bytes: maxOverlayBytes / shares,
  stateBytes: maxStateBytes / shares,
  tailBytes: maxTailBytes / shares,
};

/** Sequencers of this process, with what they share. */
export interface RunningSequencers extends AsyncDisposable {
  /** Partitions that are owned now. */
  readonly owned: readonly Partition[];
}

/** Owns partitions until it is disposed of. */
export function runSequencers(parts: SequencersParts): RunningSequencers {
  const { log, store, bus, events, ownership } = parts;
  const stores = new Map<Partition, Store>();
  const letters = new DeadLetters(parts.openDeadLetters, (error) => events.fault('dead letters', error));
  const owner = new PartitionOwner({
    ownership,
    clock: hostClock,
    events,
    async open(partition) {
      const own = await store.partition(partition);
      // After the position was read: others may have written both meanwhile.
      await log.look(partition);
      stores.set(partition, own);
      return new Sequencer({
        log,
        partition,
        store: own,
        bus,
        clock: hostClock,
        events,
        bounds,
        tellsAll: true,
        publish: 'when stored',
        onDamaged: (entry) => letters.keep(partition, entry),
      });
    },
  });
  count(parts.registry, owner);
  const timer = setInterval(() => {
    for (const [partition, sequencer] of owner.running()) {
      const own = stores.get(partition);
      if (own !== undefined) vouch(parts, partition, { sequencer, store: own });
    }
  }, vouchEveryMs);
  return {
    get owned() {
      return owner.owned;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await owner[Symbol.asyncDispose]();
      await letters.close();
    },
  };
}

/** Says up to when a quiet partition is stored: a busy one says it with what it writes. */
function vouch(
  { log, events }: SequencersParts,
  partition: Partition,
  { sequencer, store }: { readonly sequencer: Sequencer; readonly store: Store },
): void {
  const seen = log.seen(partition);
  const isIdle = sequencer.rows.bytes === 0 && seen !== null && sequencer.counters.appliedOffset + 1 >= seen.next;
  if (!isIdle) return;
  const applied = store.applied() ?? { logId: log.id, offset: -1 };
  store.commit([], applied, seen.time - asOfLeewayMs).catch((error) => events.fault('vouch', error));
}

/** Figures over all partitions that are owned now. */
function count(registry: Registry, owner: PartitionOwner): void {
  const sum = (of: (counters: Counters) => number) => () => {
    let total = 0;
    for (const [, { counters }] of owner.running()) total += of(counters);
    return total;
  };
  const figures: readonly (readonly [string, string, () => number])[] = [
    ['parley_partitions_owned', 'Partitions that this process applies.', () => owner.owned.length],
    ['parley_records_accepted', 'Records that got a seq, in partitions owned now.', sum(({ accepted }) => accepted)],
    ['parley_records_rejected', 'Records with a final refusal.', sum(({ rejected }) => rejected)],
    ['parley_records_repeated', 'Records that had been there before.', sum(({ repeats }) => repeats)],
    ['parley_records_faulty', 'Records that could not be applied.', sum(({ faults }) => faults)],
    [
      'parley_store_commit_failures',
      'Tries of a transaction that failed.',
      sum(({ commitFailures }) => commitFailures),
    ],
  ];
  for (const [name, help, value] of figures) {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(value()) });
  }
}
