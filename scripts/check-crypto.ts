// `npm run check:crypto`: what proves encryption, in its long form: many random histories, and more kills of a device in
// the middle of its work, in Node and in Chromium. Most of an hour; `npm test` runs the short form. `npm run check:crypto -- 5000 1` plays so many
// histories, from this seed on.

import { checkWidth } from './checks.ts';
import { type Chromium, findChromium, missingOf, pathOf } from './chromium.ts';
import { encryptionFiles, historyFiles, suite } from './node-tests.ts';
import { endWithPrograms } from './program.ts';
import { describe, runSteps, type Step, total } from './step.ts';

const longMs = 60 * 60_000;
const keysOnDisk = ['packages/sdk/src/platform/node-keys.process.test.ts'];
/** Histories of one process: whoever dies leaves its machine in memory. */
const perProcess = 250;

/** Suites of all histories, a process each. */
function histories(count: number, first: number) {
  return Array.from({ length: Math.ceil(count / perProcess) }, (_, at) => {
    const from = first + at * perProcess;
    const some = Math.min(perProcess, first + count - from);
    return suite(`histories ${from} to ${from + some - 1}`, {
      files: historyFiles(),
      isolation: 'isolated',
      timeoutMs: longMs,
      env: {
        PARLEY_TEST_HISTORIES: String(some),
        PARLEY_TEST_SEED: String(from),
        PARLEY_TEST_HISTORIES_MS: String(longMs / 2),
        PARLEY_TEST_THREADS: '1',
      },
    });
  });
}

/** What is played on pages as well, as often as an hour allows. */
function onPages(browser: Chromium, first: number): readonly Step[] {
  const env = { PARLEY_TEST_SEED: String(first), ...pathOf(browser) };
  const suites = {
    'histories in Chromium': ['acceptance.browser.test.ts', { PARLEY_TEST_BROWSER_HISTORIES: '100' }],
    'kills of Chromium': ['browser-kill.browser.test.ts', { PARLEY_TEST_BROWSER_KILLS: '200' }],
    'lies told to pages': ['hostile-nonsense.browser.test.ts', { PARLEY_TEST_ALTERATIONS: '100' }],
  } as const;
  return Object.entries(suites).map(([name, [file, counts]]) => {
    const note = missingOf(browser);
    if (note !== undefined) return { name, run: async () => ({ state: 'not run', counts: null, output: '', note }) };
    const files = [`tests/end-to-end/${file}`];
    return suite(name, { files, isolation: 'isolated', timeoutMs: longMs, env: { ...env, ...counts } });
  });
}

endWithPrograms();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const [count = 1_000, first = 1] = process.argv.slice(2).map(Number);
if (!(Number.isSafeInteger(count) && count > 0 && Number.isSafeInteger(first) && first >= 0))
  throw new Error('usage: npm run check:crypto -- [histories] [first seed]');
const steps = [
  ...histories(count, first),
  suite('encryption', { files: encryptionFiles(), isolation: 'shared', timeoutMs: longMs }),
  suite('keys on disk', {
    files: keysOnDisk,
    isolation: 'isolated',
    timeoutMs: longMs,
    env: { PARLEY_KEY_KILLS: '200' },
  }),
  ...onPages(await findChromium(print), first),
];
const results = await runSteps(steps, checkWidth, print);
const counts = total(results);
print(describe(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
