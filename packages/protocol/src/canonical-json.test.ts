import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import { maxCanonicalDepth } from './limits.ts';

// The vectors published beside RFC 8785, where they hold no fractions.
const published: readonly (readonly [input: string, output: string])[] = [
  ['[\n 56,\n {\n "d": true,\n "10": null,\n "1": [ ]\n }\n]', '[56,{"1":[],"10":null,"d":true}]'],
  [
    '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
    '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
  ],
  [
    '{"1":{"f":{"f":"hi","F":5},"\\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}',
    '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
  ],
  ['{"Unnormalized Unicode":"A\\u030a"}', '{"Unnormalized Unicode":"A\u030a"}'],
  [
    '{"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  [
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  ],
];

const letters = fc.string({ unit: 'binary' });
const { value: plain } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger().map((n) => n + 0),
    letters,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(letters, tie('value'), { maxKeys: 4 }),
  ),
}));

test('[ENC60] signed JSON is spelled as RFC 8785 spells its published examples', () => {
  for (const [input, output] of published) assert.equal(canonicalJson(JSON.parse(input)), output);
});

test('[ENC60] the order in which members were written changes nothing, and nothing is lost', () => {
  fc.assert(
    fc.property(plain, (value) => {
      const text = canonicalJson(value);
      assert.ok(text !== null);
      assert.equal(canonicalJson(JSON.parse(text)), text);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(turned(value)), text);
    }),
  );
});

test('[ENC60] what has more than one spelling is refused', () => {
  const refused = [0.5, 2 ** 53, Number.NaN, Infinity, undefined, 1n, '\ud800', { '\udc00': 1 }, new Date(0), () => 1];
  for (const value of refused) {
    assert.equal(canonicalJson(value), null);
    assert.equal(canonicalJson({ a: [value] }), null);
  }
  assert.equal(canonicalJson(-0), '0');
  assert.equal(canonicalJson(JSON.parse('{"__proto__":1}')), '{"__proto__":1}');
});

test('[ENC60] nesting has a bound', () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  assert.equal(canonicalJson(nested(maxCanonicalDepth)), '['.repeat(maxCanonicalDepth) + ']'.repeat(maxCanonicalDepth));
  assert.equal(canonicalJson(nested(maxCanonicalDepth + 1)), null);
});

/** The same value with the members of every object in the other order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)]),
  );
}
