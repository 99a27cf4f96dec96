// The server as its operator meets it: first start, signals, certificates, a disk that fails.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { judge, readAll } from './loss-checker.ts';
import { folderOfTest, open, operate, startServer } from './operated.ts';
import { confirmed, directChat, signUp, ticked } from './people.ts';
import { call } from './rest.ts';
import { shaped } from './shape.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));

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
  const { content: said } = shaped('over the wire');
  while (!ben.client.history.received.some(({ content }) => content === said)) await ben.client.progress();
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
