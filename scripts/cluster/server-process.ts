// One server process of a cluster on this machine: started with its settings, waited for until it says where it is, ended
// as an operator or a power cut would.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loopback, type Place } from '../engines/place.ts';
import { checkout } from '../program.ts';

const startMs = 120_000;
const endMs = 30_000;
const lookEveryMs = 100;
/** How much of its log stands in an error. Characters. */
const lastWords = 2_000;

/** What it is started with. */
export interface ServerProcessParts {
  readonly name: string;
  readonly role: 'all' | 'gateway' | 'sequencer';
  readonly port: number;
  /** Loopback unless it is given. */
  readonly place?: Place;
  readonly settings: Readonly<Record<string, string>>;
  /** Where what it prints and logs goes. */
  readonly logFile: string;
}

/** A running server. */
export interface ServerProcess {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly isRunning: boolean;
  signal(signal: NodeJS.Signals): void;
  /** Ends it; SIGTERM unless told otherwise. Resolves to its exit code, or null when a signal ended it. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts it; resolves when it is ready. @throws {Error} with its last words */
export async function startServer(parts: ServerProcessParts): Promise<ServerProcess> {
  const { name, role, port, place = loopback(), settings, logFile } = parts;
  mkdirSync(dirname(logFile), { recursive: true });
  const out = openSync(logFile, 'a');
  const env = {
    ...process.env,
    ...settings,
    PARLEY_ROLE: role,
    PARLEY_NODE: name,
    PARLEY_HOST: place.address,
    PARLEY_PORT: String(port),
    PARLEY_METRICS_PORT: String(port + 1_000),
  };
  const main = join(checkout, 'packages', 'server', 'src', 'main.ts');
  const [program, ...words] = [...place.prefix, process.execPath, main, 'serve'];
  const child = spawn(program, words, { cwd: checkout, env, stdio: ['ignore', out, out] });
  closeSync(out);
  running.add(child);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  const server: ServerProcess = {
    name,
    port,
    pid: child.pid ?? 0,
    get isRunning() {
      return running.has(child);
    },
    signal: (signal) => void child.kill(signal),
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      const hard = setTimeout(() => child.kill('SIGKILL'), endMs);
      const code = await ended;
      clearTimeout(hard);
      return code;
    },
  };
  for (const until = Date.now() + startMs; running.has(child) && Date.now() < until; ) {
    if (await isReady(place.address, port)) return server;
    await Promise.race([wait(lookEveryMs), ended]);
  }
  await server.end('SIGKILL');
  throw new Error(`${name} does not serve (log: ${logFile}):\n${readFileSync(logFile, 'utf8').slice(-lastWords)}`);
}

async function isReady(address: string, port: number): Promise<boolean> {
  try {
    return (await fetch(`http://${address}:${port}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}
