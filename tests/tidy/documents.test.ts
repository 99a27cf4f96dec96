import assert from 'node:assert/strict';
import test from 'node:test';
import { checkIndex, checkLinks, checkQuote, checkSettings } from './documents.ts';
import type { Finding } from './source.ts';

const file = (text: string, path = 'docs/planted.md') => ({ path, text });
const messages = (findings: readonly Finding[]) => findings.map(({ line, message }) => `${line} ${message}`);

test('[TDY12] an example that is quoted otherwise, or in prose, is found', () => {
  const example = file('await hello();\n', 'docs/examples/hello.mjs');
  assert.deepEqual(checkQuote(file('Try it:\n\n```js\nawait hello();\n```\n'), example), []);
  for (const text of ['```js\nawait hello()\n```\n', '```js\n  await hello();\n```\n', 'await hello();\n'])
    assert.deepEqual(messages(checkQuote(file(text), example)), ['1 does not quote docs/examples/hello.mjs as it is']);
});

test('[TDY13] a setting without its row, with another default, or that is gone, is found', () => {
  const settings = [
    { name: 'PARLEY_HOST', summary: 'Where to listen.', standard: '127.0.0.1' },
    { name: 'PARLEY_PORT', summary: 'Which port.', standard: '' },
  ];
  const rows = '| `PARLEY_HOST` | `127.0.0.1` | Where to listen. |\n| `PARLEY_PORT` |  | Which port. |\n';
  assert.deepEqual(checkSettings(file(rows), settings), []);
  assert.deepEqual(messages(checkSettings(file(rows.replace('127.0.0.1', '0.0.0.0')), settings)), [
    '1 lacks the row | `PARLEY_HOST` | `127.0.0.1` | Where to listen. |',
  ]);
  assert.deepEqual(messages(checkSettings(file(`${rows}| \`PARLEY_OLD\` |  | Gone. |\n`), settings)), [
    '3 PARLEY_OLD is no setting',
  ]);
});

test('[TDY14] a family that the index lacks, and one that is gone, are found', () => {
  const families = [file('## BUS: the wake-up\n', 'docs/spec/bus.md'), file('## LOG: the queue\n', 'docs/spec/log.md')];
  const whole = '| [BUS](spec/bus.md) | the wake-up |\n| [LOG](spec/log.md) | the queue |\n';
  assert.deepEqual(checkIndex(file(whole), families), []);
  assert.deepEqual(messages(checkIndex(file(whole), families.slice(0, 1))), ['2 spec/log.md is not there']);
  assert.deepEqual(messages(checkIndex(file(whole.replace('queue', 'log')), families)), [
    '1 lacks the row | [LOG](spec/log.md) | the queue |',
  ]);
});

test('[TDY15] a link that leads nowhere is found; folders, places in a page and other sites are let be', () => {
  const files = new Set(['README.md', 'docs/spec.md', 'docs/spec/log.md']);
  const good = '[a](spec.md) [b](../README.md#x) [c](spec) [d](https://example.org) [e](#here) ![f](./spec/log.md)';
  assert.deepEqual(checkLinks(file(good), files), []);
  assert.deepEqual(messages(checkLinks(file('one\n[a](spec/bus.md)'), files)), ['2 "spec/bus.md" leads nowhere']);
});
