// Challenges: of this server, for this handle, in time, once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { repeatableRandom } from '../accounts/fixture.ts';
import { MemoryEphemeral } from '../ephemeral/memory-ephemeral.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Challenges } from './challenges.ts';

function set(most?: number) {
  const clock = new ManualClock();
  return { clock, challenges: new Challenges(new MemoryEphemeral(clock, most), clock, repeatableRandom()) };
}

test('[ENC29] a challenge is good once, for the handle that it was made for', async () => {
  const { challenges } = set();
  const challenge = await challenges.make('ana');
  assert.ok(challenge.length <= 128);
  assert.ok(!(await challenges.use(challenge, 'ben')));
  assert.ok(await challenges.use(challenge, 'ana'));
  assert.ok(!(await challenges.use(challenge, 'ana')));
  assert.notEqual(await challenges.make('ana'), await challenges.make('ana'));
});

test('[ENC29] it is good for two minutes, also when the clock was set back', async () => {
  const { clock, challenges } = set();
  const first = await challenges.make('ana');
  const second = await challenges.make('ana');
  clock.advance(wire.challengeMs - 1);
  assert.ok(await challenges.use(first, 'ana'));
  clock.advance(1);
  assert.ok(!(await challenges.use(second, 'ana')));
  const ahead = await challenges.make('ana');
  clock.advance(-1);
  assert.ok(!(await challenges.use(ahead, 'ana')));
});

test('[ENC29] one that was made elsewhere, changed or spelt otherwise is none', async () => {
  const { challenges } = set();
  const other = new Challenges(new MemoryEphemeral(new ManualClock()), new ManualClock(), {
    bytes: (length) => new Uint8Array(length).fill(9),
  });
  assert.ok(!(await challenges.use(await other.make('ana'), 'ana')));
  const good = await challenges.make('ana');
  for (let at = 0; at < good.length; at++) {
    const changed = good.slice(0, at) + (good.charAt(at) === 'A' ? 'B' : 'A') + good.slice(at + 1);
    assert.ok(!(await challenges.use(changed, 'ana')), `character ${at}`);
  }
  for (const text of ['', 'x', `${good}A`, `${good}=`, good.slice(4)]) assert.ok(!(await challenges.use(text, 'ana')));
  assert.ok(await challenges.use(good, 'ana'));
});

test('[ENC29] those that were used are remembered as long as they would be good, and only so many', async () => {
  const { clock, challenges } = set(3);
  const all = [];
  for (let n = 0; n < 3; n++) all.push(await challenges.make('ana'));
  const used = [];
  for (const challenge of all) used.push(await challenges.use(challenge, 'ana'));
  assert.deepEqual(used, [true, true, false]);
  clock.advance(wire.challengeMs);
  assert.ok(await challenges.use(await challenges.make('ana'), 'ana'));
});
