// Row 6: ten thousand messages were sent to somebody who was away; how long from connecting to having the last one.
import { cpuTimes, perOne, spentUs } from '../cpu.ts';
import { type Measure, measure } from '../measure.ts';
import { type Bench, believe } from '../parley.ts';

/** How many wait. */
export interface OfflineSize {
  readonly messages: number;
}

/** A pair that no other row uses, so that the conversation holds nothing else. */
const pair = 9_000;

export async function offline(bench: Bench, { messages }: OfflineSize): Promise<Measure> {
  const parley = await bench.servers.shared();
  const one = (skip: number) => ['--skip', String(skip), '--connections', '1'];
  const count = String(messages);
  await parley.load(bench.seeded.pairs, [...one(pair), '--mode', 'fill', '--count', count, '--inflight', '60']);
  await parley.storeCaughtUp();
  const before = cpuTimes(parley.pid);
  const report = await parley.begin(bench.seeded.pairs, [...one(pair + 1), '--mode', 'offline']).report;
  const us = spentUs(before, cpuTimes(parley.pid));
  believe(report);
  if (report.items < messages) throw new Error(`only ${report.items} of ${messages} messages came`);
  return measure('6', report.seconds * 1_000, perOne(us, report.items));
}
