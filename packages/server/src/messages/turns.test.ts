import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxTurnsWaiting } from '../kernel/limits.ts';
import { Unavailable } from '../kernel/result.ts';
import { Turns } from './turns.ts';

test('[CNV26] what one account does goes one after the other, also after something failed', async () => {
  const turns = new Turns();
  const done: number[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.run('ana', async () => {
    await gate.promise;
    done.push(1);
    throw new Unavailable('it failed');
  });
  const second = turns.run('ana', async () => done.push(2));
  const third = turns.run('ana', async () => done.push(3));
  await turns.run('ben', async () => done.push(0));
  assert.deepEqual(done, [0], 'another account does not wait');
  gate.resolve();
  await assert.rejects(first, Unavailable);
  await Promise.all([second, third]);
  assert.deepEqual(done, [0, 1, 2, 3]);
  assert.equal(await turns.run('ana', async () => 'again'), 'again');
});

test('[CNV26] so many wait, more are refused; each that is done makes room', async () => {
  const turns = new Turns();
  const gate = Promise.withResolvers<void>();
  const waiting = Array.from({ length: maxTurnsWaiting }, () => turns.run('ana', () => gate.promise));
  await assert.rejects(
    turns.run('ana', async () => {}),
    Unavailable,
  );
  await turns.run('ben', async () => {});
  gate.resolve();
  await Promise.all(waiting);
  await Promise.all(Array.from({ length: maxTurnsWaiting }, () => turns.run('ana', async () => {})));
});
