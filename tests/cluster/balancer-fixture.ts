// HAProxy and nginx before gateways of a test: with the file of `deploy`, or as the drills start them. What a gateway does
// here is as much as a balancer sees of one.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createListener, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type BalancerName, startBalancer } from '../../scripts/cluster/balancer.ts';
import { type Daemon, listens, startDaemon } from '../../scripts/engines/daemon.ts';

const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
/** Of RFC 6455. */
const protocolGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const lookMs = 100;
const startMs = 20_000;
/** A gateway that says nothing is asked three times, with five seconds for each answer. */
export const mostMs = 30_000;

/** Whose settings. */
export type Kind = 'deploy' | 'drills';

/** As much of a gateway as a balancer sees. */
export class Gateway {
  readonly server: Server;
  readonly #sockets = new Set<Socket>();
  health: 'ready' | 'not ready' | 'silent' = 'ready';
  /** Sockets that it was given. */
  upgrades = 0;

  constructor() {
    this.server = createServer((request, response) => {
      if (request.url !== '/readyz') response.end('served');
      else if (this.health !== 'silent') response.writeHead(this.health === 'ready' ? 200 : 503).end();
    });
    this.server.on('connection', (socket) => this.#sockets.add(socket));
    this.server.on('upgrade', ({ headers }, socket) => {
      this.upgrades++;
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

/** A balancer before so many gateways, all of them in the test and gone with it. Resolves when it serves. */
export async function begun(t: TestContext, name: BalancerName, kind: Kind, count: number) {
  const gateways = Array.from({ length: count }, () => new Gateway());
  for (const gateway of gateways) {
    gateway.server.listen(0, '127.0.0.1');
    await once(gateway.server, 'listening');
    t.after(() => gateway.die());
  }
  const folder = mkdtempSync(join(tmpdir(), 'parley-balancer-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const at = gateways.map((gateway) => `127.0.0.1:${gateway.port}`);
  const balancer = await (kind === 'deploy'
    ? startDeployed(name, folder, port, at)
    : startBalancer(name, folder, port, at));
  // Killed, nginx would leave its worker behind.
  t.after(() => balancer.end(name === 'nginx' ? 'SIGTERM' : 'SIGKILL'));
  await until(port, 200);
  return { gateways, port, folder };
}

/** Resolves when a request is answered with this status through the balancer. */
export async function until(port: number, status: number): Promise<void> {
  for (const end = Date.now() + mostMs; (await statusAt(port)) !== status; await wait(lookMs))
    assert.ok(Date.now() < end, `no ${status} came`);
}

/** A WebSocket through the balancer, of a browser with this cookie; and the cookie that it is given. */
export async function upgraded(port: number, cookie?: string): Promise<{ socket: Socket; cookie: string | undefined }> {
  const socket = connect({ host: '127.0.0.1', port });
  const key = randomBytes(16).toString('base64');
  const own = `Sec-WebSocket-Version: 13\r\n${cookie === undefined ? '' : `Cookie: ${cookie}\r\n`}`;
  socket.write(`GET /v1/ws HTTP/1.1\r\nHost: x\r\n${upgrade}${own}Sec-WebSocket-Key: ${key}\r\n\r\n`);
  const head = String((await once(socket, 'data'))[0]);
  assert.match(head, /^HTTP\/1.1 101/);
  return { socket, cookie: /^set-cookie: ([^;\r]+)/im.exec(head)?.[1] };
}

/** What a request is answered. */
function statusAt(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', reject);
  });
}

async function freePort(): Promise<number> {
  const listener = createListener().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

/** The file of `deploy`, for one or two gateways on this machine. */
function startDeployed(name: BalancerName, folder: string, port: number, gateways: readonly string[]): Promise<Daemon> {
  const file = join(folder, `${name}.cfg`);
  writeFileSync(file, name === 'haproxy' ? deployedHaproxy(port, gateways) : deployedNginx(folder, port, gateways));
  const ownLog = join(folder, 'error.log');
  return startDaemon({
    name,
    command: `/usr/sbin/${name}`,
    args: name === 'haproxy' ? ['-f', file, '-db'] : ['-c', file, '-p', folder, '-e', ownLog],
    folder,
    logFile: join(folder, `${name}.log`),
    ready: () => listens('127.0.0.1', port),
    readyMs: startMs,
  });
}

function deployedHaproxy(port: number, [first = '', second]: readonly string[]): string {
  return (
    readFileSync('deploy/haproxy/haproxy.cfg', 'utf8')
      .split('\n')
      .filter((line) => second !== undefined || !line.includes('server gateway-2'))
      .map((line) => line.replace('bind :8420', `bind 127.0.0.1:${port}`).replace('gateway-1:8420', first))
      .map((line) => line.replace('gateway-2:8420', second ?? ''))
      // Not every machine lets a program have so many files.
      .map((line) => line.replace('maxconn 100000', 'maxconn 1000'))
      .join('\n')
  );
}

/** Without TLS: there is no certificate. */
function deployedNginx(folder: string, port: number, [first = '', second = '']: readonly string[]): string {
  const site = readFileSync('deploy/nginx/parley.conf', 'utf8')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port}`)
    .replaceAll(/^ *ssl_certificate.*\n/gm, '')
    .replace('10.0.0.11:8420', first)
    .replace('10.0.0.12:8420', second);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${join(folder, each)};`,
  );
  const before = `daemon off;\npid ${join(folder, 'nginx.pid')};\nevents {}\n`;
  return `${before}http {\naccess_log off;\n${temporary.join('\n')}\n${site}\n}\n`;
}
