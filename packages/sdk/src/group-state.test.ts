import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StateBody } from '@parley/protocol';
import { maxPins } from '@parley/protocol/limits';
import fc from 'fast-check';
import { ana, ben, cleo, group, wire } from './client-fixture.ts';
import { planFill } from './fill-plan.ts';
import {
  type GroupState,
  namesakeOf,
  owesState,
  pinsOf,
  stateAfter,
  stateAgain,
  stateSeq,
  statesOf,
  stateUpTo,
  stateWith,
  withState,
} from './group-state.ts';
import { titleOf } from './group-title.ts';
import * as limits from './limits.ts';
import { newConversation } from './merge.ts';
import type { ConversationRow, MembersRow, OutboxRow } from './rows.ts';

const unsaid: GroupState = {};
/** Ben has led it from the beginning. */
const list: MembersRow = { memberN: 1, items: [], led: [{ account: ben, from: 0 }] };
const said = (seq: number, body: Omit<StateBody, 'type'>, sender = ben) => ({
  seq,
  sender,
  body: { type: 'state', ...body } as const,
});
const came = (seq: number, action: 'join' | 'add') => ({ seq, sender: ana, body: null, change: { action } as const });
const after = (records: readonly Parameters<typeof stateAfter>[1][]) =>
  records.reduce((state, one) => stateAfter(state, one), unsaid);
const owes = (row: ConversationRow, pending: readonly OutboxRow[], listed: number, me = cleo) =>
  owesState(row, pending, { members: list, listed, me });

const waiting = (lamport: number, body: StateBody) =>
  ({ id: `m${lamport}`, lamport, body, kind: 'quiet', error: null }) as unknown as OutboxRow;

function groupRow(state: GroupState, more: Partial<ConversationRow> = {}): ConversationRow {
  const item = wire(group, { kind: 'group', role: 'member', head: 100 });
  return { ...withState(newConversation(item, false, 0), state), head: 100, ranges: [[1, 100]], ...more };
}

const shown = (of: number) => ({ type: 'image/png' as const, data: 'AAAA', of });

test('[ENC200] [ENC272] how a group stands is the same in whatever order its records come, and however often', () => {
  const record = fc.oneof(
    fc
      .record({ seq: fc.integer({ min: 1, max: 30 }), action: fc.constantFrom('join' as const, 'add' as const) })
      .map(({ seq, action }) => came(seq, action)),
    fc
      .record({
        seq: fc.integer({ min: 1, max: 30 }),
        title: fc.string({ maxLength: 3 }),
        pins: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: maxPins }),
        repeats: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        picture: fc.option(fc.constantFrom(null, 7, 30), { nil: undefined }),
        sender: fc.constantFrom(ana, ben, cleo),
      })
      .map(({ seq, repeats, picture, sender, ...body }) => {
        const news = { ...body, ...(repeats !== undefined && { repeats }) };
        return said(seq, { ...news, ...(picture !== undefined && { picture: picture && shown(picture) }) }, sender);
      }),
  );
  const records = fc.uniqueArray(record, { selector: ({ seq }) => seq, maxLength: 8 });
  fc.assert(
    fc.property(
      records.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
      ),
      ([all, shuffled]) => assert.deepEqual(after(shuffled), after([...all].sort((a, b) => a.seq - b.seq))),
    ),
  );
});

test('[ENC200] the newest change counts, and what says something again never undoes it', () => {
  const changes = [said(5, { title: 'Tea', pins: [3] }), said(9, { title: 'Cocoa', pins: [3, 4], changed: 'pins' })];
  const state = after([...changes, said(12, { title: 'Tea', pins: [3], repeats: 5 })]);
  assert.equal(titleOf(state, list)?.text, 'Cocoa');
  assert.deepEqual(state.pinned?.targets, [3, 4]);
  assert.deepEqual(state.tellers, [{ seq: 12, at: 12, by: ben }]);
  assert.deepEqual(after([said(7, { title: 'Early', repeats: 7 }), said(8, { title: 'Later', repeats: 9 })]), {});
});

test('[ENC200] single pins that came after the snapshot count on top of it', () => {
  const { pinned } = after([said(5, { title: 'Tea', pins: [3, 2] })]);
  assert.ok(pinned);
  const pins = [
    { seq: 4, target: 9, pinned: true },
    { seq: 6, target: 3, pinned: false },
    { seq: 7, target: 8, pinned: true },
  ];
  assert.deepEqual(pinsOf({ pins, pinned }), [8, 2]);
});

