// Marks, links and mentions as tokens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inertText, isOnlyEmoji, richText, type Token } from './rich-text.ts';

const plain = (tokens: readonly Token[]): string =>
  tokens.map((t) => ('tokens' in t ? plain(t.tokens) : t.text)).join('');
const withoutMarks = (text: string) => text.replace(/[*_~`\n]/g, '');

test('[WEB1] marks become tokens, and unclosed ones stay as typed', () => {
  assert.deepEqual(richText('a *b* c'), [
    { type: 'text', text: 'a ' },
    { type: 'bold', tokens: [{ type: 'text', text: 'b' }] },
    { type: 'text', text: ' c' },
  ]);
  assert.deepEqual(richText('2 * 3 * 4'), [{ type: 'text', text: '2 * 3 * 4' }]);
  assert.deepEqual(richText('snake_case_name'), [{ type: 'text', text: 'snake_case_name' }]);
  assert.deepEqual(richText('```\nx *y*\n```'), [{ type: 'block', text: 'x *y*' }]);
  assert.deepEqual(richText('```\nx'), [{ type: 'text', text: '```\nx' }], 'not closed');
});

test('[WEB1] no letter is lost or invented, whatever is written', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab *_~`\n@.<>&/:é😀')), maxLength: 60 }), (text) => {
      assert.equal(withoutMarks(plain(richText(text))), withoutMarks(text));
    }),
  );
});

test('[WEB1] markup is text', () => {
  assert.deepEqual(richText('<img src=x onerror=alert(1)>'), [{ type: 'text', text: '<img src=x onerror=alert(1)>' }]);
});

test('[WEB2] only safe addresses become links', () => {
  const links = (text: string) => richText(text).filter((t) => t.type === 'link');
  assert.equal(links('see https://example.org/a?b=1.')[0]?.text, 'https://example.org/a?b=1');
  assert.equal(links('javascript:alert(1) data:text/html,x file:///etc/passwd').length, 0);
  assert.equal((links('http://аpple.com')[0] as { href: string } | undefined)?.href, 'http://xn--pple-43d.com/');
});

test('[WEB103] in a request no address is a link, not even inside of marks, and everything is said', () => {
  const text = 'see https://example.org *and www.example.net* or ana@example.org';
  const types = (tokens: readonly Token[]): string[] =>
    tokens.flatMap((t) => ('tokens' in t ? types(t.tokens) : [t.type]));
  assert.ok(types(richText(text)).includes('link'));
  assert.deepEqual([...new Set(types(inertText(text)))], ['text']);
  assert.equal(plain(inertText(text)), plain(richText(text)));
});

test('[WEB1] a mention is the handle with its sign, not part of an address', () => {
  assert.deepEqual(richText('hi @ana.b!')[1], { type: 'mention', text: '@ana.b' });
  assert.equal(
    richText('ana@example.org').some((t) => t.type === 'mention'),
    false,
  );
});

test('[WEB1] one to three emoji alone are shown large', () => {
  assert.ok(isOnlyEmoji('👍🏽 ❤️'));
  assert.ok(!isOnlyEmoji('ok 👍'));
  assert.ok(!isOnlyEmoji('12'));
});
