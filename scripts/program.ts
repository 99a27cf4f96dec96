// Runs one program to its end and keeps what it said. Each gets a process group of its own, so that a deadline or
// Ctrl-C ends it together with everything it started.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The top folder of this checkout. */
export const checkout = fileURLToPath(new URL('..', import.meta.url));

/** How much of a program's output is kept: the end of it. Characters. */
const keptOutput = 400_000;

/** How a program ended. */
export type Ended = {
  /** Its exit code; 124 when the deadline passed, 127 when it could not be started. */
  readonly code: number;
  /** What it wrote to standard output and standard error, in order. */
  readonly output: string;
};

export type ProgramOptions = {
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
};

const running = new Set<number>();

/** Runs `command` in the checkout. Never rejects. */
export function runProgram(command: string, args: readonly string[], options: ProgramOptions): Promise<Ended> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...options.env };
  const child = spawn(command, args, { cwd: checkout, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-keptOutput);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  return new Promise((resolve) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      keep(`\nended: it took longer than ${Math.round(options.timeoutMs / 1000)} s\n`);
      endGroup(pid);
    }, options.timeoutMs);
    const settle = (code: number): void => {
      clearTimeout(timer);
      // What the program left behind would disturb the next one.
      endGroup(pid);
      if (pid !== undefined) running.delete(pid);
      resolve({ code: late ? 124 : code, output: output.trimEnd() });
    };
    child.once('error', (error) => {
      keep(error.message);
      settle(127);
    });
    child.once('exit', () => endGroup(pid));
    child.once('close', (code) => settle(code ?? 128));
  });
}

/** Ends every program that is still running, with all that it started. */
export function endPrograms(): void {
  for (const pid of running) endGroup(pid);
}

/** Ends this process, and before it every program that it runs, when somebody interrupts it. */
export function endWithPrograms(): void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  for (const [signal, code] of Object.entries(codes)) {
    process.once(signal, () => {
      endPrograms();
      process.exit(code);
    });
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM');
    if (!gone) throw error;
  }
}
