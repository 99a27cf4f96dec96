import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Desk } from '../fixture.ts';

const policy = "default-src 'none'; script-src 'self'; connect-src 'self'";
const page = '<!doctype html><script type="module" src="/assets/main.js"></script>';
const script = 'start();';
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const release = {
  version: '1.2.3',
  page: '/index.html',
  pages: ['/', '/c/*'],
  files: { '/index.html': hash(page), '/assets/main.js': hash(script) },
  headers: { 'content-security-policy': policy, 'x-content-type-options': 'nosniff' },
};

const maker = generateKeyPairSync('ed25519');
const inBase64 = (key: KeyObject) => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
const signed = ['--key', inBase64(maker.publicKey)];

interface Served {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the server answers to a path, given the honest answer; null: nothing is there. */
type Change = (path: string, honest: Served | null) => Served | null;

/** A server of the release, with this change; and the list of the release in a file. */
async function serve(t: TestContext, change: Change = (_path, honest) => honest) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-web-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const manifest = join(folder, 'release.json');
  const bytes = Buffer.from(JSON.stringify(release));
  await writeFile(manifest, bytes);
  await writeFile(`${manifest}.sig`, `${sign(null, bytes, maker.privateKey).toString('base64')}\n`);
  let origin = '';
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/';
    const socket = origin.replace('http', 'ws');
    const headers = { 'content-security-policy': `${policy} ${socket}`, 'x-content-type-options': 'nosniff' };
    const body = path === '/assets/main.js' ? script : ['/', '/index.html', '/c/x'].includes(path) ? page : null;
    const served = change(path, body === null ? null : { body, headers });
    if (served === null) response.writeHead(404).end();
    else response.writeHead(200, served.headers).end(served.body);
  };
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, manifest };
}

/** Runs the command against a server of that version; the exit code. */
async function verify(t: TestContext, { change, version = release.version }: { change?: Change; version?: string }) {
  const desk = await Desk.open(t);
  desk.http.on('GET /v1/server', { name: 'Town', version });
  const { origin, manifest } = await serve(t, change);
  const code = await desk.run('verify-web', origin, '--manifest', manifest, ...signed);
  return { code, desk, origin };
}

const altered =
  (path: string, body: string): Change =>
  (asked, honest) =>
    asked === path && honest !== null ? { ...honest, body } : honest;

test('[CLI26] a server that serves the release is OK, and it is said what that does not prove', async (t) => {
  const { code, desk, origin } = await verify(t, {});
  assert.equal(code, 0, desk.chatter.text);
  assert.deepEqual(desk.output.lines, [`OK: ${origin} serves Parley 1.2.3 (4 addresses compared).`]);
  assert.match(desk.chatter.text, /can send something else to somebody else/);
});

test('[CLI26] one altered byte of a script is named', async (t) => {
  const { code, desk } = await verify(t, { change: altered('/assets/main.js', 'start()!') });
  assert.equal(code, 1);
  assert.deepEqual(desk.output.lines, ['/assets/main.js is not the file of the release']);
  assert.match(desk.chatter.text, /^parley: web\.differs: /);
});

test('[CLI26] scripts that a page has beside those of the release are named, on whichever page', async (t) => {
  const more = `${page}<script src='https://elsewhere.example/x.js'></script><script>steal()</script>`;
  const { code, desk } = await verify(t, { change: altered('/c/x', more) });
  assert.equal(code, 1);
  assert.deepEqual(desk.output.lines, [
    '/c/x is not the file of the release',
    '/c/x has a script that loads https://elsewhere.example/x.js',
    '/c/x has a script written into the page',
  ]);
});

test('[CLI26] a weaker policy is named by what it allows, a missing header by its name', async (t) => {
  const weaker: Change = (path, honest) => {
    if (honest === null || path !== '/assets/main.js') return honest;
    const csp =
      "default-src 'none'; script-src 'self' 'unsafe-eval'; script-src-elem *; connect-src 'self' https://elsewhere.example";
    return { ...honest, headers: { 'content-security-policy': csp } };
  };
  const { code, desk } = await verify(t, { change: weaker });
  assert.equal(code, 1);
  assert.deepEqual(desk.output.lines, [
    "/assets/main.js has a weaker content-security-policy: script-src allows 'unsafe-eval'",
    '/assets/main.js has a weaker content-security-policy: connect-src allows https://elsewhere.example',
    '/assets/main.js has another content-security-policy: script-src-elem',
    '/assets/main.js has no x-content-type-options',
  ]);
});

test('[CLI26] a program in front of every page is named when the release has none', async (t) => {
  const worker: Change = (path, honest) => (path === '/sw.js' ? { body: 'onfetch = steal', headers: {} } : honest);
  const { code, desk } = await verify(t, { change: worker });
  assert.equal(code, 1);
  assert.deepEqual(desk.output.lines, ['/sw.js is served, and is not in the release']);
});

test('[CLI26] what is missing or leads elsewhere is named, and no text of the server acts on the terminal', async (t) => {
  const gone: Change = (path, honest) => {
    if (path === '/assets/main.js') return null;
    return path === '/' && honest !== null ? { ...honest, body: '<script src="/\u001b[2J.js"></script>' } : honest;
  };
  const { code, desk } = await verify(t, { change: gone });
  assert.equal(code, 1);
  assert.deepEqual(desk.output.lines, [
    '/assets/main.js is answered with 404, and not with its file',
    '/ is not the file of the release',
    '/ has a script that loads /\ufffd[2J.js',
  ]);
});

test('[CLI26] a server of another version is not compared: the version is told, and how it can be', async (t) => {
  const { code, desk } = await verify(t, { version: '1.3.0' });
  assert.equal(code, 1);
  assert.deepEqual(desk.output.lines, []);
  assert.match(
    desk.chatter.text,
    /web\.other_version: .* serves Parley 1\.3\.0, and this list is of 1\.2\.3.*--manifest/,
  );
});

test('[CLI26] a file that is no list of a release is wrong usage', async (t) => {
  const desk = await Desk.open(t);
  assert.equal(await desk.run('verify-web', 'http://localhost:1', '--manifest', import.meta.filename, ...signed), 2);
  assert.match(desk.chatter.text, /no list of a web app/);
});

test('[CLI34] a list from elsewhere counts only with the signature of who makes the releases', async (t) => {
  const desk = await Desk.open(t);
  desk.http.on('GET /v1/server', { name: 'Town', version: release.version });
  const { origin, manifest } = await serve(t);
  const verifies = (...more: readonly string[]) => desk.run('verify-web', origin, '--manifest', manifest, ...more);
  assert.equal(await verifies(), 2);
  assert.match(desk.chatter.text, /needs the public key/);
  const pem = join(desk.home, 'maker.pem');
  await writeFile(pem, maker.publicKey.export({ type: 'spki', format: 'pem' }));
  assert.equal(await verifies('--key', pem), 0, desk.chatter.text);
  const other = generateKeyPairSync('ed25519');
  assert.equal(await verifies('--key', inBase64(other.publicKey)), 1);
  assert.match(desk.chatter.text, /^parley: web\.unsigned: /);
  assert.equal(await verifies('--key', manifest), 2);
  await writeFile(manifest, JSON.stringify({ ...release, files: { ...release.files, '/more.js': hash('more') } }));
  assert.equal(await verifies(...signed), 1, 'one line more');
  assert.match(desk.chatter.text, /^parley: web\.unsigned: /);
  await writeFile(manifest, JSON.stringify(release));
  assert.equal(await verifies(...signed), 0);
  await rm(`${manifest}.sig`);
  assert.equal(await verifies(...signed), 1);
});
