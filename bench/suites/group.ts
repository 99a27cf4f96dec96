// Row 7: one sender in a group of a thousand, every member connected; each message is stored once and delivered to all.
import { perOne, spentUs } from '../cpu.ts';
import { type Measure, measure } from '../measure.ts';
import type { Bench } from '../parley.ts';

/** How long it is measured. Seconds. */
export interface GroupSize {
  readonly seconds: number;
  readonly warm: number;
}

export async function group(bench: Bench, { seconds, warm }: GroupSize): Promise<Measure> {
  const parley = await bench.servers.shared();
  const args = ['--mode', 'group', '--inflight', '2', '--seconds', String(seconds), '--warm', String(warm)];
  const { report, before, after } = await parley.load(bench.seeded.group, args);
  return measure('7', report.deliveries / report.seconds, perOne(spentUs(before, after), report.deliveries));
}
