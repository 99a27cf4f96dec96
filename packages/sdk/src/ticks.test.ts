// Ticks as a bound, against the rule as it is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '@parley/protocol';
import fc from 'fast-check';
import { accountId } from './fixture.ts';
import type { MarkRow } from './rows.ts';
import { type Ticks, tickOf, ticksOf } from './ticks.ts';

const me = accountId(0);
const none = { delivered: 0, read: 0 };
const whole = (before: Ticks) => ({ before, known: Number.POSITIVE_INFINITY });

const anyOthers = fc.array(
  fc.record({ joined: fc.integer({ min: 1, max: 20 }), delivered: fc.nat({ max: 25 }), read: fc.nat({ max: 25 }) }),
  { minLength: 1, maxLength: 6 },
);

function split(others: readonly { joined: number; delivered: number; read: number }[]) {
  const members: Member[] = [{ account: me, role: 'owner', joined_seq: 1 }];
  const marks = new Map<Member['account'], MarkRow>();
  others.forEach(({ joined, delivered, read }, at) => {
    members.push({ account: accountId(at + 1), role: 'member', joined_seq: joined });
    marks.set(accountId(at + 1), { delivered, read });
  });
  return { members, marks };
}

test('[TLN5] the bound gives each message the minimum over those who were there and still are', () => {
  fc.assert(
    fc.property(anyOthers, (others) => {
      const { members, marks } = split(others);
      const ticks = ticksOf(members, me, marks, whole(none));
      for (let seq = 1; seq <= 25; seq++) {
        const there = others.filter((other) => other.joined <= seq);
        const read = there.every((other) => other.read >= seq);
        const delivered = there.every((other) => Math.max(other.delivered, other.read) >= seq);
        // Nobody was there yet: it cannot have come later than to those who were there before.
        if (there.length === 0) continue;
        assert.equal(tickOf(seq, 'group', ticks), read ? 'read' : delivered ? 'delivered' : 'sent', `${seq}`);
      }
    }),
  );
});

test('[TLN5] ticks never go back when somebody joins, leaves, or a list is read again without marks', () => {
  fc.assert(
    fc.property(anyOthers, anyOthers, (before, after) => {
      const first = split(before);
      const shown = ticksOf(first.members, me, first.marks, whole(none));
      const second = split(after);
      const next = ticksOf(second.members, me, second.marks, whole(shown));
      assert.ok(next.delivered >= shown.delivered && next.read >= shown.read);
      assert.deepEqual(ticksOf(second.members, me, new Map(), whole(next)), {
        delivered: Math.max(next.delivered, ticksOf(second.members, me, new Map(), whole(none)).delivered),
        read: Math.max(next.read, ticksOf(second.members, me, new Map(), whole(none)).read),
      });
    }),
  );
});

test('[TLN5] no tick rises beyond where it is known who was there, nor goes back when that is little', () => {
  fc.assert(
    fc.property(anyOthers, fc.nat({ max: 25 }), fc.nat({ max: 25 }), (others, known, read) => {
      const { members, marks } = split(others);
      const before = { delivered: read, read };
      const all = ticksOf(members, me, marks, whole(none));
      const ticks = ticksOf(members, me, marks, { before, known });
      for (const kind of ['delivered', 'read'] as const)
        assert.equal(ticks[kind], Math.max(before[kind], Math.min(all[kind], known)));
    }),
  );
});

test('[TLN5] rooms and notes to self show one tick', () => {
  assert.equal(tickOf(1, 'room', { delivered: 9, read: 9 }), 'sent');
  const alone: Member[] = [{ account: me, role: 'member', joined_seq: 1 }];
  assert.deepEqual(ticksOf(alone, me, new Map(), whole(none)), none);
});
