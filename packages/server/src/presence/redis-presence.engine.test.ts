import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AccountId, DeviceId } from '@parley/protocol';
import { offlineGraceMs } from '@parley/protocol/limits';
import { startRedis } from '../../../../scripts/engines/redis.ts';
import { freshPrefix, openNodes, until } from '../engines/redis-fixture.ts';
import type { RedisSession } from '../engines/redis-session.ts';
import { hostClock } from '../kernel/clock.ts';
import { testEngine } from '../kernel/engines-fixture.ts';
import { presenceRenewalMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Unavailable } from '../kernel/result.ts';
import { presenceContract } from './presence.contract.ts';
import type { Seen } from './presence.ts';
import { RedisPresence } from './redis-presence.ts';
import { openJoined, openPair } from './redis-presence-fixture.ts';

const urls = [testEngine('redis').url];
const account = (n: number) => `a_${String(n).padStart(22, '0')}` as AccountId;
const device = (n: number) => `d_${String(n).padStart(22, '0')}` as DeviceId;
const [ana, ben] = [account(1), account(2)];
const [phone, laptop] = [device(1), device(2)];
const leaseMs = 1_500;

/** Nodes of one Redis. */
const joined = (count: number, leaseMs?: number): Promise<readonly RedisSession[]> =>
  openJoined({ urls, ...(leaseMs !== undefined && { leaseMs }) }, count);

presenceContract('redis presence', () => openPair({ urls }));

/** Ends that hear what any of them tells, with time by hand. */
function ends(nodes: readonly RedisSession[], clockOfFirst?: ManualClock) {
  const clock = new ManualClock();
  const told: Seen[] = [];
  const presenceAt = (at: number): RedisPresence => {
    const redis = nodes[at];
    assert.ok(redis);
    return new RedisPresence({ redis, clock: (at === 0 ? clockOfFirst : undefined) ?? clock, fault: () => {} });
  };
  const presences = [presenceAt(0), presenceAt(1)] as const;
  for (const presence of presences) presence.changed((seen) => told.push(seen));
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (const presence of presences) await presence.settled();
  };
  const close = async (): Promise<void> => {
    for (const presence of presences) await presence[Symbol.asyncDispose]();
    for (const redis of nodes) await redis[Symbol.asyncDispose]();
  };
  return { presences, clock, told, pass, close };
}

const seenBy = async (presence: RedisPresence, who: AccountId): Promise<Seen | undefined> =>
  (await presence.of([who]))[0];

test('[PRS20] people of a gateway that died without a word are offline after their grace, told once, and were seen when it was last heard of', async (t) => {
  const nodes = await joined(2, leaseMs);
  const { presences, clock, told, pass, close } = ends(nodes);
  t.after(close);
  const [dies, stays] = presences;
  await dies.connected(ana, phone);
  await dies.connected(ben, laptop);
  await stays.connected(ben, device(3));
  told.length = 0;
  nodes[0]?.client.close();
  const isBuried = async (): Promise<boolean> => {
    const keys = await nodes[1]?.client.run([['ZCARD', `${nodes[1].prefix}nodes`]]);
    return keys?.[0] === 1;
  };
  await until(isBuried, 'the burial');
  assert.equal((await seenBy(stays, ana))?.online, true, 'in its grace');
  assert.deepEqual(told, []);
  await pass(offlineGraceMs);
  assert.equal(await stays.isOnline(phone), false);
  const seen = await seenBy(stays, ana);
  assert.ok(seen?.lastSeenAt !== null && seen?.lastSeenAt !== undefined);
  const silentMs = clock.now() - offlineGraceMs - seen.lastSeenAt;
  assert.ok(silentMs >= leaseMs && silentMs < leaseMs + 30_000, String(silentMs));
  assert.deepEqual(told, [{ account: ana, online: false, lastSeenAt: seen.lastSeenAt }]);
  assert.equal((await seenBy(stays, ben))?.online, true);
});

test('[PRS20] a gateway that goes leaves those in their grace to the others', async (t) => {
  const nodes = await joined(2);
  const { presences, clock, told, pass, close } = ends(nodes);
  t.after(close);
  const [goes, stays] = presences;
  await goes.connected(ana, phone);
  await goes.disconnected(ana, phone);
  const leftAt = clock.now();
  told.length = 0;
  await goes[Symbol.asyncDispose]();
  await nodes[0]?.[Symbol.asyncDispose]();
  await until(async () => {
    await nodes[1]?.node.look();
    return (await nodes[1]?.client.run([['ZCARD', `${nodes[1].prefix}nodes`]]))?.[0] === 1;
  }, 'the burial');
  await pass(offlineGraceMs);
  assert.deepEqual(told, [{ account: ana, online: false, lastSeenAt: leftAt }]);
  assert.deepEqual(await seenBy(stays, ana), { account: ana, online: false, lastSeenAt: leftAt });
});

