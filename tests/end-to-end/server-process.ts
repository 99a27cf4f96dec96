// A real server in a process of its own, on a folder of its own, for end-to-end tests. It is waited for by what it
// prints, never by a time; it is ended by its pid.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));
/** A start that takes longer has failed, in milliseconds. */
const startMs = 60_000;

/** What the server says in its first line when nobody looks at it. */
export interface Summary {
  readonly url: string;
  readonly data: string;
  readonly version: string;
  readonly metrics: string;
  readonly setup_link?: string;
}

export interface RunningServer extends AsyncDisposable {
  readonly summary: Summary;
  readonly folder: string;
  readonly pid: number;
  /** Everything that it wrote to standard output and error so far. */
  output(): string;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
}

/** A fresh folder that the test removes. */
export async function freshFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'parley-test-'));
}

/** Starts a server on the folder; resolves when it has said where it is. `command` is another program than ours. */
export async function startServer(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
  command: readonly string[] = [program, 'serve'],
): Promise<RunningServer> {
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PARLEY_DATA: folder,
      PARLEY_PORT: '0',
      PARLEY_METRICS_PORT: '0',
      PARLEY_ECHO_BOT: 'off',
      ...environment,
    },
  });
  let output = '';
  child.stderr.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  const summary = await firstSummary(child, (line) => {
    output += `${line}\n`;
  });
  const gone = once(child, 'exit') as Promise<[number | null]>;
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    if (!isOver()) child.kill('SIGTERM');
    return (await gone)[0];
  };
  return {
    summary,
    folder,
    pid: child.pid as number,
    output: () => output,
    kill: async () => {
      if (!isOver()) child.kill('SIGKILL');
      await gone;
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function firstSummary(child: ChildProcess, keep: (line: string) => void): Promise<Summary> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the server has no standard output');
  const lines = createInterface({ input: stdout });
  return new Promise<Summary>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the server did not start in time')), startMs);
    const finish = (error: Error | null, summary?: Summary) => {
      clearTimeout(late);
      if (summary === undefined) reject(error ?? new Error('the server said nothing of itself'));
      else resolve(summary);
    };
    child.once('exit', (code) => finish(new Error(`the server ended with ${code} before it started`)));
    lines.on('line', (line) => {
      keep(line);
      if (line.startsWith('{') && line.includes('"url"')) finish(null, JSON.parse(line) as Summary);
    });
  });
}
