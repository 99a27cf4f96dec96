// `npm run check:crypto`: what proves encryption, in its long form: more random histories, and more kills of a device in
// the middle of its work. Some minutes; `npm test` runs the short form.

import { checkWidth } from './checks.ts';
import { encryptionFiles, suite } from './node-tests.ts';
import { endWithPrograms } from './program.ts';
import { describe, runSteps, total } from './step.ts';

const longMs = 60 * 60_000;
const keysOnDisk = ['packages/sdk/src/platform/node-keys.process.test.ts'];

endWithPrograms();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const steps = [
  suite('encryption', {
    files: encryptionFiles(),
    isolation: 'shared',
    timeoutMs: longMs,
    env: { PARLEY_TEST_HISTORIES: '60' },
  }),
  suite('keys on disk', {
    files: keysOnDisk,
    isolation: 'isolated',
    timeoutMs: longMs,
    env: { PARLEY_KEY_KILLS: '200' },
  }),
];
const results = await runSteps(steps, checkWidth, print);
const counts = total(results);
print(describe(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
