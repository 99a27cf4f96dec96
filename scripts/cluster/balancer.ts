// What stands before the gateways: HAProxy or nginx, with the settings that WebSockets need. Debian's package is installed
// when it may be. The files in `deploy` say the same for a real cluster.

import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Daemon, listens, startDaemon } from '../engines/daemon.ts';
import { runProgram } from '../program.ts';

export type BalancerName = 'haproxy' | 'nginx';

const installMs = 3 * 60_000;
const startMs = 20_000;

/** Why it is not here; null: it is. */
export async function missingBalancer(name: BalancerName): Promise<string | null> {
  if (await isThere(name)) return null;
  if (process.getuid?.() !== 0) return `no ${name} on PATH`;
  const args = ['install', '-y', '-q', '--no-install-recommends', name];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runProgram('apt-get', ['update', '-q'], { timeoutMs: installMs, env });
  const { code, output } = await runProgram('apt-get', args, { timeoutMs: installMs, env });
  return code === 0 && (await isThere(name)) ? null : `apt-get could not install ${name}: ${output.slice(-200)}`;
}

/** Starts it on `port` before these gateways, each `host:port`. */
export async function startBalancer(
  name: BalancerName,
  folder: string,
  port: number,
  gateways: readonly string[],
): Promise<Daemon> {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const file = join(own, `${name}.cfg`);
  writeFileSync(file, name === 'haproxy' ? haproxy(own, port, gateways) : nginx(own, port, gateways));
  return startDaemon({
    name,
    command: name === 'nginx' ? '/usr/sbin/nginx' : '/usr/sbin/haproxy',
    args: name === 'nginx' ? ['-c', file, '-p', own, '-e', join(own, 'error.log')] : ['-f', file, '-db'],
    folder: own,
    logFile: join(own, `${name}.log`),
    ready: () => listens('127.0.0.1', port),
    readyMs: startMs,
  });
}

/** How many sockets and requests each gateway has now, by the word of the HAProxy that was started in this folder. */
export async function loadOf(folder: string): Promise<readonly number[]> {
  const socket = connect(statsOf(join(folder, 'haproxy')));
  socket.write('show stat\n');
  const rows = (await text(socket)).split('\n').map((line) => line.split(','));
  const current = rows[0]?.indexOf('scur') ?? -1;
  return rows.filter(([, server]) => server?.startsWith('gateway-')).map((row) => Number(row[current]));
}

function statsOf(own: string): string {
  return join(own, 'stats');
}

async function isThere(name: BalancerName): Promise<boolean> {
  return (await runProgram(`/usr/sbin/${name}`, ['-v'], { timeoutMs: 10_000 })).code === 0;
}

/**
 * Sockets are long and quiet: a ping comes every half minute. A gateway that is not ready gets nobody new, and keeps whom
 * it has: were they cut off whenever it is busy, they would come back all at once and keep it busy.
 */
function haproxy(own: string, port: number, gateways: readonly string[]): string {
  const servers = gateways.map(
    (gateway, n) =>
      `  server gateway-${n + 1} ${gateway} check inter 1s fall 3 rise 1 observe layer4 error-limit 3 on-error mark-down`,
  );
  return `global
  maxconn 8000
  stats socket ${statsOf(own)} level user
defaults
  mode http
  timeout connect 3s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  timeout http-request 15s
  timeout check 5s
  option srvtcpka
  srvtcpka-idle 10s
  srvtcpka-intvl 3s
  srvtcpka-cnt 3
  option forwardfor
  option redispatch 1
  retries 2
frontend parley
  bind 127.0.0.1:${port}
  default_backend gateways
backend gateways
  option httpchk GET /readyz
  balance leastconn
  cookie parley-gateway insert indirect nocache httponly maxlife 10m
${servers.map((line, n) => `${line} cookie g${n + 1}`).join('\n')}
`;
}

function nginx(folder: string, port: number, gateways: readonly string[]): string {
  return `daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
events { worker_connections 10000; }
http {
  access_log off;
  client_body_temp_path ${join(folder, 'body')};
  proxy_temp_path ${join(folder, 'proxy')};
  fastcgi_temp_path ${join(folder, 'fastcgi')};
  uwsgi_temp_path ${join(folder, 'uwsgi')};
  scgi_temp_path ${join(folder, 'scgi')};
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream gateways {
    zone gateways 64k;
    least_conn;
${gateways.map((gateway) => `    server ${gateway} max_fails=2 fail_timeout=2s;`).join('\n')}
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 1m;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_read_timeout 1h;
    proxy_send_timeout 1h;
    proxy_buffering off;
    proxy_next_upstream error timeout;
    location / {
      proxy_pass http://gateways;
    }
    location ~ ^/v1/conversations/[^/]+/blobs/ {
      client_max_body_size 104m;
      proxy_request_buffering off;
      proxy_pass http://gateways;
    }
  }
}
`;
}
