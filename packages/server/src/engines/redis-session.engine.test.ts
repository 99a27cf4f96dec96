import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startRedis } from '../../../../scripts/engines/redis.ts';
import { EngineRefused } from './cassandra-session.ts';
import { freshPrefix, openNodes, until } from './redis-fixture.ts';
import { openRedis } from './redis-session.ts';

test('[BUS20] a Redis that refuses us is no Redis for us, in words for the operator, and one with our password is', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-redis-session-'));
  const engine = await startRedis(folder, 24_396);
  t.after(async () => {
    await engine.end();
    rmSync(folder, { recursive: true, force: true });
  });
  const parts = { urls: [engine.url], prefix: freshPrefix(), isMember: true, fault: () => {} };
  const open = await openRedis(parts);
  await open.client.run([['CONFIG', 'SET', 'requirepass', 'secret']]);
  await open[Symbol.asyncDispose]();
  await assert.rejects(openRedis(parts), (error: unknown) => {
    assert.ok(error instanceof EngineRefused);
    assert.match(error.message, /Redis refuses us: NOAUTH/);
    return true;
  });
  await assert.rejects(openRedis({ ...parts, user: { password: 'wrong' } }), EngineRefused);
  await using ours = await openRedis({ ...parts, user: { password: 'secret' } });
  assert.deepEqual(await ours.client.run([['PING']]), ['PONG']);
});

test('[BUS20] a Redis that is away keeps nobody from starting, and is taken once it is there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-redis-session-'));
  const port = 24_397;
  const { nodes, faults } = await openNodes({ urls: [`redis://127.0.0.1:${port}`], prefix: freshPrefix() }, 1);
  const [redis] = nodes;
  assert.ok(redis);
  assert.equal(redis.client.isReady, false);
  assert.ok(faults.length > 0);
  const engine = await startRedis(folder, port);
  t.after(async () => {
    await redis[Symbol.asyncDispose]();
    await engine.end();
    rmSync(folder, { recursive: true, force: true });
  });
  await redis.node.join();
  await until(() => redis.node.alive.has(redis.node.id), 'the first look');
});

test('[BUS20] nodes see who comes and goes, and one whose lease is over as dead until it is forgotten', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-redis-session-'));
  const engine = await startRedis(folder, 24_398);
  t.after(async () => {
    await engine.end();
    rmSync(folder, { recursive: true, force: true });
  });
  const { nodes } = await openNodes({ urls: [engine.url], prefix: freshPrefix(), leaseMs: 1_200 }, 2);
  const [one, other] = nodes;
  assert.ok(one && other);
  t.after(() => one[Symbol.asyncDispose]());
  const changes: number[] = [];
  one.node.listen({ changed: () => changes.push(one.node.alive.size) });
  await one.node.join();
  await other.node.join();
  await one.node.look();
  assert.deepEqual([...one.node.alive].toSorted(), [one.node.id, other.node.id].toSorted());
  other.client.close();
  await until(() => one.node.dead.has(other.node.id), 'the end of its lease');
  assert.deepEqual([...one.node.alive], [one.node.id]);
  await one.node.forget(one.node.id);
  await one.node.forget(other.node.id);
  await one.node.look();
  assert.deepEqual([one.node.dead.size, [...one.node.alive]], [0, [one.node.id]]);
  assert.deepEqual(changes, [1, 2, 1, 1]);
});

test('[BUS22] what was sent to Redis is collected with what is young', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-redis-session-'));
  const engine = await startRedis(folder, 24_399);
  t.after(async () => {
    await engine.end();
    rmSync(folder, { recursive: true, force: true });
  });
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (of: { readonly type: 'minor' | 'major' }) => void;
  const left = async (type: 'minor' | 'major'): Promise<number> => {
    for (let times = 0; times < 3; times++) {
      collect({ type });
      await turn();
    }
    return process.memoryUsage().arrayBuffers;
  };
  await using redis = await openRedis({ urls: [engine.url], prefix: freshPrefix(), isMember: true, fault: () => {} });
  const before = await left('major');
  for (let n = 0; n < 200; n++) await redis.client.run([['SPUBLISH', 'somewhere', Buffer.alloc(20_000)]]);
  const kept = (await left('minor')) - before;
  assert.ok(kept < 1_000_000, `${kept} of 4,000,000 bytes were kept`);
});
