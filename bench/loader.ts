// The load generator from the outside: compiled on first use, run as a process, believed only when its ledger is clean.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkout, runProgram } from '../scripts/program.ts';

/** What the load generator prints at its end. */
export interface LoaderReport {
  readonly seconds: number;
  readonly connections: number;
  readonly sent: number;
  readonly ticks: number;
  readonly echoes: number;
  readonly deliveries: number;
  readonly items: number;
  /** Over the whole run, not only the measured time: what never came, came again, or left a hole in the order. */
  readonly missing: number;
  readonly repeated: number;
  readonly holes: number;
  readonly errors: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Its own CPU for one message, in microseconds. */
  readonly loader_us: number;
  readonly first_error: string;
}

/** Words that it prints as they become true. */
export type Moment = 'connecting' | 'ready' | 'measuring' | 'measured';

/** A run under way. */
export interface Run {
  /** Resolves when the word was printed; rejects when it ended without. */
  said(moment: Moment): Promise<void>;
  /** Lets one that waits go on; `stop` lets it end. */
  proceed(): void;
  stop(): void;
  readonly report: Promise<LoaderReport>;
}

/** Where the program is, or why there is none. */
export type Compiled = { readonly path: string } | { readonly missing: string };

const compileMs = 120_000;
const folder = join(checkout, 'bench/loader');

/** Compiles it into the cache folder unless this very source was compiled before. */
export async function compileLoader(cache = join(checkout, 'node_modules/.cache/parley-bench')): Promise<Compiled> {
  const sources = globSync('*.{cpp,hpp}', { cwd: folder }).toSorted();
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(join(folder, source)));
  const path = join(cache, `loader-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(path)) return { path };
  mkdirSync(cache, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  const args = ['-O2', '-std=c++20', '-o', fresh, join(folder, 'loader.cpp')];
  for (const compiler of ['g++', 'c++']) {
    const { code, output } = await runProgram(compiler, args, { timeoutMs: compileMs });
    if (code === 127) continue;
    if (code !== 0) return { missing: `${compiler} could not compile the load generator: ${output}` };
    renameSync(fresh, path);
    return { path };
  }
  return { missing: 'there is no C++ compiler; install g++ (Debian: apt-get install g++)' };
}

/** Starts it with these arguments; the signal ends it. */
export function startLoader(path: string, args: readonly string[], signal: AbortSignal): Run {
  const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
  child.on('error', () => {});
  const said = new Map<Moment, PromiseWithResolvers<void>>();
  const moment = (word: Moment) => {
    let known = said.get(word);
    if (known === undefined) {
      known = Promise.withResolvers<void>();
      known.promise.catch(() => {});
      said.set(word, known);
    }
    return known;
  };
  let last = '';
  let trouble = '';
  child.stderr.on('data', (piece: Buffer) => {
    trouble += piece.toString();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) last = line;
    else moment(line as Moment).resolve();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const report = ended.then((code) => {
    const failure = new Error(trouble.trim() || `the load generator ended with ${code}`);
    for (const word of ['connecting', 'ready', 'measuring', 'measured'] as const) moment(word).reject(failure);
    if (code !== 0 || last === '') throw failure;
    return JSON.parse(last) as LoaderReport;
  });
  report.catch(() => {});
  return {
    said: (word) => moment(word).promise,
    proceed: () => void child.stdin.write('\n'),
    stop: () => void child.stdin.end(),
    report,
  };
}

/** What is wrong with a run, in words; null: every message got its tick and arrived once, in order. */
export function faultOf(report: LoaderReport): string | null {
  const { missing, repeated, holes, errors, first_error } = report;
  if (errors > 0) return `${errors} errors, the first: ${first_error}`;
  if (missing + repeated + holes === 0) return null;
  return `${missing} missing, ${repeated} repeated, ${holes} holes in the order`;
}
