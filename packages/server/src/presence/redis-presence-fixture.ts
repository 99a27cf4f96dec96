// Ends of presence over a real Redis, for tests: nodes that have joined, with time by hand.
import assert from 'node:assert/strict';
import { freshPrefix, openNodes } from '../engines/redis-fixture.ts';
import type { RedisSession, RedisSessionParts } from '../engines/redis-session.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import type { OpenPresence } from './presence.contract.ts';
import { RedisPresence } from './redis-presence.ts';

/** Where Redis is, and how long leases are. */
export type Place = Pick<RedisSessionParts, 'urls' | 'cluster' | 'leaseMs'>;

/** Nodes that have joined, and know of each other. */
export async function openJoined(place: Place, count: number): Promise<readonly RedisSession[]> {
  const { nodes } = await openNodes({ ...place, prefix: freshPrefix() }, count);
  for (const { node } of nodes) await node.join();
  for (const { node } of nodes) await node.look();
  return nodes;
}

/** Two ends, for the contract. */
export async function openPair(place: Place): Promise<OpenPresence> {
  const nodes = await openJoined(place, 2);
  const clock = new ManualClock();
  const [here, there] = nodes.map((redis) => new RedisPresence({ redis, clock, fault: () => {} }));
  assert.ok(here && there);
  const end = there[Symbol.asyncDispose].bind(there);
  there[Symbol.asyncDispose] = async () => {
    await end();
    for (const redis of nodes) await redis[Symbol.asyncDispose]();
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await here.settled();
    await there.settled();
  };
  return { here, there, now: () => clock.now(), pass };
}
