import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

async function simulated(...options: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [main, ...options])).stdout;
}

test('[SIM4] a run without a seed draws one, and says first which', { timeout: 120_000 }, async () => {
  const drawn = async () => /^seeds from (\d+) on\n/.exec(await simulated('--seeds', '0'))?.[1];
  const [one, other] = [await drawn(), await drawn()];
  assert.ok(one !== undefined && other !== undefined);
  assert.notEqual(one, other);
});

test('[SIM4] with what fails stands the one command that repeats it', { timeout: 240_000 }, async () => {
  const told = await simulated('--plant', 'no-deduplication');
  const again = /^again: npm run simulate -- --seed (\d+) --plant no-deduplication --trace$/m.exec(told);
  assert.match(told, new RegExp(`^seed ${again?.[1]}, commit `, 'm'));
});