test('[PRS21] after Redis forgot everything who is there is said again, and nobody is told anything', async (t) => {
  const nodes = await joined(2);
  const { presences, told, close } = ends(nodes);
  t.after(close);
  const [here, there] = presences;
  await here.connected(ana, phone);
  told.length = 0;
  await forgetAll(nodes[0]);
  assert.equal((await seenBy(there, ana))?.online, false);
  await until(async () => (await seenBy(there, ana))?.online === true, 'the word of who is there');
  assert.equal(await there.isOnline(phone), true);
  assert.deepEqual(told, []);
});

test('[PRS21] who is there is said again now and then, whatever was lost', async (t) => {
  const nodes = await joined(2);
  const { presences, told, pass, close } = ends(nodes);
  t.after(close);
  const [here, there] = presences;
  await here.connected(ana, phone);
  told.length = 0;
  await nodes[0]?.client.run([['DEL', `${nodes[0].prefix}p:${ana}`]]);
  assert.equal((await seenBy(there, ana))?.online, false);
  await pass(presenceRenewalMs);
  await until(async () => (await seenBy(there, ana))?.online === true, 'the word of who is there');
  assert.deepEqual(told, []);
});

test('[PRS21] a gateway that was taken for dead says who is there again, and that they came', async (t) => {
  const [other] = await joined(1);
  assert.ok(other);
  // This one stands still: no second passes for it.
  const clock = new ManualClock();
  const { nodes } = await openNodes({ urls, prefix: other.prefix, clock }, 1);
  const [stands] = nodes;
  assert.ok(stands);
  await stands.node.join();
  const { presences, told, pass, close } = ends([stands, other], clock);
  t.after(close);
  const [here, there] = presences;
  await here.connected(ana, phone);
  assert.equal(told.length, 1);
  await stands.client.run([['ZADD', `${stands.prefix}nodes`, 'XX', Date.now() - 1_000, stands.node.id]]);
  await other.node.look();
  await until(async () => (await other.client.run([['ZCARD', `${other.prefix}nodes`]]))[0] === 1, 'the burial');
  await there.settled();
  await pass(offlineGraceMs);
  assert.deepEqual([told.at(-1)?.online, (await seenBy(there, ana))?.online], [false, false]);
  await stands.node.look();
  await until(() => told.length === 3, 'the return');
  assert.deepEqual(told[2], { account: ana, online: true, lastSeenAt: null });
  assert.equal((await seenBy(there, ana))?.online, true);
});

test('[PRS22] while Redis is away sockets come and go all the same, and what it could not hear is said once it is back', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-redis-presence-'));
  const engine = await startRedis(folder, 24_393);
  t.after(async () => {
    await engine.end();
    rmSync(folder, { recursive: true, force: true });
  });
  const { nodes } = await openNodes({ urls: [engine.url], prefix: freshPrefix() }, 2);
  for (const { node } of nodes) await node.join();
  const [here, there] = nodes.map((redis) => new RedisPresence({ redis, clock: hostClock, fault: () => {} }));
  assert.ok(here && there);
  t.after(async () => {
    for (const presence of [here, there]) await presence[Symbol.asyncDispose]();
    for (const redis of nodes) await redis[Symbol.asyncDispose]();
  });
  await here.connected(ana, phone);
  engine.node.signal('SIGSTOP');
  const since = performance.now();
  await here.connected(ben, laptop);
  await here.disconnected(ana, phone, 40_000);
  assert.ok(performance.now() - since < 10_000);
  assert.deepEqual([await here.isOnline(laptop), await here.isOnline(phone)], [true, false]);
  await assert.rejects(here.of([ana]), Unavailable);
  engine.node.signal('SIGCONT');
  const online = async (who: AccountId): Promise<boolean | undefined> =>
    seenBy(there, who).then(
      (seen) => seen?.online,
      () => undefined,
    );
  await until(async () => (await online(ben)) === true && (await online(ana)) === false, 'what was not heard');
});

/** Redis forgets what is under the keys of this test. */
async function forgetAll(redis: RedisSession | undefined): Promise<void> {
  assert.ok(redis);
  const [keys] = await redis.client.run([['KEYS', `${redis.prefix}*`]]);
  await redis.client.run([['DEL', ...(keys as string[])]]);
}
