// The server as its operator meets it: first start, signals, certificates, a disk that fails, backup and restore.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ConversationId } from '@parley/protocol';
import { restoreBackup } from '../../packages/server/src/compose-backup.ts';
import type { Directory } from '../../packages/server/src/directory/directory.ts';
import { openSqliteDirectory } from '../../packages/server/src/directory/sqlite-directory.ts';
import { numbersPerEpoch } from '../../packages/server/src/kernel/limits.ts';
import { ManualClock } from '../../packages/server/src/kernel/manual-clock.ts';
import { judge, readAll } from './loss-checker.ts';
import { confirmed, directChat, type Person, signUp, ticked } from './people.ts';
import { RawClient } from './raw-client.ts';
import { call } from './rest.ts';
import { freshFolder, type RunningServer, startServer as start } from './server-process.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
const open = { PARLEY_SIGNUP: 'open', PARLEY_RATE_FACTOR: '1000' };
const folders: string[] = [];
const servers: RunningServer[] = [];
after(async () => {
  for (const server of servers) await server.kill();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A server that does not outlive a test that failed. */
async function startServer(folder: string, environment: Readonly<Record<string, string>>): Promise<RunningServer> {
  const server = await start(folder, environment);
  servers.push(server);
  return server;
}

async function folderOfTest(): Promise<string> {
  const folder = await freshFolder();
  folders.push(folder);
  return folder;
}

/** Runs one of the operator's commands; the exit code with what it printed. */
async function operate(data: string, args: readonly string[]) {
  const env = { ...process.env, PARLEY_DATA: data };
  try {
    const { stdout, stderr } = await run(process.execPath, [program, ...args], { env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** Says `count` messages and waits for their ticks. */
async function say(person: Person, where: ConversationId, count: number, text: string): Promise<void> {
  const before = person.client.history.acked.size;
  for (let n = 0; n < count; n++) person.client.say(where, `${text} ${n}`, randomBytes(10));
  await ticked(person, before + count);
}

test('[CFG14] an empty folder, an owner, a message between two devices, and the same after a restart', async () => {
  const folder = await folderOfTest();
  let server = await startServer(folder, open);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  const secret = server.summary.setup_link?.split('#')[1];
  const owner = await call<{ token: string; me: { admin: boolean } }>(server.summary.url, 'POST', '/v1/setup', {
    body: { secret, handle: 'olga', name: 'Olga', password: 'correct horse battery', device_name: 'test' },
  });
  assert.equal(owner.me.admin, true);
  const [ana, ben] = [await signUp(server.summary.url, 'ana'), await signUp(server.summary.url, 'ben')];
  const chat = await directChat(server.summary.url, ana, ben);
  await Promise.all([ana, ben].map(({ client }) => client.connect(server.summary.url)));
  ana.client.say(chat, 'over the wire', randomBytes(10));
  await confirmed(ana);
  while (!ben.client.history.received.some(({ content }) => content === 'over the wire')) await ben.client.progress();
  const before = await readAll(server.summary.url, ben.token, chat);
  assert.equal(await server.stop(), 0);

  server = await startServer(folder, open);
  assert.equal(server.summary.setup_link, undefined, 'there is an owner');
  assert.deepEqual(await readAll(server.summary.url, ben.token, chat), before);
  assert.equal(await server.stop(), 0);
});

test('[CFG17] an operator who lost every device and the password gets in again, whether the server runs or not', async () => {
  const folder = await folderOfTest();
  assert.match((await operate(folder, ['operator'])).stderr, /No server has run|is not there/);
  let server = await startServer(folder, open);
  const { url } = server.summary;
  assert.match((await operate(folder, ['operator'])).stderr, /There is no operator/);
  const secret = server.summary.setup_link?.split('#')[1];
  const device = { name: 'Olga', device_name: 'test' };
  const owner = await call<{ token: string }>(url, 'POST', '/v1/setup', {
    body: { secret, handle: 'olga', password: 'correct horse battery', ...device },
  });
  await signUp(url, 'ana');
  const rescued = async (...args: string[]) => {
    const { code, stdout } = await operate(folder, ['operator', ...args]);
    assert.equal(code, 0);
    return JSON.parse(stdout) as { handle: string; password: string };
  };
  const signIn = (at: string, { handle, password }: { handle: string; password: string }) =>
    call<{ token: string; me: { admin: boolean } }>(at, 'POST', '/v1/sessions', {
      body: { handle, password, device_name: 'new' },
    });
  const again = await signIn(url, await rescued());
  assert.equal(again.me.admin, true);
  await assert.rejects(call(url, 'GET', '/v1/me', { token: owner.token }));
  assert.match((await operate(folder, ['operator', 'nobody'])).stderr, /no person called nobody.*@olga/);
  assert.equal(await server.stop(), 0);

  const ana = await rescued('ana');
  assert.match((await operate(folder, ['operator'])).stderr, /several operators: @ana, @olga/);
  server = await startServer(folder, open);
  assert.equal((await signIn(server.summary.url, ana)).me.admin, true);
  assert.equal(
    (await call<{ admin: boolean }>(server.summary.url, 'GET', '/v1/me', { token: again.token })).admin,
    true,
  );
  assert.equal(await server.stop(), 0);
});

test('[CFG10] SIGTERM sends everybody away, keeps what was ticked, and ends with 0', async () => {
  const folder = await folderOfTest();
  let server = await startServer(folder, open);
  const [ana, ben] = [await signUp(server.summary.url, 'ana'), await signUp(server.summary.url, 'ben')];
  const chat = await directChat(server.summary.url, ana, ben);
  const watcher = new WebSocket(`${server.summary.url.replace('http', 'ws')}/v1/ws`);
  const frames: string[] = [];
  watcher.onmessage = ({ data }) => frames.push((JSON.parse(String(data)) as { type: string }).type);
  watcher.onopen = () => watcher.send(JSON.stringify({ type: 'hello', protocol: 1, token: ben.token }));
  const closed = new Promise<number>((resolve) => {
    watcher.onclose = ({ code }) => resolve(code);
  });
  await ana.client.connect(server.summary.url);
  while (!frames.includes('changes')) await once(watcher, 'message');
  for (let n = 0; n < 200; n++) ana.client.say(chat, `last words ${n}`, randomBytes(10));
  await ticked(ana, 50);
  assert.equal(await server.stop(), 0);
  assert.ok(frames.includes('goaway'));
  assert.equal(await closed, 1012);
  server = await startServer(folder, open);
  const verdict = judge(chat, ana.client.history.acked, [await readAll(server.summary.url, ben.token, chat)]);
  assert.deepEqual({ ...verdict, acked: 0 }, { acked: 0, lost: [], repeated: [], holes: [], disagreements: [] });
  await server.stop();
});

test('[CFG12] a disk that fails under the log ends the process with its reason; what was ticked is there', async () => {
  const folder = await folderOfTest();
  const first = await startServer(folder, open);
  const [ana, ben] = [await signUp(first.summary.url, 'ana'), await signUp(first.summary.url, 'ben')];
  const chat = await directChat(first.summary.url, ana, ben);
  await first.stop();

  // No file may grow beyond this many KiB: for the log a fault that is no full disk.
  const limited = spawn('sh', ['-c', `ulimit -f 3000; exec "$0" "$1" serve`, process.execPath, program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...open,
      PARLEY_DATA: folder,
      PARLEY_PORT: '0',
      PARLEY_METRICS_PORT: '0',
      PARLEY_ECHO_BOT: 'off',
    },
  });
  let errors = '';
  limited.stderr.on('data', (piece: Buffer) => {
    errors += piece.toString();
  });
  const exit = once(limited, 'exit');
  const [line] = (await once(limited.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  await ana.client.connect(url);
  let isOver = false;
  const over = exit.then(() => {
    isOver = true;
  });
  const text = 'x'.repeat(8_000);
  for (let n = 0; n < 2_000 && !isOver; n++) {
    ana.client.say(chat, `${n} ${text}`, randomBytes(10));
    while (ana.client.pending > 32 && !isOver) await Promise.race([ana.client.progress(), over]);
  }
  assert.deepEqual((await exit)[0], 1);
  assert.match(errors, /Parley stops: /);

  const server = await startServer(folder, open);
  const verdict = judge(chat, ana.client.history.acked, [await readAll(server.summary.url, ben.token, chat)]);
  assert.deepEqual({ ...verdict, acked: 0 }, { acked: 0, lost: [], repeated: [], holes: [], disagreements: [] });
  assert.ok(verdict.acked > 50, 'the load was real');
  await server.stop();
});

test('[CFG13] with a certificate it speaks HTTPS, and SIGHUP reads the certificate again', async () => {
  const folder = await folderOfTest();
  const keys = await folderOfTest();
  const [cert, key] = [join(keys, 'cert.pem'), join(keys, 'key.pem')];
  await makeCertificate(cert, key, 'first.example');
  const server = await startServer(folder, { ...open, PARLEY_TLS_CERT: cert, PARLEY_TLS_KEY: key });
  assert.match(server.summary.url, /^https:/);
  assert.equal(await subject(server.summary.url), 'first.example');
  await makeCertificate(cert, key, 'second.example');
  process.kill(server.pid, 'SIGHUP');
  while (!server.output().includes('read again')) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await subject(server.summary.url), 'second.example');
  writeFileSync(cert, 'nonsense');
  process.kill(server.pid, 'SIGHUP');
  while (!server.output().includes('cannot be read')) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await subject(server.summary.url), 'second.example');
  assert.equal(await server.stop(), 0);
});

test('[BAK1] [BAK2] [BAK3] [BAK4] a backup under load holds what was ticked before it; restored, the epoch rises', async () => {
  const folder = await folderOfTest();
  let server = await startServer(folder, open);
  const [ana, ben] = [await signUp(server.summary.url, 'ana'), await signUp(server.summary.url, 'ben')];
  const chat = await directChat(server.summary.url, ana, ben);
  await ana.client.connect(server.summary.url);
  await say(ana, chat, 300, 'before');
  const before = new Set(ana.client.history.acked);
  const writing = say(ana, chat, 600, 'meanwhile');
  const target = join(await folderOfTest(), 'copy');
  const made = await operate(folder, ['backup', target]);
  assert.equal(made.code, 0, made.stderr);
  await writing;
  await confirmed(ana);
  const orderBefore = await readAll(server.summary.url, ben.token, chat);
  assert.equal(statSync(target).mode & 0o777, 0o700);
  assert.equal((await operate(folder, ['backup', target])).code, 1, 'a backup never replaces anything');

  const refused = await operate(folder, ['restore', target]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /runs on .* already/);
  await server.stop();
  assert.equal((await operate(folder, ['restore', keysOf(folder)])).code, 1, 'what is no backup is refused');
  const restored = await operate(folder, ['restore', target]);
  assert.equal(restored.code, 0, restored.stderr);
  const { kept } = JSON.parse(restored.stdout) as { kept: string };
  folders.push(kept);
  assert.ok(existsSync(join(kept, 'store.db')), 'what stood there is kept');

  server = await startServer(folder, open);
  const now = await readAll(server.summary.url, ben.token, chat);
  assert.deepEqual(now, orderBefore.slice(0, now.length), 'nothing got another place');
  const verdict = judge(chat, before, [now]);
  assert.deepEqual([verdict.lost, verdict.repeated, verdict.holes], [[], [], []]);
  const epochs = [await epochOf(server, ana)];
  await server.stop();
  assert.equal((await operate(folder, ['restore', target])).code, 0);
  for (const name of readdirSync(join(folder, '..')))
    if (join(folder, '..', name).startsWith(`${folder}.before-restore`)) folders.push(join(folder, '..', name));
  server = await startServer(folder, open);
  epochs.push(await epochOf(server, ana));
  assert.ok(1 < (epochs[0] ?? 0) && (epochs[0] ?? 0) < (epochs[1] ?? 0), `epochs rise: ${epochs.join(', ')}`);
  await server.stop();

  const clock = new ManualClock(Date.UTC(2001, 0, 1));
  const { kept: last } = await restoreBackup(target, folder, clock);
  if (last !== null) folders.push(last);
  server = await startServer(folder, open);
  epochs.push(await epochOf(server, ana));
  assert.ok((epochs[1] ?? 0) < (epochs[2] ?? 0), `also by a clock that was set back: ${epochs.join(', ')}`);
  await server.stop();
});

test('[BAK4] [ENC7] after a restore no one-time key is left that may have been given out since', async () => {
  const folder = await folderOfTest();
  const deviceOf = async (directory: Directory, { account }: Person) => {
    const [row] = await directory.devices.list(account);
    assert.ok(row !== undefined);
    return row.device;
  };
  let server = await startServer(folder, open);
  const ana = await signUp(server.summary.url, 'ana');
  await server.stop();
  await withDirectory(folder, async (directory) => {
    const device = await deviceOf(directory, ana);
    await directory.keys.putDevice({ account: ana.account, device, json: 'keys' });
    await directory.keys.addOneTime(
      device,
      [1, 2, 3].map((n) => ({ id: `k${n}`, json: `key ${n}` })),
      10,
    );
    await directory.keys.setFallback(device, { id: 'f', json: 'fallback' });
  });
  server = await startServer(folder, open);
  const target = join(await folderOfTest(), 'copy');
  assert.equal((await operate(folder, ['backup', target])).code, 0);
  await server.stop();
  let given = 0;
  await withDirectory(folder, async (directory) => {
    const device = await deviceOf(directory, ana);
    assert.equal((await directory.keys.counts(device)).oneTime, 3, 'an ordinary start takes none');
    given = (await directory.keys.claim([device, device])).filter((key) => key?.id !== 'f').length;
  });
  assert.equal(given, 2);
  const restored = await operate(folder, ['restore', target]);
  assert.equal(restored.code, 0, restored.stderr);
  folders.push((JSON.parse(restored.stdout) as { kept: string }).kept);
  server = await startServer(folder, open);
  const epoch = await epochOf(server, ana);
  await server.stop();
  await withDirectory(folder, async (directory) => {
    const device = await deviceOf(directory, ana);
    assert.deepEqual(await directory.keys.claim([device]), [{ id: 'f', json: 'fallback' }]);
    const { head } = await directory.keys.changes(null, 1);
    assert.ok(head > epoch * numbersPerEpoch && Number.isSafeInteger(head), `the list goes on at ${head}`);
  });
});

test('[BAK5] doctor speaks of a fresh, a running, a stopped and a damaged folder', async () => {
  const folder = join(await folderOfTest(), 'data');
  assert.match((await operate(folder, ['doctor'])).stdout, /no server has run here yet/);
  const server = await startServer(folder, open);
  const running = await operate(folder, ['doctor']);
  assert.equal(running.code, 0, running.stdout);
  assert.match(running.stdout, /a server runs/);
  await server.stop();
  const stopped = await operate(folder, ['doctor']);
  assert.equal(stopped.code, 0, stopped.stdout);
  rmSync(join(folder, 'log', 'manifest'));
  const damaged = await operate(folder, ['doctor']);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /^BAD /m);
});

/** The directory of a server that is stopped. */
async function withDirectory(folder: string, use: (directory: Directory) => Promise<void>): Promise<void> {
  await using directory = await openSqliteDirectory(join(folder, 'directory.db'), { mustExist: true });
  await use(directory);
}

/** A folder without a backup in it. */
function keysOf(folder: string): string {
  return join(folder, 'log');
}

async function epochOf(server: RunningServer, { account, token }: Person): Promise<number> {
  const client = new RawClient(account, token);
  await client.connect(server.summary.url);
  client.disconnect();
  return client.epoch;
}

async function makeCertificate(cert: string, key: string, name: string): Promise<void> {
  await run(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'].concat([
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    ]),
  );
}

/** Whose certificate the server shows. */
function subject(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/livez`, { rejectUnauthorized: false, agent: false }, (answer) => {
      const { CN } = (answer.socket as TLSSocket).getPeerCertificate().subject;
      answer.resume();
      resolve(String(CN));
    });
    asked.on('error', reject);
    asked.end();
  });
}
