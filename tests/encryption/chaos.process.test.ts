// Three hundred histories, in as many threads as there are processors, or as many as fit into a while on a slow machine;
// `npm run check:crypto` plays more.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { ChaosNews, ChaosPlan } from './chaos-worker.ts';

/** On the slowest machine. */
const fewest = 50;
const histories = Number(process.env.PARLEY_TEST_HISTORIES ?? 300);
const first = Number(process.env.PARLEY_TEST_SEED ?? 1);
const mostMs = Number(process.env.PARLEY_TEST_HISTORIES_MS ?? 90_000);
const threads = Number(process.env.PARLEY_TEST_THREADS ?? Math.min(2, availableParallelism()));
const perCrowd = 25;
const steps = 10;

test('[ENC115] [ENC238] nothing is unreadable for a member, nothing is readable for others, and no key is used twice', {
  timeout: mostMs * 2 + 60_000,
}, async (t) => {
  const before = process.cpuUsage();
  const begun = new SharedArrayBuffer(4);
  const plan: ChaosPlan = { first, histories, steps, perCrowd, until: Date.now() + mostMs, begun };
  const sum = { histories: 0, said: 0, deaths: 0, revoked: 0 };
  const failures: string[] = [];
  const hear = (news: ChaosNews) => {
    if ('failure' in news) {
      const again = `PARLEY_TEST_SEED=${news.begin} PARLEY_TEST_HISTORIES=${perCrowd}`;
      failures.push(`seed ${news.seed}: ${again}\n${news.failure}`);
      return;
    }
    sum.histories += 1;
    sum.said += news.played.said;
    sum.deaths += news.played.deaths;
    sum.revoked += news.played.revoked;
  };
  await Promise.all(Array.from({ length: threads }, () => play(plan, hear)));
  const { user, system } = process.cpuUsage(before);
  const { said, deaths, revoked } = sum;
  t.diagnostic(`${sum.histories} histories from seed ${first}: ${said} said, ${deaths} deaths, ${revoked} signed out`);
  t.diagnostic(`${Math.round((user + system) / 1e6)} s of processors`);
  assert.deepEqual(failures, []);
  assert.ok(sum.histories >= Math.min(histories, fewest) && said > 0);
});

/** Ends with the thread; rejects when it failed. */
async function play(plan: ChaosPlan, hear: (news: ChaosNews) => void): Promise<void> {
  const worker = new Worker(new URL('./chaos-worker.ts', import.meta.url), { workerData: plan, name: 'chaos' });
  worker.on('message', hear);
  const [code] = (await once(worker, 'exit')) as [number];
  assert.equal(code, 0);
}
