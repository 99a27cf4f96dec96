// Makes a checkout ready to run: dependencies as the lock file says, and the pinned Node among them. Plain JavaScript
// for whatever Node started npm (20 is what a fresh machine has). It never changes the lock file, and when nothing is
// to be done it costs a few milliseconds and says nothing.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  isCurrent,
  noRuntimeAdvice,
  pinnedRuntime,
  runtimePackage,
  systemRuntime,
} from '../packages/cli/bin/runtime.mjs';
import { withLock } from './lock.mjs';

const run = promisify(execFile);

/** The top folder of this checkout. */
export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** How long an installation may take, and how much it may print. Milliseconds, bytes. */
const installMs = 15 * 60_000;
const installOutputBytes = 16 * 1024 * 1024;

/**
 * Installs what is missing and resolves with the Node to run on: `{path, version}`. Rejects with a message that says
 * what to do. `say` gets at most two lines.
 *
 * @param {string} root
 * @param {(line: string) => unknown} say
 */
export async function bootstrap(root = checkout, say = (line) => process.stderr.write(`${line}\n`)) {
  const stamp = join(root, 'node_modules', '.parley-installed');
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8');
  const wanted = `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
  if ((await readText(stamp)) !== wanted) {
    await withLock(join(root, '.cache', 'install.lock'), async () => {
      if ((await readText(stamp)) === wanted) return;
      if (!(await isInstalled(root, lock))) await install(root, say);
      await writeFile(stamp, wanted);
    });
  }
  return chooseRuntime(root, say);
}

/** True when what npm says it has installed is what the text of the lock file wants on this machine. */
export async function isInstalled(root, lock) {
  const written = await readText(join(root, 'node_modules', '.package-lock.json'));
  if (written === null) return false;
  const installed = JSON.parse(written).packages;
  return Object.entries(JSON.parse(lock).packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true && !isForThisMachine(wanted);
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** npm leaves out optional packages made for other machines, and what only those need (which names no machine). */
function isForThisMachine({ os, cpu, libc }) {
  if (os === undefined && cpu === undefined) return false;
  const fits = (list, value) => list === undefined || list.includes(value);
  return fits(os, process.platform) && fits(cpu, process.arch) && fits(libc, isGlibc() ? 'glibc' : 'musl');
}

function isGlibc() {
  return process.report?.getReport().header.glibcVersionRuntime !== undefined;
}

async function install(root, say) {
  say('Installing dependencies; once, about half a minute …');
  // With Node's default for production, npm would leave out the tools that build the web app.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const options = { cwd: root, timeout: installMs, maxBuffer: installOutputBytes };
  try {
    if (npm?.endsWith('.js') && existsSync(npm)) await run(process.execPath, [npm, ...args], options);
    else await run('npm', args, { ...options, shell: process.platform === 'win32' });
  } catch (error) {
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message;
    throw new Error(`Installing the dependencies failed ("npm ci" in ${root}):\n${output}`);
  }
}

async function chooseRuntime(root, say) {
  const pinned = pinnedRuntime(join(root, 'package.json'));
  const wanted = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).optionalDependencies?.[runtimePackage];
  if (pinned !== null && pinned.version === wanted && (await starts(pinned))) return pinned;
  const system = systemRuntime();
  if (system === null) throw new Error(noRuntimeAdvice());
  // Scripts look there first: what does not start (another C library, say) must not be in the way of what does.
  await rm(join(root, 'node_modules', '.bin', 'node'), { force: true });
  say(`The pinned Node ${wanted ?? ''} does not run here; going on with Node ${system.version} of this machine.`);
  return system;
}

async function starts(runtime) {
  if (isCurrent(runtime)) return process.versions.node === runtime.version;
  const answer = await run(runtime.path, ['--version']).catch(() => null);
  return answer?.stdout.trim() === `v${runtime.version}`;
}

async function readText(path) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await bootstrap();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
