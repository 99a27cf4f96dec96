import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));
const engines = ['cassandra-driver', '@platformatic/kafka', 'ioredis'];
/** Nobody is asked there: in the folder that is to be moved nothing has run. */
const cluster = {
  PARLEY_KAFKA: '127.0.0.1:1',
  PARLEY_CASSANDRA: '127.0.0.1:1',
  PARLEY_REDIS: 'redis://127.0.0.1:1',
  PARLEY_S3_ENDPOINT: 'http://127.0.0.1:1',
  PARLEY_S3_ACCESS_KEY: 'key',
  PARLEY_S3_SECRET_KEY: 'secret',
};
/** Tells on standard error every file that is read as a module. */
const watch = `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { process.stderr.write('read ' + url + '\\n'); return next(url, context); } });`;

/** The packages that the program reads for a command. */
async function packagesFor(t: { after(work: () => void): void }, ...args: readonly string[]): Promise<Set<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-main-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = { ...process.env, PARLEY_DATA: folder, ...cluster };
  const words = ['--import', `data:text/javascript,${encodeURIComponent(watch)}`, program, ...args];
  const told = await new Promise<string>((resolve) => {
    execFile(process.execPath, words, { env, maxBuffer: 16 * 1024 * 1024 }, (_, _out, chatter) => resolve(chatter));
  });
  return new Set([...told.matchAll(/^read .*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name = '']) => name));
}

test('[CFG19] who has no cluster reads nothing of its engines', async (t) => {
  const found = await packagesFor(t, 'version');
  assert.ok(found.has('fastify'), 'what serves is read at once');
  assert.deepEqual(
    engines.filter((name) => found.has(name)),
    [],
  );
});

test('[CFG19] a command that is for a cluster reads them', async (t) => {
  const found = await packagesFor(t, 'move', '--to', 'cluster');
  assert.deepEqual(
    engines.filter((name) => !found.has(name)),
    [],
  );
});

test('[CFG8] [OBS85] a first start on a port that is taken says so, not as a bug of ours, and makes no folder', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const above = mkdtempSync(join(tmpdir(), 'parley-main-'));
  t.after(() => {
    holder.close();
    rmSync(above, { recursive: true });
  });
  const data = join(above, 'data');
  const env = { ...process.env, PARLEY_DATA: data, PARLEY_PORT: String((holder.address() as AddressInfo).port) };
  const { code, told } = await new Promise<{ code: unknown; told: string }>((resolve) => {
    execFile(process.execPath, [program], { env }, (error, _out, chatter) =>
      resolve({ code: error?.code, told: chatter }),
    );
  });
  assert.equal(code, 1);
  assert.match(told, /^Parley cannot run: Port \d+ is taken by/m);
  assert.match(told, /"reason":"PortTaken"/);
  assert.doesNotMatch(told, /stack|a fault of ours/);
  assert.ok(!existsSync(data));
});

test('[CFG2] a settings file that cannot be read is a problem, told in words', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-main-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = { ...process.env, PARLEY_CONFIG: folder };
  const { code, told } = await new Promise<{ code: unknown; told: string }>((resolve) => {
    execFile(process.execPath, [program, 'config'], { env }, (error, _out, chatter) =>
      resolve({ code: error?.code, told: chatter }),
    );
  });
  assert.equal(code, 2);
  assert.match(told, /The settings file cannot be read: EISDIR/);
  assert.doesNotMatch(told, /\n\s+at /);
});

test('[CLU110] a process that waits for its engines neither ends before they come, nor outlives a signal', async (t) => {
  const env = { ...process.env, ...cluster, PARLEY_MODE: 'cluster', PARLEY_ROLE: 'sequencer', PARLEY_NODE: 'one' };
  const child = spawn(process.execPath, [program, 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const told: string[] = [];
  // They end when the process does.
  for await (const line of createInterface({ input: child.stderr })) {
    told.push(line);
    if (told.length === 3) child.kill('SIGTERM');
  }
  assert.deepEqual(await ended, [0, null]);
  assert.match(told[2] ?? '', /not possible right now/);
  assert.ok(told.length < 6, told.join());
});
