// HAProxy with our settings before gateways that are not ready, busy, or dead.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createListener, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { missingBalancer, startBalancer } from '../../scripts/cluster/balancer.ts';
import { listens, startDaemon } from '../../scripts/engines/daemon.ts';

const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
/** Of RFC 6455. */
const protocolGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** As `/proc/net/tcp` names them. */
const established = '01';
const keepAliveTimer = '02:';
const lookMs = 100;
const startMs = 20_000;
/** A gateway that says nothing is asked three times, with five seconds for each answer. */
const mostMs = 30_000;

/** As much of a gateway as a balancer sees. */
class Gateway {
  readonly server: Server;
  readonly #sockets = new Set<Socket>();
  health: 'ready' | 'not ready' | 'silent' = 'ready';

  constructor() {
    this.server = createServer((request, response) => {
      if (request.url !== '/readyz') response.end('served');
      else if (this.health !== 'silent') response.writeHead(this.health === 'ready' ? 200 : 503).end();
    });
    this.server.on('connection', (socket) => this.#sockets.add(socket));
    this.server.on('upgrade', ({ headers }, socket) => {
      // HAProxy looks whether it is the answer to the key.
      const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${protocolGuid}`).digest('base64');
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
      socket.pipe(socket);
      socket.on('error', () => socket.destroy());
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  die(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const listener = createListener().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

/** The file of `deploy`, for one gateway on this machine. */
async function startDeployed(folder: string, port: number, gateway: string) {
  const lines = readFileSync('deploy/haproxy/haproxy.cfg', 'utf8').split('\n');
  const own = lines
    .filter((line) => !line.includes('server gateway-2'))
    .map((line) => line.replace('bind :8420', `bind 127.0.0.1:${port}`).replace('gateway-1:8420', gateway))
    // Not every machine lets a program have so many files.
    .map((line) => line.replace('maxconn 100000', 'maxconn 1000'));
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, own.join('\n'));
  return startDaemon({
    name: 'haproxy',
    command: '/usr/sbin/haproxy',
    args: ['-f', file, '-db'],
    folder,
    logFile: join(folder, 'haproxy.log'),
    ready: () => listens('127.0.0.1', port),
    readyMs: startMs,
  });
}

/** What a request is answered through the balancer. */
function statusAt(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}

async function until(port: number, status: number): Promise<void> {
  for (const end = Date.now() + mostMs; (await statusAt(port)) !== status; await wait(lookMs))
    assert.ok(Date.now() < end, `no ${status} came`);
}

async function upgraded(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  const key = randomBytes(16).toString('base64');
  const version = 'Sec-WebSocket-Version: 13\r\n';
  socket.write(`GET /v1/ws HTTP/1.1\r\nHost: x\r\n${upgrade}${version}Sec-WebSocket-Key: ${key}\r\n\r\n`);
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 101/);
  return socket;
}

async function echoes(socket: Socket, word: string): Promise<void> {
  assert.ok(!socket.readableEnded, 'the socket was ended');
  socket.write(word);
  assert.equal(String((await once(socket, 'data', { signal: AbortSignal.timeout(mostMs) }))[0]), word);
}

/** Does the kernel ask whether the host at the other end of a quiet connection to this port is there? Of Linux. */
function areAskedFor(port: number): boolean {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const all = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , to, state]) => to?.endsWith(remote) && state === established);
  return all.length > 0 && all.every(([, , , , , timer]) => timer?.startsWith(keepAliveTimer));
}

async function begun(t: TestContext, kind: 'deploy' | 'drills') {
  const gateway = new Gateway();
  gateway.server.listen(0, '127.0.0.1');
  await once(gateway.server, 'listening');
  t.after(() => gateway.die());
  const folder = mkdtempSync(join(tmpdir(), 'parley-balancer-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const at = `127.0.0.1:${gateway.port}`;
  const balancer = await (kind === 'deploy'
    ? startDeployed(folder, port, at)
    : startBalancer('haproxy', folder, port, [at]));
  t.after(() => balancer.end('SIGKILL'));
  await until(port, 200);
  return { gateway, port };
}

async function keepsItsSockets(t: TestContext, kind: 'deploy' | 'drills'): Promise<void> {
  const { gateway, port } = await begun(t, kind);
  const socket = await upgraded(port);
  t.after(() => socket.destroy());
  for (const health of ['not ready', 'silent'] as const) {
    gateway.health = health;
    await until(port, 503);
    await echoes(socket, health);
    gateway.health = 'ready';
    await until(port, 200);
    await echoes(socket, 'ready');
  }
  if (process.platform === 'linux') assert.ok(areAskedFor(gateway.port), 'a silent host would not be noticed');
  const ended = once(socket, 'close');
  socket.resume();
  gateway.die();
  await ended;
}

const concurrency = true;
test('[CLU26] a gateway that is not ready or silent gets nobody new and keeps its sockets', {
  concurrency,
}, async (t) => {
  const missing = await missingBalancer('haproxy');
  if (missing !== null) return t.skip(`not run: ${missing}`);
  const each = (['deploy', 'drills'] as const).map((kind) => t.test(kind, (own) => keepsItsSockets(own, kind)));
  await Promise.all(each);
});
