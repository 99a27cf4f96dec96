import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanText, readName } from './names.ts';

test('[ACC3] what is invisible or changes direction is not stored', () => {
  assert.equal(cleanText('  Ana\t B\n'), 'Ana B');
  assert.equal(cleanText('Ana\u202egnol'), 'Ana gnol');
  assert.equal(cleanText('A\u200bna\u2066x\u2069'), 'A na x');
  assert.equal(cleanText('A\u0301na'), 'Ána');
  assert.equal(cleanText('Ana \ud800'), 'Ana');
  assert.equal(
    cleanText('👩\u200d🔧 می\u200cخواهم'),
    '👩\u200d🔧 می\u200cخواهم',
    'joins that scripts and emoji need stay',
  );
});

test('[ACC3] a name of which nothing can be seen is refused', () => {
  for (const text of ['', '   ', '\u200b', '\u3164', '\u2800', '\u200d\u200c', '\u0301', '\u202e\u202c'])
    assert.equal(readName(text, 64), null, JSON.stringify(text));
  assert.equal(readName(' Ana ', 64), 'Ana');
});

test('[ACC3] composing does not make a name longer than it may be', () => {
  // A letter that Unicode composes into three.
  assert.equal(readName('\ufb2c'.repeat(64), 64), null);
  assert.equal(readName('a'.repeat(65), 64), null);
  assert.equal(readName('a'.repeat(64), 64), 'a'.repeat(64));
});

test('[ACC3] a clean text is clean', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const clean = cleanText(text);
      assert.equal(cleanText(clean), clean);
      assert.doesNotMatch(clean, /[\p{Cc}\u202a-\u202e\u2066-\u2069]|^\s|\s$|\s\s/u);
    }),
  );
});
