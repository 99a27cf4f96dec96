import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noPlant } from './plants.ts';
import { namedSeeds } from './seeds.ts';
import { simulate } from './world.ts';

/** Every seed from 1 on for so long, at least and at most so many. */
const budgetMs = 50_000;
const least = 20;
const most = 200;

async function holds(seed: number): Promise<number> {
  const { violation, facts } = await simulate({ seed, plant: noPlant });
  assert.equal(violation, null, `seed ${seed}: npm run simulate -- --seed ${seed} --trace`);
  return facts.accepted;
}

for (const { seed, name } of namedSeeds)
  test(`[SIM2] seed ${seed}: ${name}`, async () => {
    await holds(seed);
  });

test('[SIM2] one world after another holds what is promised', { timeout: 4 * budgetMs }, async (t) => {
  const end = performance.now() + budgetMs;
  let [seed, accepted] = [0, 0];
  while (seed < least || (seed < most && performance.now() < end)) accepted += await holds(++seed);
  t.diagnostic(`seeds 1 to ${seed}: 0 lost, 0 repeated of ${accepted} acknowledged`);
  assert.ok(accepted > least, 'something was said');
});

test('[R14] [SIM1] the same seed takes the same course, another seed another one', async () => {
  const digest = async (seed: number) => (await simulate({ seed, plant: noPlant })).digest;
  const [once, again, other] = [await digest(5), await digest(5), await digest(6)];
  assert.equal(once, again);
  assert.notEqual(once, other);
});
