// `npm run engines`: starts the engines and says how one test of an adapter finds them. Ctrl-C ends them.

import { startEngines } from './engines.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const engines = await startEngines(print);
for (const [name, reason] of Object.entries(engines.missing)) print(`${name}: not here, ${reason}`);
print(`PARLEY_TEST_ENGINES='${JSON.stringify(engines.found)}'`);
print('Give this to `node --test` in another window. Ctrl-C ends the engines.');
await new Promise((resolve) => {
  const wait = setInterval(() => {}, 60_000);
  process.once('SIGINT', () => {
    clearInterval(wait);
    resolve(null);
  });
});
await engines.end();
