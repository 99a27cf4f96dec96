// What others published about our primitives, in Node; `public-vectors.browser.engine.test.ts` asks a page the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf, words } from './primitives.ts';
import { primitiveJudges } from './published-answers-fixture.ts';
import { utf8 } from './signing.ts';
import { askHere } from './vector-answers-fixture.ts';

for (const [what, judge] of Object.entries(primitiveJudges)) test(`[ENC65] ${what}`, () => judge(askHere));

test('[ENC65] there are as many words as eleven bits can name', () => assert.equal(new Set(words).size, 2_048));

test('[ENC64] text is UTF-8, and bytes that are none are no text', () => {
  const text = fc.string({ unit: 'binary' }).filter((one) => one.isWellFormed());
  fc.assert(fc.property(text, (one) => assert.equal(textOf(utf8(one)), one)));
  for (const bytes of ['ff', 'c080', 'eda080', 'e282']) assert.equal(textOf(Uint8Array.fromHex(bytes)), null);
  assert.equal(textOf(Uint8Array.fromHex('efbbbf41')), '\ufeffA');
});
