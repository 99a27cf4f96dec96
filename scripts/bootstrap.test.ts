import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { runtimePackage, systemRuntime } from '../packages/cli/bin/runtime.mjs';
import { isInstalled } from './bootstrap.mjs';

const here = { os: [process.platform], cpu: [process.arch] };
const elsewhere = { os: ['plan9'], cpu: ['pdp11'] };
const lock = {
  packages: {
    '': { name: 'root' },
    'packages/sdk': { version: '0.1.0' },
    'node_modules/@parley/sdk': { resolved: 'packages/sdk', link: true },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/here': { version: '1.0.0', integrity: 'sha512-h', optional: true, ...here },
    'node_modules/elsewhere': { version: '1.0.0', integrity: 'sha512-e', optional: true, ...elsewhere },
    'node_modules/elsewhere-needs': { version: '1.0.0', integrity: 'sha512-n', optional: true },
  },
};

/** A folder in which npm says it has installed all of the lock file but what is for other machines. */
async function installed(context: TestContext, change: (packages: Record<string, unknown>) => void): Promise<boolean> {
  const root = await mkdtemp(join(tmpdir(), 'parley-bootstrap-'));
  context.after(() => rm(root, { recursive: true }));
  const packages: Record<string, unknown> = structuredClone(lock.packages);
  for (const path of ['', 'packages/sdk', 'node_modules/elsewhere', 'node_modules/elsewhere-needs'])
    delete packages[path];
  change(packages);
  await mkdir(join(root, 'node_modules'));
  await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  return isInstalled(root, JSON.stringify(lock));
}

test('[RUN1] what npm has installed by itself is not installed again', async (context) => {
  assert.equal(await installed(context, () => undefined), true);
});

test('[RUN1] a missing package, another version or other contents are noticed', async (context) => {
  assert.equal(await installed(context, (packages) => delete packages['node_modules/a']), false);
  assert.equal(await installed(context, (packages) => delete packages['node_modules/here']), false);
  assert.equal(await installed(context, (packages) => delete packages['node_modules/@parley/sdk']), false);
  const other = { version: '1.0.1', integrity: 'sha512-a' };
  assert.equal(await installed(context, (packages) => Object.assign(packages, { 'node_modules/a': other })), false);
  const altered = { version: '1.0.0', integrity: 'sha512-b' };
  assert.equal(await installed(context, (packages) => Object.assign(packages, { 'node_modules/a': altered })), false);
});

test('[RUN1] nothing is installed where npm has left no record', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'parley-bootstrap-'));
  context.after(() => rm(root, { recursive: true }));
  assert.equal(await isInstalled(root, JSON.stringify(lock)), false);
});

test('[RUN2] a Node of the machine counts from 24.21 on', () => {
  for (const version of ['20.20.2', '24.20.9', '23.99.0']) assert.equal(systemRuntime(version), null, version);
  for (const version of ['24.21.0', '24.22.1', '26.0.0'])
    assert.equal(systemRuntime(version)?.path, process.execPath, version);
});

test('[RUN2] the tests run on the pinned Node where npm has one', (context) => {
  if (runtimePackage === undefined) return context.skip('npm has no Node for this machine');
  return assert.equal(process.versions.node, '26.10.0');
});
