import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calmly } from './calmly.ts';
import { faultQuietMs, maxQuietFaults } from './engine-limits.ts';

test('[LOG71] faults are told once in ten seconds each, also when they take turns; what is remembered is bounded', () => {
  let now = 0;
  const told: string[] = [];
  const tell = calmly((error) => told.push(String(error)), { now: () => now });
  for (let n = 0; n < 10; n++) tell(`fault ${n % 2}`);
  assert.deepEqual(told, ['fault 0', 'fault 1']);
  now += faultQuietMs - 1;
  tell('fault 0');
  assert.equal(told.length, 2);
  now += 1;
  tell('fault 0');
  assert.equal(told.length, 3);
  for (let n = 1; n <= maxQuietFaults; n++) tell(`other ${n}`);
  tell('other 1');
  tell('fault 0');
  assert.deepEqual(told.slice(3 + maxQuietFaults), ['fault 0'], 'the oldest is forgotten');
});
