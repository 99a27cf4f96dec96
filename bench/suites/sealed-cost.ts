// Row 17: what a sealed message costs the server beside a plain one with the same characters, in one run. The server
// refuses plain ones between people, so they go to a second one that differs in nothing but that refusal, on a folder
// seeded alike. The two take turns, so that what the machine does besides falls on both.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { perOne } from '../cpu.ts';
import { type Measure, measure } from '../measure.ts';
import { Servers } from '../parley.ts';
import { seed } from '../seed.ts';

/** How long each run is measured. Seconds. */
export interface SealedCostSize {
  readonly seconds: number;
  readonly warm: number;
}

/** What it is measured with. */
export interface SealedCostParts {
  /** An empty folder. */
  readonly work: string;
  readonly loader: string;
  readonly signal: AbortSignal;
}

interface Side {
  readonly servers: Servers;
  readonly pairs: string;
  readonly args: readonly string[];
}

const accepting = fileURLToPath(new URL('../accepting-plain.ts', import.meta.url));
const people = { people: 200, groupMembers: 2 } as const;
/** The first two warm both servers up and are not counted. */
const turns = ['sealed', 'plain', 'sealed', 'plain', 'plain', 'sealed'] as const;
const uncounted = 2;

export async function sealedCost(parts: SealedCostParts, { seconds, warm }: SealedCostSize): Promise<Measure> {
  await using opened = new AsyncDisposableStack();
  const sides: Readonly<Record<(typeof turns)[number], Side>> = {
    sealed: await side(parts, opened, 'sealed', []),
    plain: await side(parts, opened, 'plain', ['--plain']),
  };
  const spent = { sealed: 0, plain: 0 };
  for (const [n, turn] of turns.entries()) {
    const { servers, pairs, args } = sides[turn];
    const parley = await servers.shared();
    await parley.storeCaughtUp();
    const time = ['--inflight', '8', '--seconds', String(seconds), '--warm', String(warm)];
    const load = await parley.load(pairs, [...time, ...args]);
    const us = perOne(await parley.spentUntilCaughtUp(load.before), load.report.deliveries);
    if (us === null) throw new Error('this system does not say what a process spends');
    if (n >= uncounted) spent[turn] += us;
  }
  const counted = (turns.length - uncounted) / 2;
  return measure('17', spent.sealed / spent.plain, spent.sealed / counted);
}

async function side(
  { work, loader, signal }: SealedCostParts,
  opened: AsyncDisposableStack,
  name: keyof typeof environments,
  args: readonly string[],
): Promise<Side> {
  const folder = join(work, name);
  const { pairs } = await seed(folder, join(work, `${name}-lists`), people);
  return { servers: opened.use(new Servers(folder, loader, signal, environments[name])), pairs, args };
}

const environments = { sealed: {}, plain: { NODE_OPTIONS: `--import=${accepting}` } } as const;
