import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Limiter } from '../accounts/limiter.ts';
import { testEngine } from '../kernel/engines-fixture.ts';
import { Unavailable } from '../kernel/result.ts';
import { freshPrefix, openNodes, until } from './redis-fixture.ts';
import { RedisLimiter } from './redis-limiter.ts';

const limit = { count: 2, perMs: 60_000 };

/** Two gateways that count the same. */
async function two() {
  const { nodes } = await openNodes({ urls: [testEngine('redis').url], prefix: freshPrefix() }, 2);
  const [here, there] = nodes.map((redis): Limiter => new RedisLimiter(redis, 'test'));
  assert.ok(here && there);
  const close = async (): Promise<void> => {
    for (const redis of nodes) await redis[Symbol.asyncDispose]();
  };
  return { here, there, nodes, close };
}

test('[ACC101] what one gateway lets through counts at the other, by key', async (t) => {
  const { here, there, close } = await two();
  t.after(close);
  assert.equal(await here.take('a', limit), 0);
  assert.equal(await there.take('a', limit), 0);
  for (const each of [here, there]) {
    const waitMs = await each.take('a', limit);
    assert.ok(waitMs > 0 && waitMs <= limit.perMs, String(waitMs));
  }
  assert.equal(await there.take('b', limit), 0);
});

test('[ACC101] what went well is given back for all, and never more than was taken', async (t) => {
  const { here, there, close } = await two();
  t.after(close);
  await there.give('a');
  for (let n = 0; n < 10; n++) {
    assert.equal(await here.take('a', limit), 0);
    await there.give('a');
  }
  await there.give('a');
  assert.equal(await here.take('a', limit), 0);
  assert.equal(await here.take('a', limit), 0);
  assert.ok((await there.take('a', limit)) > 0);
});

test('[ACC9] a window in Redis ends by itself, and no moment lets more through than it should', async (t) => {
  const { here, there, close } = await two();
  t.after(close);
  const short = { count: 5, perMs: 300 };
  const begun = performance.now();
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? here : there).take('a', short)));
  assert.equal(answers.filter((waitMs) => waitMs === 0).length, short.count);
  await until(async () => (await here.take('a', short)) === 0, 'the end of the window');
  assert.ok(performance.now() - begun >= short.perMs - 1);
});

test('[S11] a limiter whose Redis is away cannot count', async () => {
  const { here, close } = await two();
  await close();
  await assert.rejects(here.take('a', limit), Unavailable);
});
