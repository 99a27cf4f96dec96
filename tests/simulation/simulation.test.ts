import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { commitHash } from './commit.ts';
import { noPlant } from './plants.ts';
import { namedClusterSeeds, namedSeeds } from './seeds.ts';
import { simulate } from './world.ts';

/** One seed after another for so long, at least and at most so many. */
interface Batch {
  readonly first: number;
  readonly budgetMs: number;
  readonly least: number;
  readonly most: number;
  readonly gateways?: number;
}

/** Runs in which the server's clock is set for certain. */
const clockRuns = 16;
/** A run in which the clock is eight days behind the log of a restored server that must write in it. */
const restoredBehind = 630_000_035;
const seedsThere = 1_000_000_000;
const known: Batch = { first: 1, budgetMs: 50_000, least: 20, most: 200 };
const knownCluster: Batch = { first: 1, budgetMs: 25_000, least: 10, most: 100, gateways: 1 };
const knownGateways: Batch = { first: 1, budgetMs: 25_000, least: 10, most: 100, gateways: 2 };
/** Begins elsewhere for every commit, so that who looks at one again sees the same. */
const drawn: Batch = { first: firstOf(commitHash()), budgetMs: 45_000, least: 10, most: 150 };

function firstOf(hash: string | null): number {
  return hash === null ? randomInt(seedsThere) : Number.parseInt(hash.slice(0, 12), 16) % seedsThere;
}

async function holds(seed: number, gateways = 0): Promise<number> {
  const { violation, facts } = await simulate({ seed, plant: noPlant, gateways });
  const kind = gateways === 0 ? '' : ` --gateways ${gateways}`;
  assert.ok(violation === null, `${violation}\nagain: npm run simulate -- --seed ${seed}${kind} --trace`);
  return facts.accepted;
}

async function allHold({ first, budgetMs, least, most, gateways }: Batch, t: TestContext): Promise<void> {
  const end = performance.now() + budgetMs;
  let [runs, accepted] = [0, 0];
  while (runs < least || (runs < most && performance.now() < end)) accepted += await holds(first + runs++, gateways);
  t.diagnostic(`seeds ${first} to ${first + runs - 1}: 0 lost, 0 repeated of ${accepted} acknowledged`);
  assert.ok(accepted > least, 'something was said');
}

for (const { seed, name } of namedSeeds)
  test(`[SIM2] seed ${seed}: ${name}`, async () => {
    await holds(seed);
  });

for (const { seed, gateways, name } of namedClusterSeeds)
  test(`[SIM92] seed ${seed} of a cluster: ${name}`, async () => {
    await holds(seed, gateways);
  });

test(
  '[SIM92] worlds of a gateway and an owner over a slow store hold it',
  { timeout: 4 * knownCluster.budgetMs },
  (t) => allHold(knownCluster, t),
);

test(
  '[SIM92] worlds of two gateways, any of which serves any call, hold it',
  { timeout: 4 * knownGateways.budgetMs },
  (t) => allHold(knownGateways, t),
);

test('[SIM2] one world after another holds what is promised', { timeout: 4 * known.budgetMs }, (t) =>
  allHold(known, t),
);

test(
  `[SIM90] worlds that nobody has seen hold it too, from seed ${drawn.first} on`,
  { timeout: 4 * drawn.budgetMs },
  (t) => allHold(drawn, t),
);

test('[SIM91] a server whose clock is set by hours or days serves again by itself and has lost nothing', async () => {
  for (let seed = 1; seed <= clockRuns; seed++) {
    const { violation, facts } = await simulate({ seed, plant: noPlant, setsClock: true });
    assert.equal(violation, null, `seed ${seed}`);
    assert.ok(facts.faults.has('server clock is set'));
  }
});

test('[BAK6] a server that is restored after its clock was set back waits until the clock is believed', async () => {
  const { violation, facts } = await simulate({ seed: restoredBehind, plant: noPlant });
  assert.equal(violation, null);
  assert.ok(facts.faults.has('server clock is set') && facts.faults.has('server is restored'));
});

test('[R14] [SIM1] the same seed takes the same course, another seed another one', async () => {
  const digest = async (seed: number) => (await simulate({ seed, plant: noPlant })).digest;
  const [once, again, other] = [await digest(5), await digest(5), await digest(6)];
  assert.equal(once, again);
  assert.notEqual(once, other);
});
