// Edits, reactions, votes and pins: the same whatever order they come in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId } from '@parley/protocol';
import { editWindowMs, maxEdits, maxPins } from '@parley/protocol/limits';
import fc from 'fast-check';
import { accountId, messageId } from './fixture.ts';
import { type Fold, foldMessage } from './fold.ts';
import { pinsOf } from './group-state.ts';
import type { FoldBody, FoldRow, MessageRow } from './rows.ts';

const [ana, ben, cleo] = [accountId(1), accountId(2), accountId(3)];
const text = { sender: ana, storedAt: 1_000_000, body: { type: 'text', text: 'first' } } as const;
const poll: Pick<MessageRow, 'sender' | 'storedAt' | 'body'> = {
  ...text,
  body: { type: 'poll', question: 'When?', options: ['now', 'later'], choose: 'one' },
};

const fold = (seq: number, sender: AccountId, body: FoldBody, storedAt = 1_000_000): FoldRow => ({
  seq,
  id: messageId(seq),
  sender,
  storedAt,
  body,
});
const edit = (seq: number, words: string, sender = ana, storedAt = 1_000_000) =>
  fold(seq, sender, { type: 'edit', target: 1, text: words }, storedAt);
const react = (seq: number, sender: AccountId, emoji: string) =>
  fold(seq, sender, { type: 'reaction', target: 1, emoji });
const vote = (seq: number, sender: AccountId, options: number[]) =>
  fold(seq, sender, { type: 'vote', target: 1, options });

const someone = fc.constantFrom(ana, ben, cleo);
const anyBody = fc.oneof(
  fc.record({ type: fc.constant('edit' as const), target: fc.constant(1), text: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ type: fc.constant('reaction' as const), target: fc.constant(1), emoji: fc.constantFrom('👍', '😀', '') }),
  fc.record({ type: fc.constant('vote' as const), target: fc.constant(1), options: fc.subarray([0, 1, 2]) }),
);
const anyFolds = fc
  .array(fc.tuple(someone, anyBody, fc.nat({ max: 2 * editWindowMs })), { maxLength: 30 })
  .map((list) => list.map(([sender, body, late], at) => fold(at + 2, sender, body, text.storedAt + late)));

test('[TLN1] order and repetition of what was done change nothing', () => {
  const anyOrder = anyFolds.chain((folds) =>
    fc.tuple(fc.constant(folds), fc.shuffledSubarray([...folds, ...folds], { minLength: folds.length * 2 })),
  );
  fc.assert(
    fc.property(fc.constantFrom<typeof poll>(text, poll), anyOrder, (message, [folds, shuffled]) => {
      assert.deepEqual(foldMessage(message, shuffled, ana), foldMessage(message, folds, ana));
    }),
  );
});

test('[TLN2] only the sender edits, in time, and ten times', () => {
  const shown = (folds: readonly Fold[]) => foldMessage(text, folds, ana);
  assert.deepEqual([shown([]).text, shown([]).edited], ['first', false]);
  assert.deepEqual([shown([edit(2, 'second')]).text, shown([edit(2, 'second')]).edited], ['second', true]);
  assert.equal(shown([edit(2, 'not mine', ben)]).text, 'first');
  assert.equal(shown([edit(2, 'in time', ana, text.storedAt + editWindowMs)]).text, 'in time');
  assert.equal(shown([edit(2, 'too late', ana, text.storedAt + editWindowMs + 1)]).text, 'first');
  const late = edit(3, 'too late', ana, text.storedAt + editWindowMs + 1);
  assert.deepEqual([shown([late]).tooLate, shown([edit(2, 'second'), late]).tooLate], [true, true]);
  assert.deepEqual([shown([edit(2, 'second')]).tooLate, foldMessage(text, [late], ben).tooLate], [false, false]);
  const many = Array.from({ length: maxEdits + 1 }, (_, at) => edit(at + 2, `edit ${at + 1}`));
  assert.equal(shown(many).text, `edit ${maxEdits}`);
  assert.deepEqual([shown(many).tooLate, shown(many.slice(0, maxEdits)).tooLate], [true, false]);
  assert.equal(foldMessage(poll, [edit(2, 'no text')], ana).text, 'When?');
});

test('[TLN3] the last reaction of an account counts, an empty one takes it back', () => {
  const { reactions } = foldMessage(text, [react(2, ana, '👍'), react(3, ben, '👍'), react(4, ana, '😀')], ana);
  assert.deepEqual(reactions, [
    { emoji: '👍', accounts: [ben], own: false },
    { emoji: '😀', accounts: [ana], own: true },
  ]);
  assert.deepEqual(foldMessage(text, [react(2, ana, '👍'), react(3, ana, '')], ana).reactions, []);
});

test('[TLN3] the last vote counts, and two answers only where many may be chosen', () => {
  const votes = [vote(2, ana, [0]), vote(3, ana, [1]), vote(4, ben, [0, 1]), vote(5, cleo, [9])];
  const one = foldMessage(poll, votes, ana).poll;
  assert.deepEqual(
    one?.options.map((option) => [option.voters, option.own]),
    [
      [[], false],
      [[ana], true],
    ],
  );
  const many: typeof poll = { ...poll, body: { type: 'poll', question: '?', options: ['a', 'b'], choose: 'many' } };
  assert.deepEqual(foldMessage(many, votes, ana).poll?.options[0]?.voters, [ben]);
});

test('[TLN4] what is on its way wins over what is confirmed, until it is confirmed itself', () => {
  const pending = (n: number, emoji: string): Fold => ({
    seq: null,
    id: messageId(n),
    lamport: n,
    sender: ana,
    storedAt: null,
    body: { type: 'reaction', target: 1, emoji },
  });
  const emoji = (folds: readonly Fold[]) => foldMessage(text, folds, ana).reactions[0]?.emoji;
  assert.equal(emoji([pending(9, '😀'), react(5, ana, '👍')]), '😀');
  assert.equal(emoji([pending(9, '😀'), pending(10, '🎉')]), '🎉');
  // The same record, confirmed at 5, and a later one at 6.
  assert.equal(emoji([pending(5, '😀'), react(5, ana, '😀'), react(6, ana, '👍')]), '👍');
});

test('[TLN1] at most three pins, newest first, by the last word about each', () => {
  const pins = [1, 2, 3, 4].map((target) => ({ seq: 10 + target, target, pinned: true }));
  assert.deepEqual(pinsOf({ pins }), [4, 3, 2]);
  assert.equal(pinsOf({ pins }).length, maxPins);
  const unpinned = [...pins, { seq: 20, target: 3, pinned: false }];
  assert.deepEqual(pinsOf({ pins: [...unpinned].reverse() }), [4, 2, 1]);
});
