import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compileLoader, faultOf, type LoaderReport, startLoader } from './loader.ts';

const report: LoaderReport = {
  seconds: 1,
  connections: 2,
  sent: 10,
  ticks: 10,
  echoes: 10,
  deliveries: 10,
  items: 0,
  missing: 0,
  repeated: 0,
  holes: 0,
  errors: 0,
  p50_ms: 1,
  p99_ms: 2,
  loader_us: 3,
  first_error: '',
};

const folder = await mkdtemp(join(tmpdir(), 'parley-test-'));
after(() => rm(folder, { recursive: true, force: true }));

test('[BEN5] a run is believed when nothing is missing, repeated or out of order', () => {
  assert.equal(faultOf(report), null);
  assert.equal(faultOf({ ...report, missing: 1 }), '1 missing, 0 repeated, 0 holes in the order');
  assert.equal(faultOf({ ...report, repeated: 2 }), '0 missing, 2 repeated, 0 holes in the order');
  assert.equal(faultOf({ ...report, holes: 3 }), '0 missing, 0 repeated, 3 holes in the order');
  assert.equal(faultOf({ ...report, errors: 1, first_error: 'closed' }), '1 errors, the first: closed');
});

test('[BEN8] without a compiler the reason says what to install', async () => {
  const path = process.env.PATH;
  process.env.PATH = folder;
  try {
    const compiled = await compileLoader(join(folder, 'none'));
    assert.match('missing' in compiled ? compiled.missing : '', /no C\+\+ compiler; install g\+\+/);
  } finally {
    process.env.PATH = path;
  }
});

test('[BEN8] [BEN5] it is compiled once, and a run that cannot connect fails with the reason', async (t) => {
  const compiled = await compileLoader(join(folder, 'cache'));
  if ('missing' in compiled) {
    t.skip(compiled.missing);
    return;
  }
  assert.deepEqual(await compileLoader(join(folder, 'cache')), compiled);
  assert.equal((await readdir(join(folder, 'cache'))).length, 1);
  const accounts = join(folder, 'accounts.txt');
  await writeFile(accounts, 'token account conversation\n');
  // Nothing listens on port 1.
  const run = startLoader(compiled.path, ['--port', '1', '--accounts', accounts], new AbortController().signal);
  await assert.rejects(run.said('ready'), /only 0 of 1 connected; Connection refused/);
  await assert.rejects(run.report);
});

test('[BEN6] a run that is called off fails at once, whatever it was waiting for', async (t) => {
  const compiled = await compileLoader(join(folder, 'cache'));
  if ('missing' in compiled) {
    t.skip(compiled.missing);
    return;
  }
  const accounts = join(folder, 'accounts.txt');
  await writeFile(accounts, 'token account conversation\n');
  // Takes connections, and never says a word.
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { readonly port: number };
  const calledOff = new AbortController();
  const run = startLoader(compiled.path, ['--port', String(port), '--accounts', accounts], calledOff.signal);
  await run.said('connecting');
  calledOff.abort();
  await assert.rejects(run.said('ready'), /ended with null/);
  await assert.rejects(run.report);
  silent.close();
});
