// What may happen to a cluster, each with its end: after it everything runs again. A fault says itself what it waits for.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { runProgram } from '../../scripts/program.ts';
import type { Load } from './load.ts';
import { processNames, type Town } from './town.ts';

/** Something that happens under load. */
export interface Fault {
  readonly name: string;
  /** The longest silence that is allowed over all people, in milliseconds. */
  readonly mostSilenceMs: number;
  readonly happen: (town: Town, load: Load) => Promise<void>;
}

/** Longer than an owner or broker may be silent before others take over. */
const pastSessionMs = 9_000;

async function kill(town: Town, load: Load, name: (typeof processNames)[number]): Promise<void> {
  await town.process(name).end('SIGKILL');
  await load.everybody();
  await load.ticks(50);
  await town.start(name);
  await load.ticks(50);
}

/** In this order. */
export const faults: readonly Fault[] = [
  { name: 'a gateway is killed', mostSilenceMs: 5_000, happen: (town, load) => kill(town, load, 'gateway-1') },
  { name: 'a sequencer is killed', mostSilenceMs: 5_000, happen: (town, load) => kill(town, load, 'sequencer-1') },
  {
    name: 'a sequencer is paused until others have its partitions, and goes on',
    mostSilenceMs: 5_000,
    async happen(town, load) {
      town.process('sequencer-2').signal('SIGSTOP');
      await wait(pastSessionMs);
      await load.ticks(50);
      town.process('sequencer-2').signal('SIGCONT');
      await load.ticks(100);
    },
  },
  {
    name: 'every process of Parley is killed at once',
    mostSilenceMs: 60_000,
    async happen(town, load) {
      await Promise.all(processNames.map((name) => town.process(name).end('SIGKILL')));
      await Promise.all(processNames.map((name) => town.start(name)));
      await load.everybody();
    },
  },
  {
    name: 'a broker of Kafka is killed',
    mostSilenceMs: 20_000,
    async happen({ engines: { kafka } }, load) {
      await kafka.nodes[0]?.end('SIGKILL');
      await load.everybody();
      await load.ticks(50);
      await kafka.restart(0);
      await load.ticks(50);
    },
  },
  {
    name: 'a node of Cassandra is killed',
    mostSilenceMs: 5_000,
    async happen({ engines: { cassandra } }, load) {
      await cassandra.nodes[1]?.end('SIGKILL');
      await load.everybody();
      await load.ticks(100);
      await cassandra.restart(1);
      await load.ticks(50);
    },
  },
  {
    name: 'Redis is killed, comes back empty, and is emptied',
    mostSilenceMs: 5_000,
    async happen({ engines: { redis } }, load) {
      await redis.node.end('SIGKILL');
      await load.ticks(100);
      await load.everybody();
      await redis.restart();
      await load.ticks(50);
      const { code } = await runProgram('redis-cli', ['-u', redis.url, 'flushall'], { timeoutMs: 10_000 });
      assert.equal(code, 0);
      await load.ticks(50);
    },
  },
  {
    name: 'S3 is killed',
    mostSilenceMs: 5_000,
    async happen({ engines: { s3 } }, load) {
      await s3.end();
      await load.ticks(100);
    },
  },
  {
    name: 'two of three brokers are gone: nothing is acknowledged until they are back',
    mostSilenceMs: 90_000,
    async happen({ engines: { kafka } }, load) {
      await Promise.all([1, 2].map(async (at) => kafka.nodes[at]?.end('SIGKILL')));
      // What was on its way when they went.
      await wait(2_000);
      const before = load.acked;
      await wait(5_000);
      assert.equal(load.acked, before, 'a quorum is needed for a tick');
      await Promise.all([1, 2].map((at) => kafka.restart(at)));
      await load.everybody();
    },
  },
  {
    name: 'everything is restarted, one process after the other',
    mostSilenceMs: 10_000,
    async happen(town, load) {
      for (const name of processNames) {
        const code = await town.process(name).end();
        assert.equal(code, 0, `${name} ends well`);
        await town.start(name);
        await load.ticks(50);
      }
    },
  },
];
