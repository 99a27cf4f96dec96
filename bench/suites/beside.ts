// The peers on the rows that they can be compared on: 1a with messages of the same size, and 7 where they have groups.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuTimes, perOne, spentUs } from '../cpu.ts';
import { type LoaderReport, startLoader } from '../loader.ts';
import { type Measure, peerMeasure } from '../measure.ts';
import { believe } from '../parley.ts';
import { type Peer, peerPassword, type RunningPeer } from '../peers.ts';

/** How long each run is measured, and where files may be put. */
export interface BesideSize {
  readonly seconds: number;
  readonly warm: number;
  readonly loader: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const pairPeople = 200;
const groupPeople = 1_000;

/** All that this peer is measured for. */
export async function beside(peer: Peer, size: BesideSize): Promise<readonly Measure[]> {
  await using running = await peer.start(pairPeople);
  const { inflight, groups } = peer;
  const pairs = await listOf(peer, size.folder, pairPeople, (n) => `c_pair${n >> 1}`);
  const talk = await load(peer, running, size, ['--accounts', pairs, '--inflight', String(inflight)]);
  const measures = [peerMeasure('1a', peer, talk.perSecond, talk.cpuUs)];
  if (!groups) return measures;
  const all = await listOf(peer, size.folder, groupPeople, () => 'c_everybody');
  const crowd = await load(peer, running, size, ['--accounts', all, '--mode', 'group', '--inflight', '2']);
  return [...measures, peerMeasure('7', peer, crowd.perSecond, crowd.cpuUs)];
}

async function load(
  { dialect }: Peer,
  { pid, port }: RunningPeer,
  { loader, seconds, warm, signal }: BesideSize,
  args: readonly string[],
): Promise<{ readonly perSecond: number; readonly cpuUs: number | null }> {
  const time = ['--seconds', String(seconds), '--warm', String(warm)];
  const run = startLoader(loader, ['--port', String(port), '--dialect', dialect, ...time, ...args], signal);
  await run.said('measuring');
  const before = cpuTimes(pid);
  await run.said('measured');
  const after = cpuTimes(pid);
  const report: LoaderReport = await run.report;
  believe(report);
  return {
    perSecond: report.deliveries / report.seconds,
    cpuUs: perOne(spentUs(before, after), report.deliveries),
  };
}

/** A file for the load generator. The relays take "account.conversation" for a token. */
async function listOf(
  { name }: Peer,
  folder: string,
  people: number,
  conversationOf: (n: number) => string,
): Promise<string> {
  const path = join(folder, `${name}-${people}.txt`);
  const line = (n: number) => {
    const token = name === 'ejabberd' ? peerPassword : `p${n}.${conversationOf(n)}`;
    return `${token} p${n} ${conversationOf(n)}\n`;
  };
  await writeFile(path, Array.from({ length: people }, (_, n) => line(n)).join(''));
  return path;
}
