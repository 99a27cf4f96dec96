// The rules of the specification and the tests that prove them: every rule is quoted by the title of a test, and every
// title opens with the number of a rule.

import { type Expression, Visitor } from 'oxc-parser';
import { type Finding, finding, type Source, type TextFile } from './source.ts';

/** A rule: its number, as `LOG3`, its sentence, and where it stands. */
export type Rule = { readonly number: string; readonly text: string; readonly at: Finding };

/** The title of a test, or null where it cannot be read from the source. */
export type Title = { readonly text: string | null; readonly at: Finding };

const number = '[A-Z](?:[A-Z0-9]*[A-Z])?[0-9]+';
const ruleLine = new RegExp(`^- \\*\\*(${number})\\*\\* +(\\S.*)$`, 'gm');
const quoted = new RegExp(`^(?:\\[(${number})\\] ?)+`);

/** The rules of one document: lines of the form `- **LOG3** A torn last batch …`. */
export function rulesOf(file: TextFile): readonly Rule[] {
  return [...file.text.matchAll(ruleLine)].map((match) => ({
    number: match[1] ?? '',
    text: match[2] ?? '',
    at: finding(file, match.index, match[1] ?? ''),
  }));
}

/**
 * The titles of all tests of a source: the first argument of every `test(…)`, and of every call that quotes a rule there
 * and takes a function, because a suite may wrap `test` in a function of its own.
 */
export function titlesOf(source: Source): readonly Title[] {
  const plain: Title[] = [];
  const wrapped: Title[] = [];
  new Visitor({
    CallExpression: ({ callee, arguments: given, start }) => {
      const called = callee.type === 'MemberExpression' ? callee.object : callee;
      const isTest = called.type === 'Identifier' && (called.name === 'test' || called.name === 'it');
      const [first] = given;
      const text = first === undefined || first.type === 'SpreadElement' ? null : opening(first);
      const title = { text, at: finding(source, start, '') };
      if (isTest) plain.push(title);
      else if (text !== null && quoted.test(text) && given.some(isFunction)) wrapped.push(title);
    },
  }).visit(source.program);
  const written = wrapped.length === 0 ? plain : plain.filter(({ text }) => text !== null && text !== '');
  return [...written, ...wrapped];
}

const isFunction = ({ type }: { readonly type: string }): boolean => type.endsWith('FunctionExpression');

/** The written-out beginning of a text. */
function opening(node: Expression): string | null {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type === 'TemplateLiteral') return node.quasis[0]?.value.cooked ?? null;
  if (node.type === 'BinaryExpression' && node.left.type !== 'PrivateIdentifier') return opening(node.left);
  return null;
}

/** The numbers that a title opens with: `[LOG1] [LOG2] …`. */
export function numbersOf(title: string): readonly string[] {
  const start = quoted.exec(title)?.[0] ?? '';
  return [...start.matchAll(new RegExp(number, 'g'))].map(([each]) => each);
}

/** Rules without a test, tests without a rule, and numbers that mean two things. */
export function checkSpec(rules: readonly Rule[], titles: readonly Title[]): readonly Finding[] {
  const known = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { number: each, text, at } of rules) {
    const before = known.get(each);
    if (before !== undefined && before !== text) findings.push({ ...at, message: `${each} means two things` });
    known.set(each, text);
  }
  const proven = new Set<string>();
  for (const { text, at } of titles) {
    const numbers = text === null ? [] : numbersOf(text);
    if (numbers.length === 0)
      findings.push({ ...at, message: `a test that quotes no rule: ${text ?? '(title not written out)'}` });
    for (const each of numbers) {
      proven.add(each);
      if (!known.has(each)) findings.push({ ...at, message: `quotes ${each}, which no document has` });
    }
  }
  const unproven = rules.filter((rule) => !proven.has(rule.number));
  return [...findings, ...unproven.map(({ number: each, at }) => ({ ...at, message: `no test quotes ${each}` }))];
}
