// Suites of `node --test`: which test files there are, and running some of them as one step. Unit and contract tests
// share two processes, which is ten times as fast; `*.process.test.ts` get one each, because they start or end processes
// or change what a process has only one of; `*.browser.test.ts` need Chromium, `*.engine.test.ts` a real engine,
// `*.browser.engine.test.ts` both.

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, runProgram } from './program.ts';
import type { Counts, Outcome, Step } from './step.ts';

/** How long one test may take before it counts as failed, unless it names its own time; others run beside it. Milliseconds. */
const testMs = 120_000;

/** Where Node keeps what it made of modules: every worker and every process of a test loads the same ones. */
const compiled = { NODE_COMPILE_CACHE: join(checkout, '.cache/modules') } as const;

/** What holds to times starts everything as somebody does who has no such place. */
export const uncompiled = { NODE_DISABLE_COMPILE_CACHE: '1' } as const;

/** How much is shown of a suite that failed without naming a test. Lines. */
const shownLines = 60;

/** Where unit and contract tests stand. */
const unitPatterns = [
  'packages/*/{src,bin}/**/*.test.{ts,mjs}',
  'scripts/**/*.test.ts',
  'tests/tidy/**/*.test.ts',
  'tests/encryption/**/*.test.ts',
  'tests/move/**/*.test.ts',
  'bench/**/*.test.ts',
];

/** Whole conversations over the crypto library, and what a hostile server tries: they take minutes. */
const encryptionPattern = /^(packages\/sdk\/src\/crypto\/(olm\/|key-keeper\.)|tests\/encryption\/)/;

/** The queue, what reads it and what it fills: their tests take as long as all others together. */
const enginePattern = /^packages\/server\/src\/(log|sequencer|store)\//;

const unitFiles = (): readonly string[] =>
  find(unitPatterns).filter((file) => !isProcess(file) && !isBrowser(file) && !isEngine(file));

/** Test files of log, sequencer and store, which share one process. */
export const engineFiles = (): readonly string[] => unitFiles().filter((file) => enginePattern.test(file));

/** All other unit and contract tests, which share another. */
export const otherUnitFiles = (): readonly string[] =>
  unitFiles().filter((file) => !enginePattern.test(file) && !encryptionPattern.test(file));

/** Tests of encryption that `npm test` runs beside the simulation. */
export const encryptionFiles = (): readonly string[] => unitFiles().filter((file) => encryptionPattern.test(file));

/** Test files that get a process each. */
export const processFiles = (): readonly string[] =>
  find(unitPatterns).filter((file) => isProcess(file) && !encryptionPattern.test(file));

/** Random histories of encryption, which take both processors for a minute. */
export const historyFiles = (): readonly string[] =>
  find(unitPatterns).filter((file) => isProcess(file) && encryptionPattern.test(file));

export const tidyFiles = (): readonly string[] => find(['tests/tidy.test.ts']);

export const simulationFiles = (): readonly string[] => find(['tests/simulation/**/*.test.ts']);

export const endToEndFiles = (): readonly string[] => find(['tests/end-to-end/**/*.test.ts']);

/** Does a file hold to times, of a screen that must be smooth or of what must be back soon? It has the machine to itself. */
export const needsMachine = (file: string): boolean =>
  /\/(long-chat\.browser|promises|story\.browser)\.test\.ts$/.test(file);

/** A cluster of real processes and engines, and what may happen to it. */
export const clusterFiles = (): readonly string[] => find(['tests/cluster/**/*.test.ts']);

/** Does a file start engines, which have the machine to themselves? What is in front of a cluster is tested without. */
export const needsCluster = (file: string): boolean => !/\/(balancer|deploy)\.test\.ts$/.test(file);

export const isProcess = (file: string): boolean => /\.process\.test\.(ts|mjs)$/.test(file);

export const isBrowser = (file: string): boolean => /\.browser(\.engine)?\.test\.ts$/.test(file);

/** Tests of adapters, each against its real engine; first what takes long, so that nothing runs alone at the end. */
export const adapterFiles = (): readonly string[] =>
  find(unitPatterns)
    .filter(isEngine)
    .sort((one, other) => Number(takesLong(other)) - Number(takesLong(one)));

const takesLong = (file: string): boolean => /^tests\/move\/|\/cassandra-directory\./.test(file);

export const isEngine = (file: string): boolean => file.endsWith('.engine.test.ts');

/** Which engine a test of an adapter asks for. */
export function engineOf(file: string): string {
  return /testEngine\('(\w+)'\)/.exec(readFileSync(join(checkout, file), 'utf8'))?.[1] ?? '';
}

/** How many tests stand in a file, for one that cannot be run. */
export const countTests = (file: string): number =>
  [...readFileSync(join(checkout, file), 'utf8').matchAll(/^ *(test|\w+Contract)\(/gm)].length;

function find(patterns: readonly string[]): readonly string[] {
  return globSync(patterns, { cwd: checkout, exclude: ['**/node_modules/**'] })
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
}

export type SuiteOptions = {
  readonly files: readonly string[];
  /** `shared`: all files in one process. `isolated`: a process each, at most `width` at a time. */
  readonly isolation: 'shared' | 'isolated';
  readonly width?: number;
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
};

/** A step that runs test files. Without a file it is not run; with files but without a test it fails. */
export function suite(name: string, options: SuiteOptions): Step {
  return { name, run: () => runSuite(options) };
}

async function runSuite({ files, isolation, width = 1, timeoutMs, env = {} }: SuiteOptions): Promise<Outcome> {
  if (files.length === 0) return { state: 'not run', counts: null, output: '', note: 'no test files' };
  const isolate = isolation === 'shared' ? ['--test-isolation=none'] : [`--test-concurrency=${width}`];
  const args = ['--test', '--test-reporter=spec', `--test-timeout=${testMs}`, ...isolate, ...files];
  const ended = await runProgram(process.execPath, args, { timeoutMs, env: { ...compiled, ...env } });
  return judge(ended.code, ended.output);
}

/** What the runner's exit code and output say together: it passed only when both do. */
export function judge(code: number, output: string): Outcome {
  const counts = readCounts(output);
  const passed = code === 0 && counts !== null && counts.failed === 0 && counts.passed > 0;
  const note = code === 0 && counts?.passed === 0 ? 'no test passed' : '';
  return { state: passed ? 'passed' : 'failed', counts, output: passed ? '' : failures(output), note };
}

const summary =
  /^ℹ tests \d+\nℹ suites \d+\nℹ pass (\d+)\nℹ fail (\d+)\nℹ cancelled (\d+)\nℹ skipped (\d+)\nℹ todo (\d+)$/gm;

/** The counts of the last summary in the runner's output, or null when there is none. */
export function readCounts(output: string): Counts | null {
  const last = [...output.matchAll(summary)].at(-1);
  if (last === undefined) return null;
  const [passed = 0, failed = 0, cancelled = 0, skipped = 0, todo = 0] = last.slice(1).map(Number);
  return { passed, failed: failed + cancelled, skipped: skipped + todo };
}

/** The part of the output that names what failed, or its last lines. */
function failures(output: string): string {
  const start = output.lastIndexOf('✖ failing tests:');
  return start >= 0 ? output.slice(start) : output.split('\n').slice(-shownLines).join('\n');
}
