// Rows 5 and 10: ten thousand authenticated connections at once, what an idle one holds, and how fast all are back and
// caught up when everybody was cut off.
import { cpuTimes, perOne, residentKb, spentUs } from '../cpu.ts';
import { type Measure, measure } from '../measure.ts';
import { type Bench, believe } from '../parley.ts';

/**
 * How many connect, and how long they are idle before memory is read. Milliseconds. A thousand others are there before
 * them: what a server needs for anybody at all is not counted.
 */
export interface ConnectionsSize {
  readonly connections: number;
  readonly idleMs: number;
}

export async function connections(
  bench: Bench,
  { connections: count, idleMs }: ConnectionsSize,
): Promise<readonly Measure[]> {
  const parley = await bench.servers.fresh();
  const first = parley.begin(bench.seeded.pairs, ['--mode', 'storm', '--skip', '9000', '--connections', '1000']);
  await first.said('ready');
  const before = residentKb(parley.pid);
  const run = parley.begin(bench.seeded.pairs, ['--mode', 'storm', '--connections', String(count), '--warm', '1']);
  await run.said('ready');
  await pause(idleMs);
  const full = residentKb(parley.pid);
  run.proceed();
  await run.said('measuring');
  const started = cpuTimes(parley.pid);
  await run.said('measured');
  const us = perOne(spentUs(started, cpuTimes(parley.pid)), count);
  first.stop();
  run.stop();
  const report = await run.report;
  believe(report);
  const storm = measure('10', count / report.seconds, us);
  return before === null || full === null ? [storm] : [measure('5', (full - before) / count), storm];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
