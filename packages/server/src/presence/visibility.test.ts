import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, presenceAudiences } from '@parley/protocol';
import fc from 'fast-check';
import type { Seen } from './presence.ts';
import { presenceAt, type Side, type Sight, sightBetween } from './visibility.ts';

const [ana, ben] = ['a_0000000000000000000ana', 'a_0000000000000000000ben'] as [AccountId, AccountId];
const now = Date.UTC(2026, 10, 25);
const dayMs = 24 * 3_600_000;
const nobodyBlocked: ReadonlySet<AccountId> = new Set();

const side = (account: AccountId, presence: Side['presence'], blocked = nobodyBlocked): Side => ({
  account,
  presence,
  blocked,
});

const aSide = (account: AccountId, other: AccountId): fc.Arbitrary<Side> =>
  fc.record({
    account: fc.constant(account),
    presence: fc.constantFrom(...presenceAudiences),
    blocked: fc.boolean().map((isBlocked) => (isBlocked ? new Set([other]) : nobodyBlocked)),
  });

const aLook = fc.record({ viewer: aSide(ana, ben), subject: aSide(ben, ana), isContact: fc.boolean() });

const seen: fc.Arbitrary<Seen> = fc.oneof(
  fc.constant({ account: ben, online: true, lastSeenAt: null }),
  fc.record({
    account: fc.constant(ben),
    online: fc.constant(false),
    lastSeenAt: fc.option(fc.integer({ min: now - 400 * dayMs, max: now + dayMs })),
  }),
);

const coarseWords = ['recently', 'this_week', 'this_month', 'long_ago'];

/** The whole table, in words: what audiences of viewer and subject show to a contact and to a stranger. */
const table: readonly (readonly [Side['presence'], Side['presence'], Sight, Sight])[] = [
  ['everyone', 'everyone', 'exact', 'coarse'],
  ['everyone', 'contacts', 'exact', 'hidden'],
  ['everyone', 'nobody', 'hidden', 'hidden'],
  ['contacts', 'everyone', 'exact', 'hidden'],
  ['contacts', 'contacts', 'exact', 'hidden'],
  ['contacts', 'nobody', 'hidden', 'hidden'],
  ['nobody', 'everyone', 'hidden', 'hidden'],
  ['nobody', 'contacts', 'hidden', 'hidden'],
  ['nobody', 'nobody', 'hidden', 'hidden'],
];

test('[PRS6] every pair of audiences shows what the table says', () => {
  for (const [viewer, subject, toContact, toStranger] of table) {
    const name = `${viewer} looks at ${subject}`;
    assert.equal(sightBetween(side(ana, viewer), side(ben, subject), true), toContact, name);
    assert.equal(sightBetween(side(ana, viewer), side(ben, subject), false), toStranger, name);
  }
  assert.equal(table.length, presenceAudiences.length ** 2);
});

test('[PRS6] an account sees itself, whatever it hides', () => {
  for (const audience of presenceAudiences)
    assert.equal(sightBetween(side(ana, audience), side(ana, audience), false), 'exact');
});

test('[S7] [PRS6] nobody outside the audience ever learns an exact state or a time', () => {
  fc.assert(
    fc.property(aLook, seen, ({ viewer, subject, isContact }, subjectSeen) => {
      const shownTo = subject.presence !== 'nobody' && isContact;
      const shows = viewer.presence !== 'nobody' && isContact;
      const isBlocked = viewer.blocked.has(ben) || subject.blocked.has(ana);
      const presence = presenceAt(sightBetween(viewer, subject, isContact), subjectSeen, now);
      if (shownTo && shows && !isBlocked) return;
      assert.ok(presence.state === 'hidden' || coarseWords.includes(presence.state), presence.state);
      assert.equal('last_seen_at' in presence, false);
    }),
  );
});

test('[PRS7] a stranger is told a coarse word, and only when both show themselves to everyone', () => {
  fc.assert(
    fc.property(aLook, seen, ({ viewer, subject }, subjectSeen) => {
      const presence = presenceAt(sightBetween(viewer, subject, false), subjectSeen, now);
      const open = viewer.presence === 'everyone' && subject.presence === 'everyone';
      const isBlocked = viewer.blocked.has(ben) || subject.blocked.has(ana);
      assert.equal(coarseWords.includes(presence.state), open && !isBlocked);
    }),
  );
});

