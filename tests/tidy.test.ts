// The code checks itself: layers, sizes, names, words, host calls, dead files, and the specification against the tests.
// Each check is a pure function with a planted violation in `tidy/`; here they see the real tree.

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { settings } from '../packages/server/src/config-settings.ts';
import { layers } from './layers.ts';
import { checkIndex, checkLinks, checkQuote, checkSettings } from './tidy/documents.ts';
import { checkLayers, layerOf, unreached } from './tidy/edges.ts';
import { checkHost } from './tidy/host.ts';
import {
  checkComments,
  checkExports,
  checkFileLength,
  checkFunctionLength,
  checkHeader,
  checkName,
} from './tidy/shape.ts';
import { type Finding, isTest, report } from './tidy/source.ts';
import { checkSpec, rulesOf, titlesOf } from './tidy/spec.ts';
import { readSources, readSpec, readText, readTexts, readTree, scriptEntries } from './tidy/tree.ts';
import { checkLockFile, checkMarkers, checkPlaces } from './tidy/words.ts';

/** A tree smaller than this was not read, or not from where it is. */
const fewestSources = 50;

const sources = readSources();
const texts = readTexts();
const tree = readTree();

/** The checks that name the words they look for. */
const speaksOfWords = /^tests\/tidy\/words(\.test)?\.ts$/;

function none(findings: readonly Finding[]): void {
  assert.equal(report(findings), '');
}

test('[TDY1] the checks see the whole tree', () => {
  assert.ok(sources.length >= fewestSources, `${sources.length} sources`);
  for (const name of ['protocol', 'sdk', 'server', 'web', 'cli']) {
    const path = `packages/${name}/`;
    assert.ok(
      sources.some((source) => source.path.startsWith(path)),
      `no source of ${path}`,
    );
  }
});

test('[TDY2] every import is one that the table of layers allows', () => {
  none(sources.flatMap((source) => checkLayers(source, tree, layers)));
});

test('[TDY3] the core asks the host for nothing', () => {
  const core = sources.filter((source) => !isTest(source.path) && layerOf(source.path, layers)?.host !== true);
  assert.ok(core.length > 0);
  none(core.flatMap(checkHost));
});

test('[TDY4] every file opens with what it is for', () => {
  none(sources.flatMap(checkHeader));
});

test('[TDY5] no file and no function is longer than its bound', () => {
  none(sources.flatMap((source) => [...checkFileLength(source), ...checkFunctionLength(source)]));
});

test('[TDY6] exports have names, and only the index of a package passes things on', () => {
  none(sources.flatMap(checkExports));
});

test('[TDY7] files are called after the idea in them', () => {
  none(sources.flatMap(checkName));
});

test('[TDY8] no marker stands without the number of its issue', () => {
  none(texts.filter(({ path }) => !speaksOfWords.test(path)).flatMap(checkMarkers));
});

test('[TDY9] nothing names a path of a machine or the host of a registry', () => {
  none(texts.filter(({ path }) => !speaksOfWords.test(path)).flatMap(checkPlaces));
  none(checkLockFile(readText('package-lock.json')));
});

test('[TDY10] every file is reached from an entry or a test', () => {
  const packageEntries = [...tree.packages.values()].flatMap(({ folder, exports }) =>
    Object.values(exports).map((file) => `${folder}/${file.replace('./', '')}`),
  );
  const pages = ['packages/web/src/main.tsx', 'packages/web/src/service-worker.ts'];
  const programs = ['packages/cli/bin/parley.mjs', 'packages/server/src/main.ts', ...pages];
  const tests = sources.map(({ path }) => path).filter((path) => /\.(test|config)\.(ts|mjs)$/.test(path));
  none(unreached(sources, tree, [...scriptEntries(), ...packageEntries, ...programs, ...tests]));
});

test('[TDY11] every rule is quoted by a test and every test quotes a rule', () => {
  const suites = sources.filter(({ path }) => /\.(test|contract)\.(ts|mjs)$/.test(path));
  none(checkSpec(readSpec().flatMap(rulesOf), suites.flatMap(titlesOf)));
});

test('[TDY12] the example of the README is the file that runs', () => {
  none(checkQuote(readText('README.md'), readText('docs/examples/hello.mjs')));
});

test('[TDY13] every setting of the server is explained to operators', () => {
  none(checkSettings(readText('docs/operations.md'), Object.values(settings)));
});

test('[TDY14] the index of the specification has every family', () => {
  none(
    checkIndex(
      readText('docs/spec.md'),
      readSpec().filter(({ path }) => path.startsWith('docs/spec/')),
    ),
  );
});

test('[TDY15] no document links to what is not there', () => {
  const images = globSync('docs/images/*', { cwd: fileURLToPath(new URL('..', import.meta.url)) });
  const files = new Set([...texts.map(({ path }) => path), ...images]);
  none(texts.filter(({ path }) => path.endsWith('.md')).flatMap((document) => checkLinks(document, files)));
});

test('[TDY75] every comment on a thing stands right above it', () => {
  none(sources.flatMap(checkComments));
});
