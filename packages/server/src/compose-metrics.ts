// What the sequencer, the log and the directory count, as metrics that are read when they are asked for; and the size of
// the folder.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import type { Node } from './compose-node.ts';
import type { Directory } from './directory/directory.ts';
import type { Log } from './log/log.ts';

/** Adds the figures of one partition to `/metrics`. */
export function countSequencer(registry: Registry, { sequencer }: Node, log: Log): void {
  const { counters, rows } = sequencer;
  const figures: readonly (readonly [string, string, () => number])[] = [
    ['parley_log_end', 'Offset of the next record.', () => log.end(0)],
    ['parley_log_begin', 'Offset of the oldest record that is kept.', () => log.begin(0)],
    ['parley_sequencer_applied_offset', 'Newest applied record.', () => counters.appliedOffset],
    ['parley_store_committed_offset', 'Newest record in a transaction of the store.', () => counters.committedOffset],
    ['parley_store_safe_offset', 'Newest record that surely is on disk in the store.', () => counters.safeOffset],
    ['parley_records_accepted', 'Records that got a seq since the start.', () => counters.accepted],
    ['parley_records_rejected', 'Records with a final refusal since the start.', () => counters.rejected],
    ['parley_records_repeated', 'Records that had been there before, since the start.', () => counters.repeats],
    ['parley_records_faulty', 'Records that could not be applied, since the start.', () => counters.faults],
    [
      'parley_store_commit_failures',
      'Tries of a transaction that failed since the start.',
      () => counters.commitFailures,
    ],
    ['parley_overlay_bytes', 'Rows in memory that the store does not have yet.', () => rows.bytes],
  ];
  for (const [name, help, value] of figures) {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(value()) });
  }
}

/** Adds how many reports wait for an operator: the number alone. Where nobody can tell, it is no number. */
export function countReports(registry: Registry, { reports }: Pick<Directory, 'reports'>): void {
  const gauge: Gauge = new Gauge({
    name: 'parley_reports_open',
    help: 'Reports that wait for an operator.',
    registers: [registry],
    collect: async () => gauge.set(await reports.countOpen().catch(() => Number.NaN)),
  });
}

/** Bytes of all files below a folder. Files that go meanwhile count nothing. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
