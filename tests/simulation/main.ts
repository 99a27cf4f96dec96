// `npm run simulate`: runs of the simulated world. A failure prints its seed and commit, what was broken, what happened
// last, and how to see it again.
import { parseArgs } from 'node:util';
import { commitName } from './commit.ts';
import { noPlant, type Plant, plants } from './plants.ts';
import { namedClusterSeeds, namedSeeds } from './seeds.ts';
import { type Outcome, simulate } from './world.ts';

const usage = `npm run simulate -- [--seed N] [--seeds COUNT] [--seconds S] [--gateways N] [--plant NAME] [--trace] [--list]

  --seed N       begin with this seed (default: drawn from the clock)
  --seeds COUNT  so many runs, each with the next seed (default 1 with --seed, else as many as the time allows)
  --seconds S    stop after so many seconds (default 60 without --seeds)
  --act S        let people act for so many simulated seconds (default: drawn, mostly a few)
  --gateways N   so many gateways and an owner of the log, over a store that is slow
  --plant NAME   plant a bug, and stop at the first run that catches it (at most 200 runs)
  --trace        print everything that happens
  --list         named seeds and bugs that can be planted`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    seconds: { type: 'string' },
    act: { type: 'string' },
    gateways: { type: 'string' },
    plant: { type: 'string' },
    trace: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Runs in which a planted bug must be caught. */
const plantedRuns = 200;
const lastLines = 40;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
// Whoever reads may have seen enough, as `head` has.
process.stdout.on('error', () => process.exit());

if (values.help) print(usage);
else if (values.list) list();
else process.exitCode = await run();

function list(): void {
  print('Named seeds:');
  for (const { seed, name } of namedSeeds) print(`  ${seed}  ${name}`);
  for (const { seed, gateways, name } of namedClusterSeeds) print(`  ${seed} --gateways ${gateways}  ${name}`);
  print('Bugs to plant:');
  for (const { name, says } of plants) print(`  ${name.padEnd(24)}${says}`);
}

async function run(): Promise<number> {
  const plant = values.plant === undefined ? noPlant : plants.find(({ name }) => name === values.plant);
  if (plant === undefined) {
    print(`There is no bug "${values.plant}" to plant. --list shows them.`);
    return 2;
  }
  const first = numberOf(values.seed) ?? (plant === noPlant ? Date.now() % 1_000_000_000 : 1);
  const count = numberOf(values.seeds) ?? (plant !== noPlant ? plantedRuns : values.seed === undefined ? Infinity : 1);
  if (values.seed === undefined) print(`seeds from ${first} on`);
  const seconds = numberOf(values.seconds) ?? (count === Infinity ? 60 : Infinity);
  return runSeeds(plant, first, count, seconds);
}

async function runSeeds(plant: Plant, first: number, count: number, seconds: number): Promise<number> {
  const startedAt = performance.now();
  const act = numberOf(values.act);
  const gateways = numberOf(values.gateways) ?? 0;
  const timing = act === undefined ? {} : { actMs: act * 1_000 };
  const total = { runs: 0, steps: 0, accepted: 0, longestMs: 0 };
  const faults = new Map<string, number>();
  for (let seed = first; seed < first + count && performance.now() - startedAt < seconds * 1_000; seed++) {
    const outcome = await simulate({
      seed,
      plant,
      gateways,
      ...timing,
      ...(values.trace && { print }),
    });
    total.runs++;
    total.steps += outcome.facts.steps;
    total.accepted += outcome.facts.accepted;
    total.longestMs = Math.max(total.longestMs, outcome.facts.convergedMs);
    for (const [name, times] of outcome.facts.faults) faults.set(name, (faults.get(name) ?? 0) + times);
    if (outcome.violation === null) continue;
    report(outcome, plant);
    if (plant === noPlant) return 1;
    print(`Caught in run ${total.runs} of at most ${count}.`);
    return 0;
  }
  const elapsed = (performance.now() - startedAt) / 1_000;
  print(
    `${total.runs} runs, seeds ${first}–${first + total.runs - 1}, in ${elapsed.toFixed(1)} s (${(total.runs / elapsed).toFixed(1)}/s)`,
  );
  print(
    `0 lost, 0 repeated of ${total.accepted} acknowledged; the same everywhere within ${total.longestMs / 1_000} s`,
  );
  for (const [name, times] of [...faults].sort(([one], [other]) => (one < other ? -1 : 1)))
    print(`  ${name}: ${times}`);
  if (plant === noPlant) return 0;
  print(`The planted bug "${plant.name}" was not caught.`);
  return 1;
}

function report({ seed, violation, digest, last, facts }: Outcome, plant: Plant): void {
  for (const line of last.slice(-lastLines)) print(line);
  print(`\nseed ${seed}, commit ${commitName()}, trace ${digest}`);
  print(`after ${(facts.simulatedMs / 1_000).toFixed(1)} s of simulated time and ${facts.steps} steps`);
  print(violation ?? '');
  const planted = plant === noPlant ? '' : ` --plant ${plant.name}`;
  const kind = values.gateways === undefined ? '' : ` --gateways ${values.gateways}`;
  const timed = values.act === undefined ? '' : ` --act ${values.act}`;
  print(`again: npm run simulate -- --seed ${seed}${kind}${timed}${planted} --trace`);
}

/** A number that was given. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${text} is no number`);
  return value;
}
