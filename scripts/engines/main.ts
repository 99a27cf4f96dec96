// `npm run engines`: starts the engines and says how one test of an adapter finds them. Ctrl-C ends them, also one that
// is pressed while they start, or twice.

import { startEngines } from './engines.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const stop = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.resolve());
// A promise alone keeps no process.
const wait = setInterval(() => {}, 60_000);
const engines = await startEngines(print);
for (const [name, reason] of Object.entries(engines.missing)) print(`${name}: not here, ${reason}`);
print(`PARLEY_TEST_ENGINES='${JSON.stringify(engines.found)}'`);
print('Give this to `node --test` in another window. Ctrl-C ends the engines.');
await stop.promise;
clearInterval(wait);
await engines.end();
