import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { type Redis, startRedis } from '../../../../scripts/engines/redis.ts';
import { freshPrefix, openNodes, until } from '../engines/redis-fixture.ts';
import { busBeatMs, busBlindMs, maxBusQueueBytes, maxBusUnsentBytes } from '../kernel/engine-limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import type { Hint } from './bus.ts';
import { RedisBus } from './redis-bus.ts';
import { arrived, type BusNode, openBuses } from './redis-bus-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-redis-bus-'));
const port = 24_390;
let engine: Redis;

before(async () => {
  engine = await startRedis(folder, port);
});

after(async () => {
  await engine.end();
  rmSync(folder, { recursive: true, force: true });
});

const ana = `a_${'1'.repeat(22)}` as AccountId;
const hint: Hint = { type: 'accounts', accounts: [ana], frame: new Uint8Array(2_000), droppable: false };
const mostBytes = maxBusQueueBytes + maxBusUnsentBytes;

/** Two nodes; the second one wants what is published at the first. */
async function openTwo() {
  const opened = await openBuses({ urls: [engine.url] }, 2);
  const [from, to] = opened.ends as [BusNode, BusNode];
  to.bus.want(`account:${ana}`);
  await to.bus.ready();
  from.bus.publish(hint);
  await arrived(from, [to]);
  assert.equal(to.heard.length, 1);
  return { ...opened, from, to };
}

type Two = Awaited<ReturnType<typeof openTwo>>;

/** After a fault: both are told to look again, and then hints flow as before. */
async function isWhole({ from, to }: Two): Promise<void> {
  await until(() => to.resyncs > 0 && from.resyncs > 0, 'the word to look again');
  // What is lost from here on would be nobody's to find.
  await until(async () => {
    const before = to.heard.length;
    from.bus.publish(hint);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return to.heard.length > before;
  }, 'a hint');
  await arrived(from, [to]);
  await arrived(to, [from]);
}

/** Publishes without pause until it is over; what waits stays within its bound. */
async function publishUntil({ from }: Two, over: () => boolean): Promise<{ count: number; most: number }> {
  const found = { count: 0, most: 0 };
  while (!over()) {
    for (let n = 0; n < 500; n++) from.bus.publish(hint);
    found.count += 500;
    found.most = Math.max(found.most, from.bus.bytes);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

test('[BUS17] after Redis was killed and came back empty both ends look again, and hints flow', async (t) => {
  const two = await openTwo();
  t.after(two.close);
  let isOver = false;
  const published = publishUntil(two, () => isOver);
  await engine.restart();
  isOver = true;
  const { count, most } = await published;
  assert.ok(most <= mostBytes, `${most} bytes waited`);
  assert.equal(two.from.heard.length, 1 + count, 'who is here hears everything without Redis');
  await isWhole(two);
});

test('[BUS17] after Redis forgot everything what is wanted stands there again, and both ends look again', async (t) => {
  const two = await openTwo();
  t.after(two.close);
  await two.from.redis.client.run([['FLUSHALL']]);
  await isWhole(two);
});

test('[BUS17] after Redis stood still for five seconds both ends look again, and hints flow', async (t) => {
  const two = await openTwo();
  t.after(two.close);
  engine.node.signal('SIGSTOP');
  const since = performance.now();
  const { most } = await publishUntil(two, () => performance.now() - since > 5_000);
  engine.node.signal('SIGCONT');
  assert.ok(most <= mostBytes, `${most} bytes waited`);
  await isWhole(two);
});

test('[BUS11] while Redis cannot be reached the bus is ready all the same, and says later what stood there too late', async (t) => {
  const two = await openTwo();
  t.after(two.close);
  engine.node.signal('SIGSTOP');
  const since = performance.now();
  two.to.bus.want(`presence:${ana}`);
  await two.to.bus.ready();
  assert.ok(performance.now() - since < 4_000);
  engine.node.signal('SIGCONT');
  await until(() => two.to.missed.includes(`presence:${ana}`) || two.to.resyncs > 0, 'the word that it was late');
  await until(async () => {
    two.from.bus.publish({ type: 'presence', account: ana });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return two.to.heard.some(({ type }) => type === 'presence');
  }, 'a hint');
});

test('[BUS19] while nothing arrives everybody looks again every half a minute', async (t) => {
  const { nodes } = await openNodes({ urls: [engine.url], prefix: freshPrefix() }, 1);
  const [redis] = nodes;
  assert.ok(redis);
  const clock = new ManualClock();
  const bus = new RedisBus({ redis, clock, fault: () => {} });
  t.after(async () => {
    engine.node.signal('SIGCONT');
    await bus[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });
  let resyncs = 0;
  bus.subscribe(({ type }) => {
    if (type === 'resync') resyncs++;
  });
  await bus.ready();
  engine.node.signal('SIGSTOP');
  for (let ms = 0; ms < 3.5 * busBlindMs; ms += busBeatMs) clock.advance(busBeatMs);
  assert.ok(resyncs >= 3 && resyncs <= 5, String(resyncs));
});
