import assert from 'node:assert/strict';
import test from 'node:test';
import { checkComments, checkExports, checkFileLength, checkFunctionLength, checkHeader, checkName } from './shape.ts';
import { type Finding, parse, type Source } from './source.ts';

const header = '// Stands between two things, promises a third, and never does a fourth.\n';
const source = (text: string, path = 'packages/server/src/kernel/planted.ts'): Source => parse({ path, text });
const messages = (findings: readonly Finding[]): readonly string[] => findings.map(({ message }) => message);
const lines = (count: number): string => '  tick();\n'.repeat(count);

test('[TDY4] a file without a header is found, one with a header is not', () => {
  assert.equal(checkHeader(source('export const a = 1;\n')).length, 1);
  assert.equal(checkHeader(source('// short\nexport const a = 1;\n')).length, 1);
  assert.equal(checkHeader(source(`export const a = 1;\n${header}`)).length, 1);
  assert.deepEqual(checkHeader(source(`${header}export const a = 1;\n`)), []);
  assert.deepEqual(checkHeader(source(`#!/usr/bin/env node\n${header}run();\n`, 'packages/cli/bin/planted.mjs')), []);
});

test('[TDY4] a test needs no header: its titles say it', () => {
  assert.deepEqual(checkHeader(source('run();\n', 'packages/sdk/src/planted.test.ts')), []);
});

test('[TDY5] a file of 300 lines of code passes, one of 301 does not; blanks and comments are free', () => {
  const free = `${header}\n/*\n a\n b\n*/\n`;
  assert.deepEqual(checkFileLength(source(free + lines(300))), []);
  assert.deepEqual(messages(checkFileLength(source(free + lines(301)))), ['301 lines of code; at most 300']);
});

test('[TDY5] a function of 70 lines passes, one of 71 does not, however it is written', () => {
  for (const [open, close] of [
    ['function f() {\n', '}'],
    ['const f = () => {\n', '};'],
    ['class A { f() {\n', '} }'],
  ] as const) {
    assert.deepEqual(checkFunctionLength(source(open + lines(68) + close)), []);
    assert.match(messages(checkFunctionLength(source(open + lines(69) + close)))[0] ?? '', /a function of 71 lines/);
  }
});

test('[TDY5] functions inside a function are measured for themselves, and not with it', () => {
  const inner = (count: number): string => `  const f = () => {\n${lines(count)}  };\n`;
  assert.deepEqual(checkFunctionLength(source(`function make() {\n${inner(60).repeat(3)}}`)), []);
  assert.equal(checkFunctionLength(source(`function make() {\n${inner(69)}}`)).length, 1);
  assert.equal(checkFunctionLength(source(`function make() {\n${lines(69)}${inner(5)}}`)).length, 1);
});

test('[TDY6] a default export is found, except where a tool wants one', () => {
  assert.equal(checkExports(source('export default 1;\n')).length, 1);
  assert.deepEqual(checkExports(source('export default 1;\n', 'packages/web/vite.config.ts')), []);
});

test("[TDY6] passing on is found, except in a package's index", () => {
  const passing = "export { a } from './a.ts';\n";
  assert.equal(checkExports(source(passing)).length, 1);
  assert.equal(checkExports(source("export * from './a.ts';\nexport const b = 1;\n")).length, 1);
  assert.deepEqual(checkExports(source(passing, 'packages/sdk/src/index.ts')), []);
  assert.equal(checkExports(source(passing, 'packages/sdk/src/media/index.ts')).length, 1);
});

test('[TDY7] names that say nothing or are not in lower case with hyphens are found', () => {
  for (const name of [
    'utils.ts',
    'string-helpers.ts',
    'types.ts',
    'common.test.ts',
    'Socket.ts',
    'file_log.ts',
    'socket.js',
  ]) {
    assert.equal(checkName({ path: `packages/server/src/${name}` }).length, 1, name);
  }
  for (const name of [
    'file-log.ts',
    'log.contract.ts',
    'crc32c.test.ts',
    'run.process.test.ts',
    'run.browser.engine.test.ts',
    'chat.tsx',
    'run.mjs',
  ]) {
    assert.deepEqual(checkName({ path: `packages/server/src/${name}` }), [], name);
  }
});

test('[TDY75] a comment on a thing above another one is found, with its line', () => {
  const doubled = `${header}/** Of b. */\n\n/** Of a. */\nexport const a = 1;\nexport const b = 2;\n`;
  assert.deepEqual(
    checkComments(source(doubled)).map(({ line }) => line),
    [2],
  );
  for (const text of [
    '/** Of a. */\nexport const a = 1;\n/** Of b. */\nexport const b = 2;\n',
    '// Of the file.\n/** Of a. */\nexport const a = 1;\n',
    '/** Of a. */\n// Why.\nexport const a = 1;\n',
  ])
    assert.deepEqual(checkComments(source(text)), [], text);
});
