// Starts an engine as a process of its own with its log in a file, waits until it answers, and ends it by its pid. It
// promises that what it started is ended with this process, and that a start that fails says the engine's last words.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Place } from './place.ts';

/** How often a starting engine is asked, and how long an ended one may take. Milliseconds. */
const askEveryMs = 200;
const endMs = 20_000;
/** How much of a log stands in an error. Characters. */
const lastWords = 2_000;

/** What to run, and how to see that it serves. */
export interface DaemonParts {
  readonly name: string;
  readonly command: string;
  /** Loopback unless it is given. */
  readonly place?: Place;
  readonly args: readonly string[];
  readonly folder: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How far it stands back for others on this machine, as `nice` counts; 0 unless it is given. */
  readonly niceness?: number;
  /** Does it serve now? Asked again until it does. */
  readonly ready: () => Promise<boolean>;
  readonly readyMs: number;
}

/** A running engine. */
export interface Daemon {
  readonly name: string;
  readonly pid: number;
  /** Ends it as a power cut would, or (without a signal) as an operator does. Resolves when it is gone. */
  end(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts it. @throws {Error} with its last words when it ends, or does not answer in time */
export async function startDaemon(parts: DaemonParts): Promise<Daemon> {
  const child = spawned(parts);
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    const over = (): void => {
      running.delete(child);
      resolve();
    };
    child.once('exit', over);
    child.once('error', over);
  });
  const daemon: Daemon = {
    name: parts.name,
    pid: child.pid ?? 0,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      const hard = setTimeout(() => child.kill('SIGKILL'), endMs);
      await ended;
      clearTimeout(hard);
    },
    signal: (signal) => void child.kill(signal),
  };
  const until = Date.now() + parts.readyMs;
  while (running.has(child)) {
    if (await parts.ready().catch(() => false)) return daemon;
    if (Date.now() > until) break;
    await Promise.race([wait(askEveryMs), ended]);
  }
  await daemon.end('SIGKILL');
  throw new Error(`${parts.name} does not serve (log: ${parts.logFile}):\n${endOf(parts.logFile)}`);
}

/** Does somebody listen there? */
export function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

function spawned({ command, place, args, folder, logFile, env, niceness = 0 }: DaemonParts): ChildProcess {
  mkdirSync(folder, { recursive: true });
  mkdirSync(dirname(logFile), { recursive: true });
  const out = openSync(logFile, 'a');
  const standingBack = niceness === 0 ? [] : ['nice', '-n', String(niceness)];
  const [program = command, ...words] = [...(place?.prefix ?? []), ...standingBack, command, ...args];
  const child = spawn(program, words, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', out, out] });
  closeSync(out);
  return child;
}

function endOf(file: string): string {
  return readFileSync(file, 'utf8').slice(-lastWords);
}
