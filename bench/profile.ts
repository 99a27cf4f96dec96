// `npm run bench -- --profile`: where the main thread of the server spends its time while it is saturated, by part and by
// function. The same run as row 1a, with Node's own sampling switched on; that makes it some tenths slower.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { breakDown, type CpuProfile, type Share, type Span } from './cpu-profile.ts';
import { compileLoader } from './loader.ts';
import { believe, Servers } from './parley.ts';
import { seed } from './seed.ts';

const shownFunctions = 40;
const seconds = 8;
const limitMs = 5 * 60_000;

/** Saturates a server of its own in a folder below `work`, and prints the breakdown. */
export async function profile(work: string, say: (line: string) => void): Promise<void> {
  const compiled = await compileLoader();
  if ('missing' in compiled) throw new Error(compiled.missing);
  const folder = join(work, 'data');
  const { pairs } = await seed(folder, join(work, 'lists'), { people: 200, groupMembers: 2 });
  const profiles = join(work, 'profiles');
  const { span, perSecond } = await saturate({ folder, loader: compiled.path, pairs, profiles });
  const { busyUs, parts, functions } = breakDown(await mainProfile(profiles), span);
  const busy = Math.round((busyUs / (span.to - span.from)) * 100);
  say(
    `${Math.round(perSecond)} messages a second while it was sampled; the main thread was busy ${busy} % of the time.`,
  );
  say('\nBy part:');
  for (const share of parts) say(lineOf(share));
  say('\nBy function:');
  for (const share of functions.slice(0, shownFunctions)) say(lineOf(share));
}

interface Saturation {
  readonly folder: string;
  readonly loader: string;
  readonly pairs: string;
  readonly profiles: string;
}

/** Resolves to the span that was measured, once the server has written its profiles. */
async function saturate({
  folder,
  loader,
  pairs,
  profiles,
}: Saturation): Promise<{ readonly span: Span; readonly perSecond: number }> {
  const environment = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` };
  await using servers = new Servers(folder, loader, AbortSignal.timeout(limitMs), environment);
  const parley = await servers.shared();
  const run = parley.begin(pairs, [
    '--connections',
    '200',
    '--inflight',
    '8',
    '--warm',
    '4',
    '--seconds',
    `${seconds}`,
  ]);
  await run.said('measuring');
  const from = monotonicUs();
  await run.said('measured');
  const to = monotonicUs();
  const report = await run.report;
  believe(report);
  return { span: { from, to }, perSecond: report.deliveries / report.seconds };
}

/** The profile of the main thread: the largest of those of the process. */
async function mainProfile(folder: string): Promise<CpuProfile> {
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const [largest] = texts.toSorted((a, b) => b.length - a.length);
  if (largest === undefined) throw new Error('the server wrote no profile');
  return JSON.parse(largest) as CpuProfile;
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function lineOf({ name, share }: Share): string {
  return `${(share * 100).toFixed(1).padStart(5)} %  ${name}`;
}
