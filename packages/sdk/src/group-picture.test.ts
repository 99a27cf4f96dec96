// Which picture a group has: what is remembered of its records, and which of them counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, StateBody } from '@parley/protocol';
import fc from 'fast-check';
import { ana, ben, cleo, group, wire } from './client-fixture.ts';
import { accountId } from './fixture.ts';
import { pictureAt, pictureOf } from './group-picture.ts';
import { type GroupState, stateAfter, stateUpTo, stateWith, withState } from './group-state.ts';
import * as limits from './limits.ts';
import { newConversation } from './merge.ts';
import type { ConversationRow, MembersRow } from './rows.ts';

type Record = Parameters<typeof stateAfter>[1];

const data = 'AAAA';
const sets = (seq: number, sender: AccountId): Record =>
  say(seq, sender, { picture: { type: 'image/png', data }, changed: 'picture' });
const removes = (seq: number, sender: AccountId): Record => say(seq, sender, { picture: null, changed: 'picture' });
const repeats = (seq: number, sender: AccountId, of: number): Record =>
  say(seq, sender, { picture: { type: 'image/png', data, of }, repeats: seq - 1 });

function say(seq: number, sender: AccountId, body: Omit<StateBody, 'type'>): Record {
  return { seq, sender, body: { type: 'state', ...body } };
}

/** Ana has led it all the time, Cleo from 20 to 40, Ben never. */
const list: MembersRow = {
  memberN: 1,
  items: [],
  led: [
    { account: cleo, from: 20, to: 40 },
    { account: ana, from: 1 },
  ],
};

function rowAfter(records: readonly Record[], joined_seq = 1): ConversationRow {
  const state = records.reduce<GroupState>((before, one) => stateAfter(before, one, list), {});
  const item = wire(group, { kind: 'group', role: 'member', head: 100, joined_seq });
  return withState(newConversation(item, false, 0), state);
}

const shown = (...records: readonly Record[]) => pictureAt(rowAfter(records), list);

test('[ENC272] the newest picture counts until it is taken away, whatever is said again', () => {
  assert.equal(shown(sets(5, ana), sets(30, cleo)), 30);
  assert.equal(shown(sets(5, ana), sets(30, cleo), repeats(31, ana, 5)), 30);
  assert.equal(shown(sets(5, ana), removes(30, cleo)), null);
  assert.equal(shown(sets(5, ana), removes(30, cleo), repeats(31, ben, 5)), null);
  assert.equal(shown(sets(5, ana), removes(6, ana), sets(7, ana)), 7);
  assert.equal(shown(), null);
});

test('[ENC273] a picture counts only if whoever sets it led the group at that record', () => {
  assert.equal(shown(sets(5, ana), sets(30, ben)), 5, 'a member');
  assert.equal(shown(sets(5, ana), removes(30, ben)), 5);
  assert.equal(shown(sets(5, ana), sets(19, cleo)), 5, 'not yet');
  assert.equal(shown(sets(5, ana), sets(40, cleo)), 5, 'no longer');
  assert.equal(shown(sets(5, ana), sets(39, cleo)), 39, 'what they set while they did stays');
  assert.equal(pictureAt(rowAfter([sets(5, ana)]), undefined), null, 'it is not known who leads');
  const unsigned: MembersRow = { memberN: 1, items: [{ account: ben, role: 'admin', joined_seq: 1 }] };
  assert.equal(pictureAt(rowAfter([sets(5, ana), sets(6, ben)]), unsigned), 6);
});

test('[ENC273] who came later believes who says it again, until somebody who leads does; who was there does not', () => {
  const told = [repeats(61, ben, 59), repeats(62, ben, 5)];
  assert.equal(pictureAt(rowAfter(told, 60), list), 61);
  assert.equal(pictureAt(rowAfter([...told, repeats(63, ana, 5)], 60), list), 63);
  assert.equal(pictureAt(rowAfter(told, 1), list), null, 'no record of those times had one');
  assert.equal(shown(sets(5, ana), repeats(61, ben, 59)), 5);
  const both = [repeats(62, cleo, 5), repeats(61, ben, 5)];
  assert.equal(pictureAt(rowAfter(both, 60), list), 61, 'of what repeats the same the first one');
  const own = [sets(61, ben), repeats(62, ben, 5)];
  assert.equal(pictureAt(rowAfter(own, 60), list), 62, 'whatever else they have tried');
});

