// Ends of the bus over a real Redis, for tests: nodes that know of each other, and what arrives at each.
import assert from 'node:assert/strict';
import type { AccountId } from '@parley/protocol';
import { freshPrefix, openNodes, until } from '../engines/redis-fixture.ts';
import type { RedisSession } from '../engines/redis-session.ts';
import { hostClock } from '../kernel/clock.ts';
import type { OpenBus } from './bus.contract.ts';
import type { Hint } from './bus.ts';
import { RedisBus } from './redis-bus.ts';

/** Where Redis is. */
export interface RedisPlace {
  readonly urls: readonly string[];
  readonly cluster?: boolean;
}

/** One node of a test. */
export class BusNode {
  readonly redis: RedisSession;
  readonly bus: RedisBus;
  /** What arrived here, but resyncs. */
  readonly heard: Hint[] = [];
  /** How often everybody here was told to look again, and for which topics. */
  resyncs = 0;
  readonly missed: string[] = [];

  constructor(redis: RedisSession) {
    this.redis = redis;
    this.bus = new RedisBus({ redis, clock: hostClock, fault: () => {} });
    this.bus.subscribe((hint) => {
      if (isMark(hint)) return;
      if (hint.type !== 'resync') this.heard.push(hint);
      else if (hint.topics === null) this.resyncs++;
      else this.missed.push(...hint.topics);
    });
  }
}

/** So many nodes on one Redis. */
export async function openBuses(place: RedisPlace, count: number) {
  const { nodes, faults } = await openNodes({ ...place, prefix: freshPrefix() }, count);
  const ends = nodes.map((redis) => new BusNode(redis));
  await Promise.all(ends.map(({ bus }) => bus.ready()));
  for (const { redis } of ends) await redis.node.look();
  return {
    ends,
    faults,
    close: async (): Promise<void> => {
      for (const { bus, redis } of ends) {
        await bus[Symbol.asyncDispose]();
        await redis[Symbol.asyncDispose]();
      }
    },
  };
}

/** Two of them, for the contract. */
export async function openPair(place: RedisPlace): Promise<OpenBus> {
  const { ends, close } = await openBuses(place, 2);
  const [one, other] = ends;
  assert.ok(one && other);
  let isClosed = false;
  return {
    publisher: one.bus,
    subscriber: other.bus,
    settled: () => arrived(one, [one, other]),
    isMark,
    async close() {
      if (!isClosed) await close();
      isClosed = true;
    },
  };
}

const markPrefix = 'a_mark_';
let marks = 0;

const isMark = (hint: Hint): boolean => hint.type === 'settings' && hint.account.startsWith(markPrefix);

/** Resolves when everything that `from` published before has arrived at `to`: what every node hears comes after it. */
export async function arrived(from: BusNode, to: readonly BusNode[]): Promise<void> {
  const account = `${markPrefix}${++marks}` as AccountId;
  const missing = new Set(to);
  const stops = to.map((node) =>
    node.bus.subscribe((hint) => {
      if (hint.type === 'settings' && hint.account === account) missing.delete(node);
    }),
  );
  from.bus.publish({ type: 'settings', account });
  await until(() => missing.size === 0, 'the mark');
  for (const stop of stops) stop();
}
