// `npm test`: sets up what the tests need beyond npm, then runs everything: the steps of the check, the simulation and
// the end-to-end tests. The last lines say what was not run and how many tests passed and failed; exit 1 when one
// failed. What could not be run is never counted as passed.

import { checkSteps, checkWidth } from './checks.ts';
import { type Chromium, findChromium, missingOf, pathOf } from './chromium.ts';
import { missingForCluster } from './cluster/engines.ts';
import { type EngineName, type Engines, startEngines } from './engines/engines.ts';
import {
  adapterFiles,
  clusterFiles,
  countTests,
  encryptionFiles,
  endToEndFiles,
  engineOf,
  historyFiles,
  isBrowser,
  needsCluster,
  needsMachine,
  simulationFiles,
  suite,
  uncompiled,
} from './node-tests.ts';
import { endPrograms, endWithPrograms, runProgram } from './program.ts';
import { describe, type Result, runSteps, type Step, total } from './step.ts';

/** How long the whole run, building the web app, the simulation, and one end-to-end file may take. Milliseconds. */
const runMs = 60 * 60_000;
const webMs = 5 * 60_000;
const simulationMs = 8 * 60_000;
const endToEndMs = 5 * 60_000;
/** Engines and all that may happen to a cluster. */
const clusterMs = 14 * 60_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

endWithPrograms();
setTimeout(() => {
  endPrograms();
  print(`Ended: the run took longer than ${runMs / 60_000} minutes.`);
  process.exit(1);
}, runMs).unref();

const started = performance.now();
const chromium = await findChromium(print);
const checks = await runSteps([simulationStep(), webStep(), ...checkSteps()], checkWidth, print);
// They need a while to start, in which they leave a processor to others.
const engines = startEngines(print);
const long = await runSteps([historyStep(), encryptionStep()], checkWidth, print);
const missing = await missingForCluster();
const { whole = [], fronts = [] } = Object.groupBy(clusterFiles(), (file) => (needsCluster(file) ? 'whole' : 'fronts'));
const adapters = await adapterSuites(await engines, chromium, clusterSteps(fronts, missing));
const clusters = await runSteps(clusterSteps(whole, missing), 1, print);
const { alone = [], beside = [] } = Object.groupBy(endToEndFiles(), (file) =>
  needsMachine(file) ? 'alone' : 'beside',
);
const suites = await runSteps(endToEndSteps(beside, chromium), 2, print);
const timed = await runSteps(endToEndSteps(alone, chromium, uncompiled), 1, print);
close([...checks, ...long, ...adapters, ...clusters, ...suites, ...timed]);

function webStep(): Step {
  const run = async (): ReturnType<Step['run']> => {
    const { code, output } = await runProgram(process.execPath, ['scripts/build-web.mjs'], { timeoutMs: webMs });
    const absent = code === 0 && output.startsWith('There is no web app');
    return {
      state: code !== 0 ? 'failed' : absent ? 'not run' : 'passed',
      counts: null,
      output,
      note: absent ? output : '',
    };
  };
  return { name: 'web app', run };
}

function simulationStep(): Step {
  return suite('simulation', { files: simulationFiles(), isolation: 'isolated', width: 1, timeoutMs: simulationMs });
}

function encryptionStep(): Step {
  return suite('encryption', { files: encryptionFiles(), isolation: 'shared', timeoutMs: simulationMs });
}

function historyStep(): Step {
  return suite('histories', { files: historyFiles(), isolation: 'isolated', timeoutMs: simulationMs });
}

/** Tests of adapters, beside them what mostly waits, and then the end of their engines. */
async function adapterSuites(engines: Engines, browser: Chromium, beside: readonly Step[]): Promise<readonly Result[]> {
  try {
    const both = [runSteps(engineSteps(engines, browser), 2, print), runSteps(beside, 1, print)];
    return (await Promise.all(both)).flat();
  } finally {
    await engines.end();
  }
}

function engineSteps({ found, missing }: Engines, browser: Chromium): readonly Step[] {
  const env = { PARLEY_TEST_ENGINES: JSON.stringify(found), ...pathOf(browser) };
  return adapterFiles().map((file) => {
    const name = `adapter: ${file.replace(/^.*\/|\.engine\.test\.ts$/g, '')}`;
    const reason = missing[engineOf(file) as EngineName] ?? (isBrowser(file) ? missingOf(browser) : undefined);
    if (reason === undefined)
      return suite(name, { files: [file], isolation: 'isolated', timeoutMs: simulationMs, env });
    const note = `${countTests(file)} tests or more; ${reason}`;
    return { name, run: async () => ({ state: 'not run', counts: null, output: '', note }) };
  });
}

/** Each file starts engines and processes of its own. */
function clusterSteps(files: readonly string[], missing: readonly string[]): readonly Step[] {
  return files.map((file) => {
    const name = file.replace('tests/cluster/', 'cluster: ').replace('.test.ts', '');
    if (missing.length === 0) return suite(name, { files: [file], isolation: 'isolated', timeoutMs: clusterMs });
    const note = `${countTests(file)} tests; ${missing.join('; ')}`;
    return { name, run: async () => ({ state: 'not run', counts: null, output: '', note }) };
  });
}

/** Each file has processes, ports and folders of its own. */
function endToEndSteps(
  files: readonly string[],
  browser: Chromium,
  more: Readonly<Record<string, string>> = {},
): readonly Step[] {
  const env = { ...pathOf(browser), ...more };
  if (files.length === 0) return [suite('end to end', { files, isolation: 'isolated', timeoutMs: endToEndMs })];
  return files.map((file) => {
    const name = file.replace('tests/end-to-end/', 'end to end: ').replace('.test.ts', '');
    const reason = isBrowser(file) ? missingOf(browser) : undefined;
    if (reason === undefined) return suite(name, { files: [file], isolation: 'isolated', timeoutMs: endToEndMs, env });
    const note = `${countTests(file)} tests; ${reason}`;
    return { name, run: async () => ({ state: 'not run', counts: null, output: '', note }) };
  });
}

/** The closing lines: a machine reads the last one. */
function close(results: readonly Result[]): void {
  const missing = results.filter(({ state }) => state === 'not run');
  const counts = total(results);
  print(`\nin ${Math.round((performance.now() - started) / 1_000)} s`);
  print(`not run: ${missing.length}`);
  for (const { name, note } of missing) print(`  ${name}: ${note}`);
  for (const { name } of results.filter(({ state }) => state === 'failed')) print(`failed: ${name}`);
  print(describe(counts));
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
