// Frames with what cannot be kept are ignored, and the next one is taken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameDown } from '@parley/protocol';
import { changes, chat, messages, record, wire } from './client-fixture.ts';
import { isWhole } from './whole-frame.ts';

const senseless = [undefined, null, -1, 0.5, 2 ** 53, 1e308, Number.NaN, '7', [7], {}];

/** The frame with every senseless value in the place of one number. */
function without<T extends object>(frame: T, name: keyof T): readonly T[] {
  return senseless.map((value) => ({ ...frame, [name]: value }));
}

test('[ENC302] a frame with a number that cannot be kept is ignored, wherever it stands', () => {
  const item = record(chat, 3);
  const page = messages(chat, 3, 3, [item]);
  const row = wire(chat);
  for (const frame of [item, page, changes([row]), changes([]), { type: 'heartbeat' } as FrameDown])
    assert.equal(isWhole(frame), true);
  for (const name of ['seq', 'ord', 'lamport', 'member_n'] as const)
    for (const bad of without(item, name))
      assert.deepEqual([isWhole(bad), isWhole({ ...page, items: [bad] })], [false, false]);
  for (const name of ['from_seq', 'to_seq', 'head'] as const)
    for (const bad of without(page, name)) assert.equal(isWhole(bad), false);
  for (const name of ['head', 'ord', 'read', 'read_ord', 'member_n', 'joined_seq'] as const)
    for (const bad of without(row, name)) assert.equal(isWhole(changes([bad])), false);
  for (const items of [null, 7, {}, [null]]) assert.equal(isWhole({ ...page, items } as unknown as FrameDown), false);
});

test('[ENC303] a list of changes whose `since` fits no hello is ignored', () => {
  for (const since of [undefined, null, 7, '', 'A'.repeat(257), ['s1'], {}])
    assert.equal(isWhole(changes([], { since: since as string })), false);
  assert.equal(isWhole(changes([], { since: 'A'.repeat(256) })), true);
});
