// What takes longer, for `npm run chaos`: engines that are paused or cut off for half a minute, and everything that an
// operator does to them.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { missingBalancer } from '../../scripts/cluster/balancer.ts';
import { crowd } from './crowd.ts';
import { cutOff, type Fault, paused } from './fault.ts';
import type { HostName } from './hosts.ts';
import type { Load } from './load.ts';
import { storeDown } from './store-down.ts';
import { brokerNames, storeNames, type Town } from './town.ts';

const awayMs = 30_000;
/** How long brokers may take until each has everything again. */
const mendMs = 180_000;
const lookMs = 1_000;

/** The broker that leads the most partitions. */
function leader({ engines: { kafka } }: Town): Promise<HostName> {
  return kafka.busiest().then((at) => brokerNames[at] ?? 'kafka-1');
}

/** Resolves when every partition is on three brokers again: only then may the next one go. */
async function whole({ engines: { kafka } }: Town): Promise<void> {
  for (const until = Date.now() + mendMs; !(await kafka.isWhole()); await wait(lookMs))
    assert.ok(Date.now() < until, 'every partition has its copies again');
}

async function restartEngines(town: Town, load: Load): Promise<void> {
  for (const name of [...brokerNames, ...storeNames, 'redis', 's3'] as const) {
    await town.stop(name);
    await load.ticks(50);
    await town.start(name);
    await load.everybody();
    if (name.startsWith('kafka')) await whole(town);
  }
}

/** Each in turn; any order will do. */
export const longFaults: readonly Fault[] = [
  {
    id: 'pause-broker',
    name: 'the broker that leads most is paused for 30 s, and goes on',
    mostSilenceMs: 10_000,
    happen: async (town, load) => paused(town, load, await leader(town), awayMs),
  },
  {
    id: 'pause-first-broker',
    name: 'the broker that everybody asks first is paused for 30 s, and goes on',
    mostSilenceMs: 10_000,
    happen: (town, load) => paused(town, load, 'kafka-1', awayMs),
  },
  {
    id: 'pause-node',
    name: 'a node of Cassandra is paused for 30 s, and goes on',
    mostSilenceMs: 1_000,
    happen: (town, load) => paused(town, load, 'cassandra-2', awayMs),
  },
  {
    id: 'pause-gateway',
    name: 'a gateway is paused for 60 s, and reads what waited for it',
    mostSilenceMs: 5_000,
    happen: (town, load) => paused(town, load, 'gateway-2', 2 * awayMs),
  },
  {
    id: 'pause-redis',
    name: 'Redis is paused for 30 s, and goes on',
    mostSilenceMs: 2_000,
    happen: (town, load) => paused(town, load, 'redis', awayMs),
  },
  {
    id: 'pause-s3',
    name: 'S3 is paused for 30 s, and goes on',
    mostSilenceMs: 2_000,
    happen: (town, load) => paused(town, load, 's3', awayMs),
  },
  {
    id: 'empty-broker',
    name: 'a broker comes back with an empty disk',
    mostSilenceMs: 10_000,
    async happen(town, load) {
      await whole(town);
      await town.kill('kafka-2');
      await load.everybody();
      await town.engines.kafka.replace(1);
      await whole(town);
      await load.everybody();
      // What only the others had is really there: it leads without them.
      await killedInTurn(town, load);
    },
  },
  {
    id: 'restart-engines',
    name: 'all engines are restarted, one after the other',
    mostSilenceMs: 10_000,
    happen: restartEngines,
  },
  {
    id: 'crowd',
    name: 'a gateway is killed with 2,000 sockets before both',
    mostSilenceMs: 10_000,
    missing: () => missingBalancer('haproxy'),
    happen: crowd,
  },
  {
    id: 'store-down',
    name: 'the store is away until no more is taken',
    mostSilenceMs: 240_000,
    happen: storeDown,
  },
  ...(
    [
      ['kafka-3', 'a broker', 10_000],
      ['cassandra-3', 'a node of Cassandra', 1_000],
      ['redis', 'Redis', 2_000],
      ['s3', 'S3', 2_000],
      ['sequencer-1', 'a sequencer', 2_000],
      ['gateway-2', 'a gateway', 5_000],
    ] as const
  ).map(
    ([host, what, mostSilenceMs]): Fault => ({
      id: `cut-${host.replace(/-\d$/, '')}`,
      name: `${what} is cut off for 30 s, and heard again`,
      mostSilenceMs,
      cuts: true,
      happen: (town, load) => cutOff(town, load, host, awayMs),
    }),
  ),
];

/** Each of the other brokers is gone for a moment: the one that was empty and one more are a quorum. */
async function killedInTurn(town: Town, load: Load): Promise<void> {
  for (const name of ['kafka-1', 'kafka-3'] as const) {
    await town.kill(name);
    await load.everybody();
    await town.start(name);
    await whole(town);
  }
}
