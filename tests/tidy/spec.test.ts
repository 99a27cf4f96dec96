import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from './source.ts';
import { checkSpec, numbersOf, rulesOf, titlesOf } from './spec.ts';

const rules = (text: string): ReturnType<typeof rulesOf> => rulesOf({ path: 'docs/spec.md', text });
const titles = (text: string): ReturnType<typeof titlesOf> => titlesOf(parse({ path: 'a.test.ts', text }));
const problems = (spec: string, code: string): readonly string[] =>
  checkSpec(rules(spec), titles(code)).map(({ path, line, message }) => `${path}:${line} ${message}`);

test('[TDY11] rules are read with their number, also where the family has a digit or one letter', () => {
  const text = '## LOG\n\n- **LOG3** A torn batch.\n- **E2E12** Sealed.\n- **R1** Kept.\n- no rule\n- **bold** words\n';
  assert.deepEqual(
    rules(text).map(({ number, at }) => [number, at.line]),
    [
      ['LOG3', 3],
      ['E2E12', 4],
      ['R1', 5],
    ],
  );
});

test('[TDY11] titles are read from every way to write a test', () => {
  const code = `
    test('[A1] plain', () => {});
    test(\`[A2] \${name}: template\`, () => {});
    test.skip('[A3] member', () => {});
    it("[A4] " + name, () => {});
    rule('[A5] wrapped', () => {});
    other('[not a rule]');
    numbersOf('[A6] not a test');
  `;
  const numbers = titles(code).flatMap(({ text }) => numbersOf(text ?? ''));
  assert.deepEqual([...numbers].sort(), ['A1', 'A2', 'A3', 'A4', 'A5']);
});

test('[TDY11] a title may quote several rules', () => {
  assert.deepEqual(numbersOf('[LOG1] [E2E2] both [LOG3]'), ['LOG1', 'E2E2']);
  assert.deepEqual(numbersOf('no [LOG1] first'), []);
});

test('[TDY11] a rule without a test and a test without a rule are found', () => {
  assert.deepEqual(problems('- **A1** One.\n- **A2** Two.', "test('[A1] one', f);"), [
    'docs/spec.md:2 no test quotes A2',
  ]);
  assert.deepEqual(problems('- **A1** One.', "test('[A1] one', f);\ntest('two', f);"), [
    'a.test.ts:2 a test that quotes no rule: two',
  ]);
  assert.deepEqual(problems('- **A1** One.', "test('[A1] one', f);\ntest('[B1] two', f);"), [
    'a.test.ts:2 quotes B1, which no document has',
  ]);
  assert.deepEqual(problems('- **A1** One.', "test('[A1] one', f);\ntest(title, f);"), [
    'a.test.ts:2 a test that quotes no rule: (title not written out)',
  ]);
});

test('[TDY11] a number that means two things is found; the same rule in two documents is not', () => {
  assert.deepEqual(problems('- **A1** One.\n- **A1** Other.', "test('[A1] one', f);"), [
    'docs/spec.md:2 A1 means two things',
  ]);
  assert.deepEqual(problems('- **A1** One.\n- **A1** One.', "test('[A1] one', f);"), []);
});
