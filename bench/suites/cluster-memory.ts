// One process of `bench/in-memory.ts` under the load generator, and what it spends on a message.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cpuTimes, spentUs } from '../cpu.ts';
import { startLoader } from '../loader.ts';
import { believe } from '../parley.ts';

/** What it is started with. */
export interface InMemoryParts {
  readonly work: string;
  readonly loader: string;
  readonly people: number;
  readonly signal: AbortSignal;
}

/** It runs. */
export interface InMemory extends AsyncDisposable {
  /** One run; of two gateways every message crosses. */
  load(args: readonly string[]): Promise<{ readonly us: number; readonly deliveries: number }>;
}

const program = fileURLToPath(new URL('../in-memory.ts', import.meta.url));

/** Resolves when it listens. */
export async function startInMemory(which: 'one' | 'two', parts: InMemoryParts): Promise<InMemory> {
  const { work, loader, people, signal } = parts;
  const list = join(await mkdtemp(join(work, `memory-${which}-`)), 'pairs.txt');
  const child = spawn(process.execPath, [program, which, String(people), list], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.on('error', () => {});
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(() => Promise.reject(new Error('the server in memory ended at once'))),
  ])) as [string];
  const [port, second = port] = (JSON.parse(line) as { readonly ports: readonly number[] }).ports;
  const pid = child.pid ?? -1;
  return {
    async load(args) {
      const gates = ['--port', String(port), '--second-port', String(second)];
      const run = startLoader(loader, [...gates, '--accounts', list, ...args], signal);
      await run.said('measuring');
      const before = cpuTimes(pid);
      await run.said('measured');
      const us = spentUs(before, cpuTimes(pid));
      const report = await run.report;
      believe(report);
      if (us === null) throw new Error('this system does not say what a process spends');
      return { us, deliveries: report.deliveries };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
