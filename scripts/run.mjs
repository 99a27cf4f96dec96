// `node scripts/run.mjs [--web] PROGRAM ARGUMENTS…`: every npm script goes through here. Makes the checkout ready,
// with --web also the web app, then runs the program on the pinned Node with this terminal, its signals and its exit
// code. Plain JavaScript for whatever Node started npm.

import { resolve } from 'node:path';
import { runUnder } from '../packages/cli/bin/runtime.mjs';
import { bootstrap, checkout } from './bootstrap.mjs';
import { buildWeb } from './build-web.mjs';

async function main(args) {
  const web = args[0] === '--web';
  const [program, ...rest] = web ? args.slice(1) : args;
  if (program === undefined) {
    process.stderr.write('usage: node scripts/run.mjs [--web] PROGRAM ARGUMENTS…\n');
    return 2;
  }
  const runtime = await bootstrap();
  if (web) await buildWeb(runtime);
  return runUnder(runtime, [resolve(checkout, program), ...rest]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