test('[ENC200] a change says everything, with what is still on its way', () => {
  const row = groupRow(after([said(5, { title: 'Tea', pins: [3, 2, 1] })]));
  const first = stateWith(row, [], { target: 7, pinned: true }, list);
  assert.deepEqual(first, { type: 'state', title: 'Tea', pins: [7, 3, 2], timer_seconds: 0, changed: 'pins' });
  const second = stateWith(row, [waiting(1, first)], { title: 'Cocoa' }, list);
  assert.deepEqual(second, { type: 'state', title: 'Cocoa', pins: [7, 3, 2], timer_seconds: 0, changed: 'title' });
  const third = stateWith(row, [waiting(2, second), waiting(1, first)], { target: 3, pinned: false }, list);
  assert.deepEqual([third.title, third.pins], ['Cocoa', [7, 2]]);
});

test('[ENC200] what is said again, still on its way, is no change of what is new beside it', () => {
  const row = groupRow(after([said(2, { title: 'Tea', pins: [] })]));
  const pinned = stateWith(row, [], { target: 7, pinned: true }, list);
  const again = stateAgain(row, list) ?? assert.fail();
  const pending = [waiting(1, pinned), waiting(2, again)];
  assert.deepEqual(statesOf(pending), [pinned]);
  assert.deepEqual(stateWith(row, pending, { title: 'Cocoa' }, list).pins, [7]);
});

test('[ENC201] it is said again for who came, unless it was since, or this device cannot be sure of it', () => {
  const state = after([said(5, { title: 'Tea', pins: [] }), came(50, 'join')]);
  assert.ok(owes(groupRow(state), [], 0));
  assert.deepEqual(stateAgain(groupRow(state), list), {
    type: 'state',
    title: 'Tea',
    pins: [],
    timer_seconds: 0,
    repeats: 5,
  });
  assert.ok(!owes(groupRow(stateAfter(state, said(51, { title: 'Tea', repeats: 5 }))), [], 0));
  const holes = { ranges: [[1, 20] as const, [40, 100] as const] };
  assert.ok(!owes(groupRow(state, holes), [], 0), 'it may have been changed in between');
  assert.ok(owes(groupRow(state, holes), [], 5), 'another own device says that it was not');
  const own = { body: { type: 'state' }, error: null } as unknown as OutboxRow;
  assert.ok(!owes(groupRow(state), [own], 0));
  assert.ok(!owes(groupRow(after([came(50, 'join')])), [], 0), 'it does not know it');
  assert.equal(stateAgain(groupRow(unsaid), list), null);
});

test('[ENC202] a new device reads the record that its account has listed, in a page around it', () => {
  const item = wire(group, { kind: 'group', head: 9_000, ord: 9_000, joined_seq: 10 });
  const fresh = { ...newConversation(item, true, 0), ranges: [[8_951, 9_000] as const] };
  const half = limits.windowRows / 2;
  assert.deepEqual(planFill(fresh, { state: 4_000, picture: 0, title: 0 }), {
    after: 4_000 - half - 1,
    limit: limits.windowRows,
  });
  assert.deepEqual(
    planFill(fresh, { state: 12, picture: 0, title: 0 }),
    { after: 9, limit: limits.windowRows },
    'nothing from before it joined',
  );
  const read = { ...fresh, ranges: [[3_975, 4_024] as const, ...fresh.ranges] };
  assert.equal(planFill(read, { state: 4_000, picture: 0, title: 0 }), null, 'once');
  const known = withState(fresh, after([said(5_000, { title: 'Tea', pins: [] })]));
  assert.equal(planFill(known, { state: 4_000, picture: 0, title: 0 }, list), null);
  assert.equal(stateSeq(known, list), 5_000);
});

test('[ENC200] after a restore it stands as the records say that are left', () => {
  const left = after([said(5, { title: 'Tea', pins: [3] }), came(6, 'add')]);
  const all = [said(8, { title: 'Cocoa', pins: [] }), came(9, 'join')].reduce(
    (state, one) => stateAfter(state, one),
    left,
  );
  assert.deepEqual(stateUpTo(all, 7, left), { ...left, cut: true });
  assert.deepEqual(stateUpTo(all, 9, left), all);
});

test('[ENC203] a group is called after its owner, then an administrator, until its title is here', () => {
  const member = (account: typeof ana, role: 'owner' | 'admin' | 'member') => ({ account, role, joined_seq: 1 });
  const list = [member(ana, 'member'), member(ben, 'admin'), member(cleo, 'owner')];
  assert.equal(namesakeOf(list, ana), cleo);
  assert.equal(namesakeOf(list, cleo), ben);
  assert.equal(namesakeOf([member(ana, 'owner')], ana), null);
});
