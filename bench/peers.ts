// The peers beside Parley in the same run. Two are relays of this folder on libraries from npm; the other two are whole
// servers from the machine's packages, run on a folder of their own and ended by their pid.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../scripts/program.ts';
import { ejabberdConfig, ejabberdScript, mosquittoConfig } from './peers/configs.ts';

export type PeerName = 'ws' | 'socketio' | 'mosquitto' | 'ejabberd';

/** A peer that runs. */
export interface RunningPeer extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

/** How a peer is run and driven. */
export interface Peer {
  readonly name: PeerName;
  /** What it is, for people. */
  readonly title: string;
  readonly dialect: 'ws' | 'socketio' | 'mqtt' | 'xmpp';
  /** Messages in flight for each of 200 connections, as the reference figures have it. */
  readonly inflight: number;
  /** Can its group of a thousand be measured? */
  readonly groups: boolean;
  /** The program that must be on the machine; null: it comes with npm. */
  readonly program: string | null;
  start(people: number): Promise<RunningPeer>;
}

const startMs = 60_000;
const installMs = 10 * 60_000;
/** What ejabberd gets every account with. */
export const peerPassword = 'secret';

export const peers: readonly Peer[] = [
  {
    name: 'ws',
    title: 'stock ws relay, stores nothing',
    dialect: 'ws',
    inflight: 8,
    groups: true,
    program: null,
    start: () => startRelay(new URL('./peers/ws-relay.ts', import.meta.url)),
  },
  {
    name: 'socketio',
    title: 'Socket.IO 4 relay, stores nothing',
    dialect: 'socketio',
    inflight: 8,
    groups: true,
    program: null,
    start: () => startRelay(new URL('./peers/socketio-relay.ts', import.meta.url)),
  },
  {
    name: 'mosquitto',
    title: 'Mosquitto, QoS 1, in memory',
    dialect: 'mqtt',
    inflight: 8,
    groups: true,
    program: '/usr/sbin/mosquitto',
    start: startMosquitto,
  },
  {
    name: 'ejabberd',
    title: 'ejabberd with archive in Mnesia',
    dialect: 'xmpp',
    inflight: 4,
    groups: false,
    program: '/usr/sbin/ejabberdctl',
    start: startEjabberd,
  },
];

/** Why this peer cannot be run here; null when it can. */
export function absence({ program }: Peer): string | null {
  return program === null || existsSync(program) ? null : 'not installed; `npm run bench -- --peers` installs it';
}

/** Installs the servers with apt. Rejects with what apt said. */
export async function installPeers(): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const packages = ['mosquitto', 'ejabberd'];
  for (const args of [
    ['update', '-q'],
    ['install', '-y', '-q', '--no-install-recommends', ...packages],
  ]) {
    const { code, output } = await runProgram('apt-get', args, { timeoutMs: installMs, env });
    if (code !== 0)
      throw new Error(`apt-get could not install ${packages.join(' and ')}: ${output.split('\n').at(-1)}`);
  }
}

async function startRelay(script: URL): Promise<RunningPeer> {
  const child = spawn(process.execPath, [fileURLToPath(script)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await firstLine(child, '{');
  return running(child, (JSON.parse(line) as { port: number }).port, null);
}

async function startMosquitto(): Promise<RunningPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-mosquitto-'));
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  await writeFile(config, mosquittoConfig(port, folder));
  const child = spawn('/usr/sbin/mosquitto', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  await firstLine(child, 'mosquitto version', 'running');
  return running(child, port, folder);
}

async function startEjabberd(people: number): Promise<RunningPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-ejabberd-'));
  const port = await freePort();
  const config = join(folder, 'ejabberd.yml');
  await mkdir(join(folder, 'db'));
  await writeFile(config, ejabberdConfig(port));
  // Busy waiting is off so that its CPU can be counted; without a node name it starts no port mapper.
  const quiet = ['+K', 'true', '+P', '250000', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'];
  const script = ejabberdScript(people, peerPassword);
  const args = [...quiet, '-noinput', '-mnesia', 'dir', JSON.stringify(join(folder, 'db')), '-eval', script];
  const child = spawn('/usr/bin/erl', args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      HOME: folder,
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
      ERL_CRASH_DUMP: join(folder, 'crash'),
      ERL_LIBS: erlangLibraries(),
    },
  });
  await firstLine(child, 'ready');
  return running(child, port, folder);
}

/** Where Debian keeps ejabberd's own libraries. */
function erlangLibraries(): string {
  const machine = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return join('/usr/lib', machine);
}

/** Resolves to the first line that has these words; rejects when it ends or takes too long. */
function firstLine(child: ChildProcess, ...words: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const late = setTimeout(() => reject(new Error('it did not start in time')), startMs);
  let said = '';
  const listen = (piece: Buffer) => {
    said += piece.toString();
    const line = said.split('\n').find((each) => words.every((word) => each.includes(word)));
    if (line !== undefined) resolve(line);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  child.once('error', reject);
  child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said.slice(-300)}`)));
  return promise.finally(() => clearTimeout(late));
}

function running(child: ChildProcess, port: number, folder: string | null): RunningPeer {
  const gone = once(child, 'exit');
  return {
    pid: child.pid as number,
    port,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL');
      await gone;
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}
