// `npm run chaos`: a cluster of real processes and engines under load, and everything that may happen to it, for as long as
// you like. Where it may have a network of its own every process is a host that can be cut off. Ends with 1 when anything
// acknowledged is lost, repeated or out of order, or when people waited too long.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { inside, isInside, missingNetworks } from '../tests/cluster/hosts.ts';
import { allFaults, runChaos } from '../tests/cluster/run-chaos.ts';
import { missingForCluster } from './cluster/engines.ts';
import { endWithPrograms } from './program.ts';

const usage = `npm run chaos -- [--only NAME,…] [--rounds N] [--minutes N] [--seed N] [--list]

  --only NAME,…  only these, in this order
  --rounds N     everything so often (default 1); the second round and later ones in an order of chance
  --minutes N    as many rounds as begin within this time
  --seed N       of that order (default: drawn from the clock)
  --list         what can happen`;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
// What is stuck would keep it alive.
process.exit(await main());

async function main(): Promise<number> {
  if (values.help) return said(usage, 0);
  if (values.list) return said(allFaults.map(({ id, name }) => `${id.padEnd(24)}${name}`).join('\n'), 0);
  const ids = values.only?.split(',') ?? allFaults.map(({ id }) => id);
  const unknown = ids.filter((each) => !allFaults.some(({ id }) => id === each));
  if (unknown.length > 0) return said(`Nothing is called ${unknown.join(', ')}. --list shows what can happen.`, 2);
  const [rounds, minutes, seed] = [values.rounds, values.minutes, values.seed].map((text) =>
    Number(text ?? Number.NaN),
  );
  const faults = ids.map((each) => allFaults.find(({ id }) => id === each)).filter((fault) => fault !== undefined);
  if (!isInside()) {
    // Nothing can be installed from within a network of its own.
    const missing = [...(await missingForCluster())];
    for (const { id, missing: missingFor } of faults) {
      const reason = (await missingFor?.()) ?? null;
      if (reason !== null) missing.push(`${reason}, which ${id} needs (--only picks others)`);
    }
    if (missing.length > 0) return said(`A cluster cannot run here: ${missing.join('; ')}`, 1);
    const reason = await missingNetworks();
    if (reason === null) return runInside();
    print(`On loopback, where nothing can be cut off: ${reason}`);
  }
  endWithPrograms();
  return runChaos({
    faults,
    rounds: rounds || (minutes ? Number.POSITIVE_INFINITY : 1),
    minutes: minutes || Number.POSITIVE_INFINITY,
    seed: Number.isNaN(seed) ? Date.now() % 1_000_000 : (seed ?? 0),
    say: print,
  });
}

function said(text: string, code: number): number {
  print(text);
  return code;
}

/** The same once more, in a network of its own. It gets the terminal and its signals. */
function runInside(): Promise<number> {
  const { command, args, env } = inside([process.execPath, ...process.argv.slice(1)]);
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(said(error.message, 1)));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