test('[ENC272] nothing is said again before it was said, and what says it again must say of what', () => {
  assert.equal(shown(repeats(30, ana, 30)), null);
  assert.equal(shown(repeats(30, ana, 31)), null);
  assert.equal(shown(say(30, ana, { picture: { type: 'image/png', data }, repeats: 7 })), null);
  assert.equal(shown(say(30, ana, { picture: null, repeats: 7 })), null);
});

test('[ENC273] so many are remembered, of each their newest two, and none is pushed out by older ones', () => {
  const people = Array.from({ length: limits.maxSaidRows * 2 }, (_, n) => accountId(10 + n));
  const all = people.flatMap((one, n) => [sets(2 + n, one), sets(100 + n, one)]);
  const { pictures = [] } = rowAfter([sets(99, ana), ...all]);
  assert.equal(pictures.length, limits.maxSaidRows);
  assert.deepEqual(new Set(pictures.map(({ by }) => by)).size, limits.maxSaidRows);
  const alone = Array.from({ length: 50 }, (_, n) => sets(6 + n, ben));
  assert.equal(shown(sets(5, ana), ...alone), 5, 'one member alone pushes nobody out');
});

test('[ENC272] which picture counts is the same in whatever order records come, and however often', () => {
  const some = fc.integer({ min: 2, max: 60 });
  const by = fc.constantFrom(ana, ben, cleo, ...Array.from({ length: 20 }, (_, n) => accountId(50 + n)));
  const record = fc.oneof(
    fc.tuple(some, by).map(([seq, who]) => sets(seq, who)),
    fc.tuple(some, by).map(([seq, who]) => removes(seq, who)),
    fc.tuple(some, by, some).map(([seq, who, of]) => repeats(seq, who, of)),
  );
  const records = fc.uniqueArray(record, { selector: ({ seq }) => seq, maxLength: 40 });
  const twice = records.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }), some),
  );
  fc.assert(
    fc.property(twice, ([all, shuffled, joined]) => {
      const sorted = rowAfter(
        [...all].sort((one, other) => one.seq - other.seq),
        joined,
      );
      const mixed = rowAfter(shuffled, joined);
      assert.deepEqual(mixed.pictures, sorted.pictures);
      assert.deepEqual(pictureOf(mixed, list), pictureOf(sorted, list));
    }),
  );
});

test('[ENC272] after a restore it is the picture that the records say that are left', () => {
  const left = stateAfter({}, sets(5, ana));
  const all = [sets(8, ana), repeats(9, ben, 5)].reduce<GroupState>((state, one) => stateAfter(state, one), left);
  assert.deepEqual(stateUpTo(all, 7, left).pictures, left.pictures);
  assert.deepEqual(stateUpTo(all, 9, left).pictures, all.pictures);
});

test('[ENC272] what changes something else does not carry the picture', () => {
  const row = rowAfter([say(4, ana, { title: 'Tea', pins: [3] }), sets(5, ana)]);
  const picture = { type: 'image/png' as const, data };
  const whole = { type: 'state', title: 'Tea', pins: [3], timer_seconds: 0 };
  assert.deepEqual(stateWith(row, [], { picture }, list), { ...whole, picture, changed: 'picture' });
  assert.deepEqual(stateWith(row, [], { picture: null }, list), { ...whole, picture: null, changed: 'picture' });
  assert.deepEqual(stateWith(row, [], { title: 'Tea' }, list), { ...whole, changed: 'title' });
  assert.deepEqual(stateWith(row, [], { target: 3, pinned: true }, list), { ...whole, changed: 'pins' });
});
