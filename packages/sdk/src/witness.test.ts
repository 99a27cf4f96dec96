import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ana, ben, body, chat, record } from './client-fixture.ts';
import type { Witness } from './ports.ts';
import { type Hashed, judge, type Known, recordHash, windowHash } from './witness.ts';

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('base64url');
const lines = (...all: readonly (string | number)[]) => all.map((line) => `${line}\n`).join('');

test('[ENC190] the hash of a record is over its seq, id, sender, kind and the hash of its body', () => {
  const sealed = record(chat, 7, { content: '1.AAAA.BBBB', format: 'sealed', mentions: [ana] });
  const { id } = sealed;
  assert.equal(recordHash(sealed), sha256(lines(7, id, ben, 'content', sha256('1.AAAA.BBBB'))));
  const gone = record(chat, 7, { content: undefined as never, deleted_by: 9, body_hash: sha256('1.AAAA.BBBB') });
  assert.equal(recordHash(gone), recordHash(sealed), 'what is gone hashes as it did');
  assert.equal(recordHash({ ...gone, body_hash: undefined as never }), null);
  const bodies = [
    ['delete', { targets: [3, 4] }, '[3,4]'],
    ['timer', { seconds: 60 }, '60'],
    ['members', { change: { subject: ana, action: 'add' } }, `{"action":"add","subject":"${ana}"}`],
    ['quiet', { content: 'Grüße 👋' }, 'Grüße 👋'],
  ] as const;
  for (const [kind, more, text] of bodies) {
    const { content: _, ...bare } = record(chat, 8);
    const other: Hashed = Object.assign(bare, more, { kind });
    assert.equal(recordHash(other), sha256(lines(8, bare.id, ben, kind, sha256(text))), kind);
  }
});

test('[ENC190] whatever a server could change of a record changes its hash', () => {
  const one = record(chat, 7, body({ type: 'text', text: 'Hello' }));
  const others = [
    { seq: 8 },
    { id: record(chat, 8).id },
    { sender: ana },
    { kind: 'quiet' },
    { content: 'Bye' },
  ] as const;
  for (const other of others) assert.notEqual(recordHash({ ...one, ...other }), recordHash(one), JSON.stringify(other));
});

test('[ENC190] a witness is a hash over the hashes, the oldest first', () => {
  const hashes = [1, 2, 3].map((seq) => recordHash(record(chat, seq)) ?? assert.fail());
  assert.equal(hashes.join('').length, 3 * 43);
  assert.equal(windowHash(hashes), sha256(hashes.join('')));
});

const hashAt = (seq: number) => recordHash(record(chat, seq)) ?? assert.fail();
const witness = (seq: number, count: number, epoch = 1): Witness => [
  epoch,
  seq,
  windowHash(Array.from({ length: count }, (_, at) => hashAt(seq - count + 1 + at))),
  count,
];
const known = (more: Partial<Known> = {}): Known => ({
  epoch: 1,
  ranges: [[1, 100]],
  hash: hashAt,
  gone: () => false,
  hides: false,
  ...more,
});
const without =
  (...seqs: readonly number[]) =>
  (seq: number) =>
    seqs.includes(seq) ? undefined : hashAt(seq);

test('[ENC193] what is the same is right, and what differs, is missing, or was not there yet is wrong', () => {
  const claim = { at: 100, witness: witness(80, 64) };
  assert.equal(judge(claim, known()), 'right');
  assert.equal(judge(claim, known({ hash: (seq) => (seq === 17 ? hashAt(170) : hashAt(seq)) })), 'wrong');
  assert.equal(judge(claim, known({ hash: (seq) => hashAt(seq === 30 ? 31 : seq === 31 ? 30 : seq) })), 'wrong');
  assert.equal(judge(claim, known({ hash: without(40) })), 'wrong');
  assert.equal(judge({ ...claim, at: 80 }, known()), 'wrong', 'nobody has seen what comes later');
  assert.equal(judge({ at: 9, witness: [1, 3, 'x', 4] }, known()), 'wrong', 'there are not so many');
});

test('[ENC193] what is not for this reader, or not here yet, is never found wrong', () => {
  const claim = { at: 100, witness: witness(80, 64) };
  assert.equal(judge(claim, known({ epoch: 2 })), 'never');
  assert.equal(judge(claim, known({ ranges: [[30, 100]], hash: without(17, 18) })), 'later');
  assert.equal(judge(claim, known({ ranges: [], hash: () => undefined })), 'later');
  assert.equal(judge(claim, known({ hash: without(17, 18), gone: (seq) => seq < 19 })), 'never');
  assert.equal(judge(claim, known({ hash: without(17, 50), gone: (seq) => seq < 19 })), 'wrong', 'one is for it');
  assert.equal(judge(claim, known({ hash: without(50), hides: true })), 'never');
  assert.equal(judge(claim, known({ hash: (seq) => hashAt(seq + 1), hides: true })), 'wrong', 'all are there');
});

test('[ENC193] an honest history is never found wrong, whatever of it is here', () => {
  fc.assert(
    fc.property(
      fc.record({
        at: fc.integer({ min: 2, max: 100 }),
        below: fc.integer({ min: 1, max: 99 }),
        count: fc.integer({ min: 1, max: 64 }),
        floor: fc.integer({ min: 0, max: 100 }),
        hidden: fc.uniqueArray(fc.integer({ min: 1, max: 100 })),
        hides: fc.boolean(),
        from: fc.integer({ min: 1, max: 100 }),
        to: fc.integer({ min: 1, max: 100 }),
      }),
      ({ at, below, count, floor, hidden, hides, from, to }) => {
        const seq = Math.max(1, at - below);
        const claim = { at, witness: witness(seq, Math.min(count, seq)) };
        const isHere = (one: number) => one >= from && one <= to && one > floor && !(hides && hidden.includes(one));
        const verdict = judge(claim, {
          epoch: 1,
          ranges: from <= to ? [[from, to]] : [],
          hash: (one) => (isHere(one) ? hashAt(one) : undefined),
          gone: (one) => one <= floor,
          hides,
        });
        assert.notEqual(verdict, 'wrong');
      },
    ),
  );
});
