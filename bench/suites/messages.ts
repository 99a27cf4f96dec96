// Rows 1a to 4: one-to-one messages, durable before the tick, checked for loss, repeats and order by the load generator.
import { perOne, spentUs } from '../cpu.ts';
import { type Measure, measure } from '../measure.ts';
import { type Bench, type Load, storeThreads } from '../parley.ts';

/** How long each run is measured. Seconds. */
export interface MessagesSize {
  readonly burst: number;
  readonly sustained: number;
  readonly latency: number;
  readonly warm: number;
}

/** The store may be behind by so much when a sustained run ends. Milliseconds. */
const maxLagMs = 5_000;
const saturated = ['--connections', '200', '--inflight', '8'];

export async function burst(bench: Bench, size: MessagesSize): Promise<Measure> {
  const parley = await bench.servers.shared();
  const load = await parley.load(bench.seeded.pairs, [...saturated, ...seconds(size.burst, size.warm)]);
  noteLoader(bench, load);
  // What the store has to do may lie behind the burst; its threads are not counted here but in row 1b.
  const us = spentUs(load.before, load.after, storeThreads);
  return measure('1a', rate(load), perOne(us, load.report.deliveries));
}

export async function sustained(bench: Bench, size: MessagesSize): Promise<Measure> {
  const parley = await bench.servers.shared();
  const load = await parley.load(bench.seeded.pairs, [...saturated, ...seconds(size.sustained, size.warm)]);
  noteLoader(bench, load);
  const end = performance.now();
  const us = await parley.spentUntilCaughtUp(load.before);
  const lagMs = performance.now() - end;
  if (lagMs > maxLagMs) throw new Error(`the store was ${Math.round(lagMs)} ms behind at the end`);
  return measure('1b', rate(load), perOne(us, load.report.deliveries));
}

export async function manyConnections(bench: Bench, size: MessagesSize): Promise<Measure> {
  const parley = await bench.servers.shared();
  const args = ['--connections', '4000', '--inflight', '2', ...seconds(size.burst, size.warm)];
  const load = await parley.load(bench.seeded.pairs, args);
  return measure('2', rate(load), perOne(spentUs(load.before, load.after), load.report.deliveries));
}

export async function withReceipts(bench: Bench, size: MessagesSize): Promise<Measure> {
  const parley = await bench.servers.shared();
  const load = await parley.load(bench.seeded.pairs, [...saturated, '--receipts', ...seconds(size.burst, size.warm)]);
  return measure('3', rate(load), perOne(spentUs(load.before, load.after), load.report.deliveries));
}

export async function latency(bench: Bench, size: MessagesSize): Promise<readonly Measure[]> {
  const parley = await bench.servers.shared();
  // What the rows before left to the store is their work; a message of this row must not wait behind it.
  await parley.storeCaughtUp();
  const at = (perSecond: string) => ['--mode', 'rate', '--connections', '1000', '--rate', perSecond];
  const fast = await parley.load(bench.seeded.pairs, [...at('8000'), ...seconds(size.latency, size.warm)]);
  const slow = await parley.load(bench.seeded.pairs, [...at('500'), ...seconds(size.latency, size.warm)]);
  const us = perOne(spentUs(fast.before, fast.after), fast.report.deliveries);
  return [
    measure('4', fast.report.p50_ms, us),
    measure('4-p99', fast.report.p99_ms, us),
    measure('4-slow', slow.report.p50_ms, perOne(spentUs(slow.before, slow.after), slow.report.deliveries)),
  ];
}

function seconds(measured: number, warm: number): readonly string[] {
  return ['--seconds', String(measured), '--warm', String(warm)];
}

function rate({ report }: Load): number {
  return report.deliveries / report.seconds;
}

/** The load generator's own cost, where it is driven hardest. */
function noteLoader(bench: Bench, { report }: Load): void {
  bench.loaderUs.worst = Math.max(bench.loaderUs.worst, report.loader_us);
}
