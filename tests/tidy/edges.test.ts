import assert from 'node:assert/strict';
import test from 'node:test';
import type { Layer } from '../layers.ts';
import { checkLayers, edges, type Tree, unreached } from './edges.ts';
import { parse, type Source } from './source.ts';

const folder = 'packages/server/src';
const layers: readonly Layer[] = [
  { name: 'protocol', files: ['packages/protocol/src/**'], may: [], packages: ['typebox'] },
  { name: 'log port', files: [`${folder}/log/log.ts`], may: ['protocol'], packages: [] },
  { name: 'log', files: [`${folder}/log/**`], may: ['* port'], packages: ['node:*'], adapters: true },
  { name: 'sequencer', files: [`${folder}/sequencer/**`], may: ['protocol', 'log port'], packages: [] },
  { name: 'tests', files: ['packages/**/*.test.ts'], may: ['*'], not: ['sequencer'], packages: ['node:test'] },
  { name: 'web', files: ['packages/web/src/**'], may: ['protocol'], packages: [], never: /frame/i },
];
const tree: Tree = {
  files: new Set([
    'packages/protocol/src/index.ts',
    'packages/protocol/src/limits.ts',
    'packages/web/src/a.css',
    `${folder}/log/log.ts`,
    `${folder}/log/crc32c.ts`,
    `${folder}/log/file-log.ts`,
    `${folder}/log/memory-log.ts`,
    `${folder}/sequencer/run.ts`,
    `${folder}/nowhere.ts`,
  ]),
  packages: new Map([
    [
      '@parley/protocol',
      { folder: 'packages/protocol', exports: { '.': './src/index.ts', './limits': './src/limits.ts' } },
    ],
  ]),
};

const source = (path: string, text: string): Source => parse({ path, text });
const problems = (path: string, text: string): readonly string[] =>
  checkLayers(source(path, text), tree, layers).map(({ message }) => message);

test('[TDY2] an import that the table does not allow is found, in every form of import', () => {
  const forms = [
    "import { run } from '../sequencer/run.ts';",
    "import type { Run } from '../sequencer/run.ts';",
    "import '../sequencer/run.ts';",
    "export { run } from '../sequencer/run.ts';",
    "export * from '../sequencer/run.ts';",
    "const run = await import('../sequencer/run.ts');",
    "new Worker(new URL('../sequencer/run.ts', import.meta.url));",
  ];
  for (const text of forms) {
    assert.deepEqual(problems(`${folder}/log/file-log.ts`, text), [
      `log may not import sequencer (${folder}/sequencer/run.ts)`,
    ]);
  }
});

test('[TDY2] allowed imports pass: own layer, allowed layers, listed packages, types of node modules', () => {
  const allowed = "import { limits } from '@parley/protocol/limits';\nimport type { Log } from '../log/log.ts';\n";
  assert.deepEqual(problems(`${folder}/sequencer/run.ts`, allowed), []);
  assert.deepEqual(problems(`${folder}/sequencer/run.ts`, "import type { Stats } from 'node:fs';"), []);
  assert.deepEqual(problems(`${folder}/log/file-log.ts`, "import { open } from 'node:fs/promises';"), []);
  assert.deepEqual(problems('packages/web/src/a.ts', "import './a.css';"), []);
});

test('[TDY2] a layer that may see everything still does not see what it is refused', () => {
  const path = 'packages/web/src/a.test.ts';
  assert.deepEqual(problems(path, "import { limits } from '@parley/protocol/limits';"), []);
  assert.deepEqual(problems(path, "import { run } from '../../server/src/sequencer/run.ts';"), [
    `tests may not import sequencer (${folder}/sequencer/run.ts)`,
  ]);
});

test('[TDY2] packages outside the list are found, by their name', () => {
  assert.deepEqual(problems(`${folder}/sequencer/run.ts`, "import { a } from '@scope/name/deep';"), [
    'sequencer may not import @scope/name',
  ]);
  assert.deepEqual(problems(`${folder}/sequencer/run.ts`, "import { open } from 'node:fs';"), [
    'sequencer may not import node:fs',
  ]);
});

test('[TDY2] an adapter never sees another adapter of its port; its own parts and shared ones it does', () => {
  const path = `${folder}/log/file-log.ts`;
  assert.deepEqual(problems(path, "import { a } from './memory-log.ts';"), [
    `${folder}/log/memory-log.ts is another adapter`,
  ]);
  assert.deepEqual(problems(path, "import { crc32c } from './crc32c.ts';\nimport type { Log } from './log.ts';"), []);
});

test('[TDY2] a specifier that leads nowhere and a file without a layer are found', () => {
  assert.deepEqual(problems(`${folder}/log/file-log.ts`, "import { a } from './gone.ts';"), [
    '"./gone.ts" leads nowhere',
  ]);
  assert.deepEqual(problems(`${folder}/log/file-log.ts`, "import { a } from '@parley/protocol/none';"), [
    '"@parley/protocol/none" leads nowhere',
  ]);
  assert.equal(problems(`${folder}/nowhere.ts`, '').length, 1);
  assert.equal(problems(`${folder}/log/file-log.ts`, "import { a } from '../nowhere.ts';").length, 1);
});

test('[TDY2] the screen never sees a wire frame', () => {
  assert.deepEqual(problems('packages/web/src/a.ts', "import type { FramesUp } from '@parley/protocol';"), [
    'web never sees FramesUp',
  ]);
  assert.deepEqual(problems('packages/web/src/a.ts', "import { limits } from '@parley/protocol';"), []);
});

test('[TDY2] words in comments and strings are no imports', () => {
  const text = "// import { a } from './gone.ts';\nconst text = \"import { a } from './gone.ts'\";\n";
  assert.deepEqual(edges(source(`${folder}/log/file-log.ts`, text), tree), []);
});

test('[TDY10] a file that no entry leads to is found; what is reached over others is not', () => {
  const sources = [
    source(`${folder}/sequencer/run.ts`, "import '../log/file-log.ts';"),
    source(`${folder}/log/file-log.ts`, "import './crc32c.ts';"),
    source(`${folder}/log/crc32c.ts`, ''),
    source(`${folder}/log/memory-log.ts`, "import './crc32c.ts';"),
  ];
  const dead = unreached(sources, tree, [`${folder}/sequencer/run.ts`]).map(({ path }) => path);
  assert.deepEqual(dead, [`${folder}/log/memory-log.ts`]);
});

test('[TDY10] looking at nothing is an error, never a pass', () => {
  assert.throws(() => unreached([], tree, ['a.ts']), /no sources/);
});
