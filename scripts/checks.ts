// The steps of `npm run check`, in the order in which they are started: the long ones first, so that both processors are
// busy to the end.

import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineFiles, otherUnitFiles, processFiles, suite, tidyFiles } from './node-tests.ts';
import { checkout, runProgram } from './program.ts';
import type { Outcome, Step } from './step.ts';

/** How long one step of the check may take. Milliseconds. */
const stepMs = 5 * 60_000;

/** How many steps run side by side. */
export const checkWidth = 2;

/** Everything that must hold of the tree itself. */
export function checkSteps(): readonly Step[] {
  return [
    suite('unit and contract tests', {
      files: otherUnitFiles(),
      isolation: 'shared',
      timeoutMs: stepMs,
    }),
    suite('… of log, sequencer and store', {
      files: engineFiles(),
      isolation: 'shared',
      timeoutMs: stepMs,
    }),
    suite('tests with processes', {
      files: processFiles(),
      isolation: 'isolated',
      width: 2,
      timeoutMs: stepMs,
    }),
    types('types', 'tsconfig.json'),
    tool('lint by type', 'oxlint/bin/oxlint', ['-f', 'unix'], oneProcessor),
    suite('tidy', { files: tidyFiles(), isolation: 'shared', timeoutMs: stepMs }),
    types('types of the core, without a host', 'tsconfig.core.json'),
    tool('format and lint', '@biomejs/biome/bin/biome', [
      'ci',
      '--colors=off',
      '--diagnostic-level=warn',
      '--error-on-warnings',
    ]),
    tool('unused files, exports and packages', 'knip/bin/knip.js', ['--no-progress']),
    { name: 'generated documents', run: documentsAreFresh },
  ];
}

/** Programs in Go look at the same types once a processor; another step has the second one. Memory is there. */
const oneProcessor = { GOMAXPROCS: '1', GOGC: '400' } as const;

/** A type check with one checker, which looks at each type once; what it found is kept for the next run. */
function types(name: string, project: string): Step {
  const kept = join('.cache', project.replace('.json', '.tsbuildinfo'));
  const args = ['-p', project, '--checkers', '1', '--incremental', '--tsBuildInfoFile', kept];
  return tool(name, 'typescript/bin/tsc', args);
}

/** A step that is one program of `node_modules`; it passes when that exits with 0. */
function tool(
  name: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Step {
  const run = async (): Promise<Outcome> => {
    const path = join('node_modules', program);
    const { code, output } = await runProgram(process.execPath, [path, ...args], { timeoutMs: stepMs, env });
    return { state: code === 0 ? 'passed' : 'failed', counts: null, output, note: '' };
  };
  return { name, run };
}

/** Writes the generated documents again; it fails when that changes any. The fresh ones stay, to be committed. */
async function documentsAreFresh(): Promise<Outcome> {
  const outcome = { counts: null, output: '', note: '' } as const;
  if (!existsSync(join(checkout, 'scripts/docs.ts')))
    return { ...outcome, state: 'not run', note: 'no scripts/docs.ts' };
  const before = hashes();
  const { code, output } = await runProgram(process.execPath, ['scripts/docs.ts'], { timeoutMs: stepMs });
  if (code !== 0) return { ...outcome, state: 'failed', output };
  const after = hashes();
  const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  );
  if (stale.length === 0) return { ...outcome, state: 'passed' };
  return {
    ...outcome,
    state: 'failed',
    output: `Were stale and have been written again; commit them:\n${stale.join('\n')}`,
  };
}

function hashes(): ReadonlyMap<string, string> {
  const files = globSync('docs/protocol/**/*.*', { cwd: checkout });
  const hash = (file: string): string =>
    createHash('sha256')
      .update(readFileSync(join(checkout, file)))
      .digest('hex');
  return new Map(files.map((file) => [file, hash(file)]));
}
