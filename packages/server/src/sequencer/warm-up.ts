// Where reading the log begins, and what the identity window knows by then: of the last minute before the store's
// position what the log still has is read again, without effects. It must never begin beside the log: a hole between log
// and store stops the start, because it could only be filled by losing messages.
import { identityWindowMs, maxWindowGenerations, windowGenerationIds } from '../kernel/limits.ts';
import { Refused } from '../kernel/result.ts';
import type { Entry, Log, Offset, Partition } from '../log/log.ts';
import type { Applied } from '../store/store.ts';
import type { IdentityWindow } from './identity-window.ts';
import { DamagedRecord, decodeRecord } from './record-codec.ts';

/** The log and the store do not fit together. */
export class HistoryGap extends Refused {
  override name = 'HistoryGap';
}

/** What begins. */
export interface WarmUp {
  readonly log: Log;
  readonly partition: Partition;
  readonly applied: Applied | null;
  readonly window: IdentityWindow;
  readonly signal: AbortSignal;
}

/**
 * Fills the window and resolves to the offset after which reading begins.
 * @throws {HistoryGap} records are missing between store and log
 */
export async function warmUp({ log, partition, applied, window, signal }: WarmUp): Promise<Offset> {
  const begin = log.begin(partition);
  const end = log.end(partition);
  const after = applied !== null && applied.logId === log.id ? applied.offset : -1;
  if (after >= end)
    throw new HistoryGap(
      `The store knows ${after - end + 1} records that the log has lost. Restore a backup, or put the log back.`,
    );
  if (after + 1 < begin)
    throw new HistoryGap(
      `The log begins at ${begin} but the store ends at ${after}. Restore a backup, or put the store back.`,
    );
  if (after < 0) {
    window.startAt(Number.NEGATIVE_INFINITY);
    return after;
  }
  if (begin <= after) await fill({ log, partition, window, signal, begin, after });
  return after;
}

interface Span extends Omit<WarmUp, 'applied'> {
  readonly begin: Offset;
  readonly after: Offset;
}

async function fill(span: Span): Promise<void> {
  const { log, partition, window, signal, begin, after } = span;
  const last = await entryAt(span, after);
  if (last === null) return;
  // After a flood the window would forget the older ones again: they need not be read.
  const held = maxWindowGenerations * windowGenerationIds;
  const since = last.time - identityWindowMs;
  const first = await firstSince(span, since);
  const from = Math.max(first, after + 1 - held);
  // Else the record before it may have any time: the window then knows of what it is given, and of nothing else.
  if (from === 0) window.startAt(Number.NEGATIVE_INFINITY);
  else if (from === first && first > begin) window.startAt(since);
  for await (const batch of log.read(partition, from - 1, signal)) {
    for (const entry of batch) {
      if (entry.offset > after) return;
      remember(window, entry);
    }
    if ((batch.at(-1)?.offset ?? after) >= after) return;
  }
}

function remember(window: IdentityWindow, entry: Entry): void {
  try {
    const record = decodeRecord(entry.record);
    if (record.type !== 'control') window.add(record.id, entry.time);
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    if (error.identity !== null) window.add(error.identity.id, entry.time);
  }
}

/** Offset of the first kept record that is not older than `time`. Times rise with offsets. */
async function firstSince(span: Span, time: number): Promise<Offset> {
  let low = span.begin;
  let high = span.after;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const entry = await entryAt(span, middle);
    if (entry === null) return low;
    if (entry.time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function entryAt({ log, partition, signal }: Span, offset: Offset): Promise<Entry | null> {
  for await (const batch of log.read(partition, offset - 1, signal)) return batch[0] ?? null;
  return null;
}
