// Challenges: of this server, for this handle, in time, once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { repeatableRandom } from '../accounts/fixture.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Challenges } from './challenges.ts';

function set(most?: number) {
  const clock = new ManualClock();
  return { clock, challenges: new Challenges(clock, repeatableRandom(), most) };
}

test('[ENC29] a challenge is good once, for the handle that it was made for', () => {
  const { challenges } = set();
  const challenge = challenges.make('ana');
  assert.ok(challenge.length <= 128);
  assert.ok(!challenges.use(challenge, 'ben'));
  assert.ok(challenges.use(challenge, 'ana'));
  assert.ok(!challenges.use(challenge, 'ana'));
  assert.notEqual(challenges.make('ana'), challenges.make('ana'));
});

test('[ENC29] it is good for two minutes, also when the clock was set back', () => {
  const { clock, challenges } = set();
  const first = challenges.make('ana');
  const second = challenges.make('ana');
  clock.advance(wire.challengeMs - 1);
  assert.ok(challenges.use(first, 'ana'));
  clock.advance(1);
  assert.ok(!challenges.use(second, 'ana'));
  const ahead = challenges.make('ana');
  clock.advance(-1);
  assert.ok(!challenges.use(ahead, 'ana'));
});

test('[ENC29] one that was made elsewhere, changed or spelt otherwise is none', () => {
  const { challenges } = set();
  const other = new Challenges(new ManualClock(), { bytes: (length) => new Uint8Array(length).fill(9) });
  assert.ok(!challenges.use(other.make('ana'), 'ana'));
  const good = challenges.make('ana');
  for (let at = 0; at < good.length; at++) {
    const changed = good.slice(0, at) + (good.charAt(at) === 'A' ? 'B' : 'A') + good.slice(at + 1);
    assert.ok(!challenges.use(changed, 'ana'), `character ${at}`);
  }
  for (const text of ['', 'x', `${good}A`, `${good}=`, good.slice(4)]) assert.ok(!challenges.use(text, 'ana'));
  assert.ok(challenges.use(good, 'ana'));
});

test('[ENC29] those that were used are remembered as long as they would be good, and only so many', () => {
  const { clock, challenges } = set(2);
  const all = [1, 2, 3].map(() => challenges.make('ana'));
  assert.deepEqual(
    all.map((challenge) => challenges.use(challenge, 'ana')),
    [true, true, false],
  );
  clock.advance(wire.challengeMs);
  assert.ok(challenges.use(challenges.make('ana'), 'ana'));
});
