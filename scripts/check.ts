// `npm run check`: everything that must hold before a commit, in about a minute. One line a step; exit 1 when one fails.

import { checkSteps, checkWidth } from './checks.ts';
import { endWithPrograms } from './program.ts';
import { describe, runSteps, total } from './step.ts';

endWithPrograms();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const results = await runSteps(checkSteps(), checkWidth, print);
const counts = total(results);
print(describe(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
