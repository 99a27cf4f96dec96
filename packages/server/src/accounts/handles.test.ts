import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimOf, guestHandle, isReserved, parseHandle, skeleton } from './handles.ts';

const letter = fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789._'));
const handle = fc
  .array(letter, { minLength: 3, maxLength: 32 })
  .map((letters) => letters.join(''))
  .filter((text) => parseHandle(text) !== null);

test('[ACC1] a handle is read with capitals and a leading @', () => {
  assert.equal(parseHandle('ana'), 'ana');
  assert.equal(parseHandle('@Ana.B_7'), 'ana.b_7');
  assert.equal(parseHandle('a'.repeat(32)), 'a'.repeat(32));
});

test('[ACC1] what is not a handle is refused', () => {
  const wrong = ['', 'an', '@an', 'a'.repeat(33), '1ana', '.ana', '_ana', 'ana.', 'a..b', 'an a', 'ana!', '@@ana'];
  const foreign = ['аna', 'änä', 'ana\u200b', 'ａna', 'ana\n', 'İna', 'ﬁna', 'K\u0131m', '\u212Ana'];
  for (const text of [...wrong, ...foreign]) assert.equal(parseHandle(text), null, JSON.stringify(text));
});

test('[ACC1] a handle that was read is read as itself', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = parseHandle(text);
      assert.ok(read === null || parseHandle(read) === read);
    }),
  );
});

test('[ACC2] handles that look alike have one claim', () => {
  const pairs = ['ana0|anao', 'paul|pau1', 'lina|iina', 'marn|mam', 'vvill|wi11', 'b0b|bob', 'vwaaa|wvaaa'];
  for (const pair of pairs) {
    const [one = '', other = ''] = pair.split('|');
    assert.equal(claimOf(one), claimOf(other), pair);
  }
  assert.notEqual(claimOf('ana'), claimOf('ann'));
  assert.doesNotMatch(claimOf('ana'), /ana/);
});

test('[ACC2] whatever is exchanged for its double keeps the claim', () => {
  const doubles: readonly (readonly [string, string])[] = [
    ['o', '0'],
    ['l', '1'],
    ['i', 'l'],
    ['m', 'rn'],
    ['w', 'vv'],
  ];
  fc.assert(
    fc.property(handle, fc.constantFrom(...doubles), (text, [from, to]) => {
      assert.equal(skeleton(text.replaceAll(from, to)), skeleton(text));
    }),
  );
});

test('[ACC2] official words are the owner’s, meaningful ones and those of guests nobody’s', () => {
  for (const word of ['admin', 'parley', 'r00t', 'supp0rt', 'adrnin']) {
    assert.equal(isReserved(word, false), true, word);
    assert.equal(isReserved(word, true), false, word);
  }
  for (const word of ['everyone', 'deleted', 'a11', 'guest_abc', 'gue5t'.replace('5', 's')])
    assert.equal(isReserved(word, true), true, word);
  assert.equal(isReserved('ana', false), false);
});

test('[ACC13] a guest’s handle is one that nobody else may take', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
      const made = guestHandle(bytes);
      assert.equal(parseHandle(made), made);
      assert.equal(isReserved(made, true), true);
    }),
  );
});
