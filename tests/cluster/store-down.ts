// No node of the store answers. What is said for the first time in conversations that are at hand flows on; when the
// sequencers are behind by four fifths of the time that the log keeps, nothing more is taken; and everything that was
// taken is stored when the nodes are back.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Load } from './load.ts';
import { storeNames, type Town } from './town.ts';

/** How long the log keeps records meanwhile, so that its end is near. */
const retentionMs = 100_000;
const usualMs = 7 * 24 * 3_600_000;
const gateways = ['gateway-1', 'gateway-2'] as const;
/** Looks at the flow: when, and for how long. */
const settleMs = 12_000;
const flowMs = 15_000;
const stillMs = 4_000;
const lookMs = 250;

export async function storeDown(town: Town, load: Load): Promise<void> {
  await keepFor(town, load, retentionMs);
  for (const name of storeNames) town.pause(name);
  const goneAt = Date.now();
  try {
    await wait(settleMs);
    const before = load.acked;
    await wait(flowMs);
    assert.ok(load.acked - before > 50, `what is at hand flows: ${load.acked - before} ticks`);
    await refused(town, goneAt);
    // What was on its way.
    await wait(lookMs);
    const taken = load.acked;
    await wait(stillMs);
    assert.equal(load.acked, taken, 'nothing more is taken');
  } finally {
    for (const name of storeNames) town.wake(name);
  }
  await load.everybody();
  await keepFor(town, load, usualMs);
}

/** Resolves when both gateways say that they take no more, which they must in time. */
async function refused(town: Town, goneAt: number): Promise<void> {
  for (;;) {
    const ready = await Promise.all(town.gateways.map((url) => isReady(url)));
    if (!ready.some(Boolean)) return;
    assert.ok(Date.now() - goneAt < 0.8 * retentionMs + 5_000, 'appends are refused before the log forgets');
    await wait(lookMs);
  }
}

async function isReady(url: string): Promise<boolean> {
  const { ok } = await fetch(`${url}/readyz`);
  return ok;
}

/** The topic keeps records for so long; gateways know it from their start. */
async function keepFor(town: Town, load: Load, ms: number): Promise<void> {
  await town.engines.kafka.configure('parley.records', { 'retention.ms': String(ms) });
  for (const name of gateways) {
    await town.stop(name);
    await town.start(name, { PARLEY_UNSAFE: 'on' });
    await load.everybody();
  }
}
