// What a group is called: of what people have said the newest that was said by somebody who led it then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, StateBody } from '@parley/protocol';
import fc from 'fast-check';
import { ana, ben, cleo } from './client-fixture.ts';
import { accountId } from './fixture.ts';
import { leadsAt } from './group-leads.ts';
import { type GroupState, stateAfter } from './group-state.ts';
import { titleOf } from './group-title.ts';
import * as limits from './limits.ts';
import type { MembersRow } from './rows.ts';

type Record = Parameters<typeof stateAfter>[1];

const says = (seq: number, sender: AccountId, title: string, more: Partial<StateBody> = {}): Record => ({
  seq,
  sender,
  body: { type: 'state', title, ...more },
});

/** Ana has led it all the time, Cleo from 20 to 40, Ben never. */
const list: MembersRow = {
  memberN: 1,
  items: [{ account: ben, role: 'admin', joined_seq: 1 }],
  led: [
    { account: cleo, from: 20, to: 40 },
    { account: ana, from: 1 },
  ],
};

const after = (records: readonly Record[], members?: MembersRow) =>
  records.reduce<GroupState>((state, one) => stateAfter(state, one, members), {});
const called = (...records: readonly Record[]) => titleOf(after(records), list)?.text;

test('[ENC276] a title counts only if whoever says it led the group at that record', () => {
  assert.equal(called(says(2, ana, 'Tea'), says(30, ben, 'Lies')), 'Tea', 'a member');
  assert.equal(called(says(2, ana, 'Tea'), says(30, ben, 'Lies', { changed: 'pins' })), 'Tea', 'with a pin');
  assert.equal(called(says(2, ana, 'Tea'), says(30, ben, 'Lies', { repeats: 29 })), 'Tea', 'said again');
  assert.equal(called(says(2, ana, 'Tea'), says(20, cleo, 'Lies')), 'Tea', 'at the record that raised them: not yet');
  assert.equal(called(says(2, ana, 'Tea'), says(40, cleo, 'Lies')), 'Tea', 'no longer');
  assert.equal(called(says(2, ana, 'Tea'), says(39, cleo, 'Cocoa')), 'Cocoa', 'what they said while they did stays');
  assert.equal(called(says(30, ben, 'Lies')), undefined);
});

test('[ENC276] who leads says again what was set by somebody else, as of then', () => {
  assert.equal(called(says(60, ana, 'Tea', { repeats: 5 })), 'Tea');
  assert.equal(called(says(60, ana, 'Tea', { repeats: 5 }), says(39, cleo, 'Cocoa')), 'Cocoa', 'that was newer');
  assert.equal(called(says(61, cleo, 'Cocoa', { repeats: 39 })), undefined, 'who leads it no more does not');
});

test('[ENC277] of a list that is not known, or could not be checked, nobody has led the group', () => {
  const state = after([says(2, ana, 'Tea'), says(3, ben, 'Lies')]);
  assert.equal(titleOf(state, undefined), null);
  const { led: _, ...told } = list;
  assert.equal(titleOf(state, { ...told, fault: 'unsigned' }), null, 'whoever the server says leads it');
  assert.equal(titleOf(state, told)?.text, 'Lies', 'where nothing is signed anywhere the server says it');
});

test('[ENC278] whatever others say, and say again, is not remembered in the place of what counts', () => {
  const crowd = Array.from({ length: limits.maxSaidRows * 3 }, (_, n) => accountId(10 + n));
  const flood = crowd.flatMap((one, n) => [
    says(100 + n, one, 'Lies'),
    says(300 + n, one, 'Lies', { repeats: 200 + n }),
  ]);
  for (const records of [
    [says(2, ana, 'Tea'), ...flood],
    [...flood, says(2, ana, 'Tea')],
  ]) {
    const state = after(records, list);
    assert.equal(titleOf(state, list)?.text, 'Tea');
    assert.equal(state.titles?.length, limits.maxSaidRows);
    assert.equal(state.tellers?.length, limits.maxSaidRows);
  }
  const own = after([says(30, cleo, 'Cocoa'), says(41, cleo, 'Lies'), says(42, cleo, 'Lies')], list);
  assert.equal(titleOf(own, list)?.text, 'Cocoa', 'what they say now does not take back what they said then');
  assert.equal(own.cut, true, 'more was said than is remembered');
});

test('[ENC278] what a group is called is the same in whatever order its records come, and however often', () => {
  const some = fc.integer({ min: 2, max: 60 });
  const record = fc
    .record({ seq: some, by: fc.constantFrom(ana, ben, cleo), text: fc.string({ maxLength: 2 }), of: fc.option(some) })
    .map(({ seq, by, text, of }) => says(seq, by, text, of === null ? {} : { repeats: of }));
  const records = fc.uniqueArray(record, { selector: ({ seq }) => seq, maxLength: 30 });
  const twice = records.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
  );
  fc.assert(
    fc.property(twice, ([all, shuffled]) => {
      const state = after(shuffled, list);
      assert.deepEqual(
        state,
        after(
          [...all].sort((one, other) => one.seq - other.seq),
          list,
        ),
      );
      assert.equal(titleOf(state, list)?.text, newestOf(all));
    }),
  );
});

/** The rule in its plainest form, over everything that was said. */
function newestOf(all: readonly Record[]): string | undefined {
  const counts = all.flatMap(({ seq, sender, body }) => {
    if (body?.type !== 'state' || body.title === undefined || !leadsAt(list, sender, seq)) return [];
    const { title, repeats = seq } = body;
    return repeats > seq || body.repeats === seq ? [] : [{ title, of: repeats, seq }];
  });
  return counts.sort((one, other) => other.of - one.of || one.seq - other.seq)[0]?.title;
}
