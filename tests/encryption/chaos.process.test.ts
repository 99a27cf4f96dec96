// As many histories as fit into a while; `npm run check:crypto` plays more. It has a process of its own, because the
// crypto library looks for its store in the global scope.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crowd } from './chaos.ts';
import { offerStores } from './frail-device.ts';

const histories = Number(process.env.PARLEY_TEST_HISTORIES ?? 300);
const first = Number(process.env.PARLEY_TEST_SEED ?? 1);
const mostMs = Number(process.env.PARLEY_TEST_HISTORIES_MS ?? 30_000);
/** So many histories are played by the same devices. */
const perCrowd = 25;
const steps = 10;

test('[ENC115] [ENC238] nothing is unreadable for a member, nothing is readable for others, and no key is used twice', {
  timeout: mostMs * 2 + 60_000,
}, async (t) => {
  offerStores();
  const sum = { histories: 0, said: 0, deaths: 0, revoked: 0 };
  const began = performance.now();
  let crowd: Crowd | null = null;
  for (let seed = first; seed < first + histories; seed++) {
    if (performance.now() - began > mostMs) break;
    if (crowd === null || (seed - first) % perCrowd === 0) {
      await crowd?.close();
      crowd = await Crowd.of(seed);
    }
    try {
      const { said, deaths, revoked } = await crowd.play(seed, steps);
      sum.histories += 1;
      sum.said += said;
      sum.deaths += deaths;
      sum.revoked += revoked;
    } catch (cause) {
      const begin = seed - ((seed - first) % perCrowd);
      throw new Error(`seed ${seed}: PARLEY_TEST_SEED=${begin} PARLEY_TEST_HISTORIES=${perCrowd}`, { cause });
    }
  }
  await crowd?.close();
  const { said, deaths, revoked } = sum;
  t.diagnostic(`${sum.histories} histories from seed ${first}: ${said} said, ${deaths} deaths, ${revoked} signed out`);
  assert.ok(sum.histories > 0 && said > 0);
});
