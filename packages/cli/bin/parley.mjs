#!/usr/bin/env node
// The `parley` command: finds the right Node, then runs the program. Plain JavaScript, because whatever Node the
// machine has reads it first. In a checkout it installs what is missing; installed from npm it never downloads.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isCurrent, noRuntimeAdvice, pinnedRuntime, runUnder, systemRuntime } from './runtime.mjs';

const main = new URL('../src/main.ts', import.meta.url);
const bootstrap = new URL('../../../scripts/bootstrap.mjs', import.meta.url);

async function findRuntime() {
  if (existsSync(bootstrap)) return (await import(bootstrap.href)).bootstrap();
  return pinnedRuntime(fileURLToPath(import.meta.url)) ?? systemRuntime();
}

const runtime = await findRuntime().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
if (runtime === null) {
  process.stderr.write(`${noRuntimeAdvice()}\n`);
  process.exit(1);
}
if (isCurrent(runtime)) {
  process.argv[1] = fileURLToPath(main);
  await (await import(main.href)).start();
} else {
  process.exitCode = await runUnder(runtime, [fileURLToPath(main), ...process.argv.slice(2)]);
}
