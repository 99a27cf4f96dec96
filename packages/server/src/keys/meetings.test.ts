// A place for two devices: what is said is heard once newer, and when the place is gone nothing brings it back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits as wire } from '@parley/protocol';
import { repeatableRandom } from '../accounts/fixture.ts';
import { MemoryEphemeral } from '../ephemeral/memory-ephemeral.ts';
import { maxEphemeral, maxRendezvousWaiters, rendezvousWaitMs } from '../kernel/limits.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { Meetings } from './meetings.ts';

function set(most?: number) {
  const clock = new ManualClock();
  const values = new MemoryEphemeral(clock, most);
  const meetings = new Meetings(values, clock, repeatableRandom());
  const open = async (data = 'first') => (await meetings.open(data))?.name ?? assert.fail('no place');
  return { clock, values, meetings, open };
}
const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('[ENC28] what is said there is heard at once, and the next thing only with its version', async () => {
  const { meetings, open } = set();
  const name = await open();
  assert.match(name, /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(await meetings.hear(name, 0, never), { data: 'first', version: 1 });
  assert.equal(await meetings.say(name, { data: 'same', version: 1 }), 'conflict');
  assert.equal(await meetings.say(name, { data: 'ahead', version: 3 }), 'conflict');
  assert.equal(await meetings.say(name, { data: 'second', version: 2 }), 'done');
  assert.deepEqual(await meetings.hear(name, 1, never), { data: 'second', version: 2 });
});

test('[ENC28] who knows the newest waits for a newer one, twenty seconds at most', async () => {
  const { clock, meetings, open } = set();
  const name = await open();
  let heard: unknown = 'nothing';
  const waiting = meetings.hear(name, 1, never).then((said) => {
    heard = said;
  });
  await turn();
  assert.equal(heard, 'nothing');
  await meetings.say(name, { data: 'second', version: 2 });
  await waiting;
  assert.deepEqual(heard, { data: 'second', version: 2 });
  const late = meetings.hear(name, 2, never);
  await turn();
  clock.advance(rendezvousWaitMs);
  assert.deepEqual(await late, { data: 'second', version: 2 });
});

test('[ENC28] who goes stops waiting, and no more than a few wait', async () => {
  const { clock, meetings, open } = set();
  const name = await open();
  const gone = new AbortController();
  const waiting = meetings.hear(name, 1, gone.signal);
  gone.abort();
  assert.deepEqual(await waiting, { data: 'first', version: 1 });
  assert.deepEqual(await meetings.hear(name, 1, AbortSignal.abort()), { data: 'first', version: 1 });
  const crowd = Array.from({ length: maxRendezvousWaiters }, () => meetings.hear(name, 1, never));
  assert.deepEqual(await meetings.hear(name, 1, never), { data: 'first', version: 1 });
  await turn();
  clock.advance(rendezvousWaitMs);
  assert.equal((await Promise.all(crowd)).length, maxRendezvousWaiters);
});

test('[ENC28] after two minutes, or when one of them is done, the place is gone for both', async () => {
  const { clock, meetings, open } = set();
  const left = await open();
  const waiting = meetings.hear(left, 1, never);
  await turn();
  await meetings.leave(left);
  assert.equal(await waiting, null);
  const old = await open();
  clock.advance(wire.rendezvousMs - 1);
  assert.notEqual(await meetings.hear(old, 0, never), null);
  clock.advance(1);
  for (const name of [left, old, 'x'.repeat(22)]) {
    assert.equal(await meetings.hear(name, 0, never), null);
    assert.equal(await meetings.say(name, { data: 'late', version: 2 }), 'gone');
  }
  await meetings.leave(old);
});

test('[ENC28] there are only so many places; those whose time is over make room', async () => {
  const { clock, values, meetings, open } = set(3);
  for (let n = 0; n < 3; n++) await open();
  assert.equal(await meetings.open('one more'), null);
  clock.advance(wire.rendezvousMs);
  await open();
  assert.equal(values.size, 1);
  assert.ok(maxEphemeral * wire.maxRendezvousBytes <= 64 * 1024 * 1024, 'bounded memory');
});