test('[PRS8] hiding is mutual: both see as much of each other', () => {
  fc.assert(
    fc.property(aLook, ({ viewer, subject, isContact }) => {
      assert.equal(sightBetween(viewer, subject, isContact), sightBetween(subject, viewer, isContact));
    }),
  );
});

test('[PRS8] who shows nobody sees nobody, and who shows less never sees more', () => {
  const rank = { hidden: 0, coarse: 1, exact: 2 };
  fc.assert(
    fc.property(aLook, ({ viewer, subject, isContact }) => {
      const by = presenceAudiences.map((presence) => rank[sightBetween({ ...viewer, presence }, subject, isContact)]);
      assert.deepEqual(
        by,
        by.toSorted((a, b) => b - a),
      );
      assert.equal(by.at(-1), 0);
    }),
  );
});

test('[PRS9] a block hides both from each other, and looks like hiding', () => {
  fc.assert(
    fc.property(aLook, seen, ({ viewer, subject, isContact }, subjectSeen) => {
      const hiding = presenceAt(sightBetween(viewer, { ...subject, presence: 'nobody' }, isContact), subjectSeen, now);
      for (const [one, other] of [
        [{ ...viewer, blocked: new Set([ben]) }, subject],
        [viewer, { ...subject, blocked: new Set([ana]) }],
      ] as const)
        assert.deepEqual(presenceAt(sightBetween(one, other, isContact), subjectSeen, now), hiding);
    }),
  );
});

test('[PRS10] coarse words by the days since, to the millisecond of their bounds', () => {
  const late = now + dayMs - 1;
  const word = (ageMs: number, at = now) =>
    presenceAt('coarse', { account: ben, online: false, lastSeenAt: at - ageMs }, at).state;
  assert.deepEqual(
    [-dayMs, 0, 3 * dayMs].map((age) => word(age)),
    ['recently', 'recently', 'recently'],
  );
  assert.deepEqual(
    [3 * dayMs + 1, 7 * dayMs].map((age) => word(age)),
    ['this_week', 'this_week'],
  );
  assert.deepEqual(
    [7 * dayMs + 1, 30 * dayMs].map((age) => word(age)),
    ['this_month', 'this_month'],
  );
  assert.deepEqual(
    [30 * dayMs + 1, 900 * dayMs].map((age) => word(age)),
    ['long_ago', 'long_ago'],
  );
  assert.deepEqual(
    [4 * dayMs - 1, 4 * dayMs].map((age) => word(age, late)),
    ['recently', 'this_week'],
  );
  const of = (seen_: Omit<Seen, 'account'>) => presenceAt('coarse', { account: ben, ...seen_ }, now).state;
  assert.equal(of({ online: true, lastSeenAt: null }), 'recently');
  assert.equal(of({ online: false, lastSeenAt: null }), 'long_ago');
});

test('[PRS12] without coming the word changes at midnight only', () => {
  const spans = fc.record({
    lastSeenAt: fc.integer({ min: now - 400 * dayMs, max: now }),
    day: fc.integer({ min: 0, max: 40 }),
    times: fc.array(fc.integer({ min: 0, max: dayMs - 1 }), { minLength: 2, maxLength: 8 }),
  });
  fc.assert(
    fc.property(spans, ({ lastSeenAt, day, times }) => {
      const midnight = now + (day + 1) * dayMs;
      const words = times.map(
        (time) => presenceAt('coarse', { account: ben, online: false, lastSeenAt }, midnight + time).state,
      );
      assert.equal(new Set(words).size, 1);
    }),
  );
});

test('[PRS6] those who may know see online, or offline with the time as far as it is known', () => {
  const at = (seen_: Omit<Seen, 'account'>) => presenceAt('exact', { account: ben, ...seen_ }, now);
  assert.deepEqual(at({ online: true, lastSeenAt: null }), { type: 'presence', account: ben, state: 'online' });
  assert.deepEqual(at({ online: false, lastSeenAt: null }), { type: 'presence', account: ben, state: 'offline' });
  assert.deepEqual(at({ online: false, lastSeenAt: now }), {
    type: 'presence',
    account: ben,
    state: 'offline',
    last_seen_at: '2026-11-25T00:00:00.000Z',
  });
});
