import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noPlant, plants } from './plants.ts';
import { simulate } from './world.ts';

/** Runs in which a bug must be caught. */
const most = 200;

for (const plant of plants)
  test(`[SIM3] ${plant.name}: ${plant.says}`, { timeout: 240_000 }, async (t) => {
    for (let seed = 1; seed <= most; seed++) {
      const { violation } = await simulate({ seed, plant });
      if (violation === null) continue;
      assert.equal((await simulate({ seed, plant: noPlant })).violation, null, 'it is the planted bug that was caught');
      t.diagnostic(`seed ${seed}: ${violation.split('\n', 1)[0]?.slice(0, 160)}`);
      return;
    }
    assert.fail(`not caught in ${most} runs`);
  });
