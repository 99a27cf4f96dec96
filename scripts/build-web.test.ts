import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { buildWeb } from './build-web.mjs';

/** A bundler that writes a page and counts how often it was asked; with a file `broken` it fails. */
const bundler = `
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
if (existsSync('src/broken')) { console.error('src/broken: unexpected token'); process.exit(1); }
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
writeFileSync('dist/index.html', 'built');
writeFileSync('dist/main.js', 'built '.repeat(1_000));
appendFileSync('../../builds', 'x');
`;

const files = {
  'package-lock.json': '{}',
  'packages/web/index.html': '<p>page',
  'packages/web/src/main.tsx': 'main()',
  'packages/sdk/src/index.ts': 'sdk()',
  'node_modules/vite/package.json': '{"type":"module"}',
  'node_modules/vite/bin/vite.js': bundler,
};

async function checkoutWith(context: TestContext, contents: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'parley-web-'));
  context.after(() => rm(root, { recursive: true }));
  for (const [path, text] of Object.entries(contents)) await put(root, path, text);
  return root;
}

async function put(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const runtime = { path: process.execPath };
const quiet = (): void => undefined;
const build = (root: string): Promise<string> => buildWeb(runtime, root, quiet);
const builds = async (root: string): Promise<number> => (await readFile(join(root, 'builds'), 'utf8')).length;

test('[RUN3] the web app is built once, and again when anything it is made of has changed', async (context) => {
  const root = await checkoutWith(context, files);
  assert.equal(await build(root), 'built');
  assert.equal(await build(root), 'fresh');
  for (const path of ['packages/web/src/main.tsx', 'packages/sdk/src/index.ts', 'package-lock.json']) {
    await appendFile(join(root, path), ' ');
    assert.equal(await build(root), 'built', path);
    assert.equal(await build(root), 'fresh', path);
  }
  await put(root, 'packages/protocol/src/new.ts', 'more()');
  assert.equal(await build(root), 'built');
  assert.equal(await builds(root), 5);
});

test('[RUN3] [API13] what becomes smaller is compressed beside it, and is no file of the release', async (context) => {
  const root = await checkoutWith(context, files);
  await build(root);
  const dist = join(root, 'packages/web/dist');
  const names = (await readdir(dist)).sort();
  assert.deepEqual(names, ['.parley-built', '.parley-release.json', 'index.html', 'main.js', 'main.js.br']);
  const packed = await readFile(join(dist, 'main.js.br'));
  assert.equal(brotliDecompressSync(packed).toString(), 'built '.repeat(1_000));
  const { files: listed } = JSON.parse(await readFile(join(dist, '.parley-release.json'), 'utf8')) as { files: object };
  assert.deepEqual(Object.keys(listed), ['/index.html', '/main.js']);
});

test('[RUN3] tests are not part of the web app', async (context) => {
  const root = await checkoutWith(context, files);
  await build(root);
  await put(root, 'packages/sdk/src/outbox.test.ts', 'test()');
  assert.equal(await build(root), 'fresh');
});

test('[RUN3] two starts at once build once', async (context) => {
  const root = await checkoutWith(context, files);
  const states = await Promise.all([build(root), build(root)]);
  assert.deepEqual([...states].sort(), ['built', 'fresh']);
  assert.equal(await builds(root), 1);
});

test('[RUN3] a failed build says what the bundler said, and is tried again', async (context) => {
  const root = await checkoutWith(context, { ...files, 'packages/web/src/broken': '' });
  await assert.rejects(build(root), /src\/broken: unexpected token/);
  await rm(join(root, 'packages/web/src/broken'));
  assert.equal(await build(root), 'built');
});

test('[RUN3] without a web app it says so and goes on', async (context) => {
  const root = await checkoutWith(context, { 'package-lock.json': '{}' });
  const said: string[] = [];
  assert.equal(await buildWeb(runtime, root, (line: string) => said.push(line)), 'absent');
  assert.match(said.join('\n'), /no web app/);
});
