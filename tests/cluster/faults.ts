// What may happen to a cluster, in short: these are part of `npm test`. `npm run chaos` has them too, and longer ones.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { runProgram } from '../../scripts/program.ts';
import { type Fault, killed, paused } from './fault.ts';
import { withoutFiles } from './file-fault.ts';
import { processNames } from './town.ts';

/** Longer than an owner or broker may be silent before others take over. */
const pastSessionMs = 9_000;

const lookMs = 500;

/** In this order. */
export const faults: readonly Fault[] = [
  {
    id: 'kill-gateway',
    name: 'a gateway is killed',
    mostSilenceMs: 5_000,
    happen: (town, load) => killed(town, load, 'gateway-1'),
  },
  {
    id: 'kill-sequencer',
    name: 'a sequencer is killed',
    mostSilenceMs: 5_000,
    happen: (town, load) => killed(town, load, 'sequencer-1'),
  },
  {
    id: 'pause-sequencer',
    name: 'a sequencer is paused until others have its partitions, and goes on',
    mostSilenceMs: 5_000,
    happen: (town, load) => paused(town, load, 'sequencer-2', pastSessionMs),
  },
  {
    id: 'kill-all',
    name: 'every process of Parley is killed at once',
    mostSilenceMs: 60_000,
    async happen(town, load) {
      await Promise.all(processNames.map((name) => town.kill(name)));
      await Promise.all(processNames.map((name) => town.start(name)));
      await load.everybody();
    },
  },
  {
    id: 'kill-broker',
    name: 'a broker of Kafka is killed, comes back, and leads again',
    mostSilenceMs: 20_000,
    async happen(town, load) {
      const { kafka } = town.engines;
      await killed(town, load, 'kafka-2');
      while (!(await kafka.isWhole())) await wait(lookMs);
      await kafka.elect();
      // Ticks would come from the log, also if nobody read it.
      await load.everyChat();
    },
  },
  {
    id: 'kill-node',
    name: 'a node of Cassandra is killed',
    mostSilenceMs: 5_000,
    happen: (town, load) => killed(town, load, 'cassandra-2'),
  },
  {
    id: 'pause-node-shortly',
    name: 'a node of Cassandra is paused, and goes on',
    mostSilenceMs: 5_000,
    happen: (town, load) => paused(town, load, 'cassandra-3', 3_000),
  },
  {
    id: 'kill-redis',
    name: 'Redis is killed, comes back empty, and is emptied',
    mostSilenceMs: 5_000,
    async happen(town, load) {
      await killed(town, load, 'redis');
      const { code } = await runProgram('redis-cli', ['-u', town.engines.redis.url, 'flushall'], { timeoutMs: 10_000 });
      assert.equal(code, 0);
      await load.ticks(50);
    },
  },
  {
    id: 'kill-s3',
    name: 'S3 is killed: files wait for it, messages do not',
    mostSilenceMs: 5_000,
    happen: withoutFiles,
  },
  {
    id: 'pause-broker-shortly',
    name: 'the broker that everybody asks first is paused until others lead for it, and goes on',
    mostSilenceMs: 20_000,
    happen: (town, load) => paused(town, load, 'kafka-1', pastSessionMs),
  },
  {
    id: 'no-quorum',
    name: 'two of three brokers are gone: nothing is acknowledged until they are back',
    mostSilenceMs: 90_000,
    async happen(town, load) {
      const gone = ['kafka-2', 'kafka-3'] as const;
      await Promise.all(gone.map((name) => town.kill(name)));
      // What was on its way when they went.
      await wait(2_000);
      const before = load.acked;
      await wait(5_000);
      assert.equal(load.acked, before, 'a quorum is needed for a tick');
      await load.whileStarting(() => Promise.all(gone.map((name) => town.start(name))));
      await load.everybody();
    },
  },
  {
    id: 'restart-all',
    name: 'everything of Parley is restarted, one process after the other',
    mostSilenceMs: 10_000,
    async happen(town, load) {
      for (const name of processNames) {
        assert.equal(await town.stop(name), 0, `${name} ends well`);
        await load.whileStarting(() => town.start(name));
        await load.ticks(300);
      }
    },
  },
];
