// Builds the web app into packages/web/dist when what it is made of has changed since the last build, and otherwise
// costs one hash. The stamp in the folder is written last, so a build that was cut off is done again.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { bootstrap, checkout } from './bootstrap.mjs';
import { withLock } from './lock.mjs';

const run = promisify(execFile);

/** What the web app is made of: files and folders of the checkout. */
const sources = [
  'package-lock.json',
  'packages/protocol/package.json',
  'packages/protocol/src',
  'packages/sdk/package.json',
  'packages/sdk/src',
  'packages/server/package.json',
  'packages/server/src/gateway/http-web-app.ts',
  'packages/server/src/gateway/security-headers.ts',
  'packages/web/index.html',
  'packages/web/package.json',
  'packages/web/public',
  'packages/web/src',
  'packages/web/vite.config.ts',
  'scripts/build-web.mjs',
  'scripts/web-release.ts',
];

/** How long a build may take, and how much it may print. Milliseconds, bytes. */
const buildMs = 5 * 60_000;
const buildOutputBytes = 16 * 1024 * 1024;

/** Hashes what was built, for whoever compares what a server serves. */
const describer = new URL('./web-release.ts', import.meta.url);

/** What is smaller is sent as it is; what does not become so much smaller as well. Bytes, and a share. */
const compressFromBytes = 1_024;
const compressBelow = 0.9;

const tell = (line) => process.stderr.write(`${line}\n`);

/**
 * Resolves with `built`, `fresh`, or `absent` when there is no web app to build; rejects with what the bundler said.
 *
 * @param {{path: string}} runtime
 * @param {string} root
 * @param {(line: string) => unknown} say
 */
export async function buildWeb(runtime, root = checkout, say = tell) {
  const web = join(root, 'packages', 'web');
  if (!existsSync(join(web, 'index.html'))) {
    say('There is no web app here (packages/web/index.html); going on without it.');
    return 'absent';
  }
  const stamp = join(web, 'dist', '.parley-built');
  const wanted = `${await hashSources(root)}\n`;
  if ((await readText(stamp)) === wanted) return 'fresh';
  return withLock(join(root, '.cache', 'build-web.lock'), async () => {
    if ((await readText(stamp)) === wanted) return 'fresh';
    say('Building the web app …');
    await rm(stamp, { force: true });
    await bundle(runtime, root);
    await run(runtime.path, [fileURLToPath(describer), join(web, 'dist')], { timeout: buildMs });
    await compress(join(web, 'dist'));
    await writeFile(stamp, wanted);
    return 'built';
  });
}

async function bundle(runtime, root) {
  const args = [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel=warn'];
  const options = { cwd: join(root, 'packages', 'web'), timeout: buildMs, maxBuffer: buildOutputBytes };
  try {
    await run(runtime.path, args, options);
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message;
    throw new Error(`Building the web app failed ("vite build" in packages/web):\n${output}`);
  }
}

/** Puts FILE.br beside what the server would compress; the first visitor after a start would wait for it. */
async function compress(dist) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  for (const file of await filesUnder(dist)) {
    const bytes = await readFile(file);
    // What begins with a dot is the build's own.
    if (basename(file).startsWith('.') || bytes.length < compressFromBytes) continue;
    const compressed = await promisify(brotliCompress)(bytes, { params });
    if (compressed.length < bytes.length * compressBelow) await writeFile(`${file}.br`, compressed);
  }
}

/** One hash over names and contents of everything the web app is made of; tests are not part of it. */
async function hashSources(root) {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of await filesUnder(join(root, source))) {
      const name = relative(root, file).split(sep).join('/');
      if (/\.test\.tsx?$/.test(name)) continue;
      const content = await readFile(file);
      hash.update(`${name} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex');
}

async function filesUnder(path) {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

async function readText(path) {
  return existsSync(path) ? readFile(path, 'utf8') : null;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await buildWeb(await bootstrap());
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
