// Is this record the first of its identity (conversation, sender, id)? The first one wins, and every later one gets
// its verdict again. `IdentityWindow` remembers which ids were seen of late, so that a first attempt need not ask
// the id table. It must never say "not seen" of an id that the window's time covers.
import type { MessageId } from '@parley/protocol';
import {
  firstAheadMs,
  firstBehindMs,
  identityWindowMs,
  maxWindowGenerations,
  windowGenerationIds,
  windowGenerationMs,
} from '../kernel/limits.ts';
import type { Entry, Offset } from '../log/log.ts';
import type { IdRow } from '../store/store.ts';
import type { MembersRecord, MessageRecord, Verdict } from './record.ts';
import type { Identity } from './record-codec.ts';
import { type Effects, unchanged, type View } from './view.ts';

/**
 * The effects of a record whose identity has a verdict already, else null.
 * Another log's rows are always past. A row of this very offset means that the record is applied again: when the
 * conversation has passed it, it is skipped but its identity is remembered, else it is applied as it was.
 */
export function pastVerdict(view: View, entry: Entry, identity: Identity): Effects | null {
  const row = view.id(identity.conversation, identity.sender, identity.id);
  if (row === undefined) return null;
  if (row.logId !== view.logId || row.offset < entry.offset) return unchanged(verdictOf(row, true));
  if (!isReplay(view.conversation(identity.conversation)?.offset, entry)) return null;
  if (row.offset > entry.offset) return unchanged(verdictOf(row, true));
  return { ...unchanged(verdictOf(row, false)), id: row };
}

/** The verdict that an id row stores. */
export function verdictOf(row: IdRow, repeat: boolean): Verdict {
  return row.seq > 0 ? { state: 'accepted', seq: row.seq, repeat } : { state: 'rejected', code: row.code, repeat };
}

function isReplay(applied: Offset | undefined, entry: Entry): boolean {
  return applied !== undefined && entry.offset <= applied;
}

/**
 * May the id table have a row of this record that is not in memory? A first attempt, appended in time after it was
 * stamped, can only have twins that were appended after the stamp: if the window reaches back that far, it knows.
 * @param completeFrom log time from which the window has every id
 */
export function mayBeKnown(
  record: MessageRecord | MembersRecord,
  entry: Entry,
  applied: Offset | undefined,
  completeFrom: number,
): boolean {
  if (!record.first || isReplay(applied, entry)) return true;
  const behind = entry.time - record.stamp;
  if (behind < -firstAheadMs || behind > firstBehindMs) return true;
  return record.stamp - firstAheadMs < completeFrom;
}

interface Generation {
  readonly ids: Set<MessageId>;
  readonly from: number;
  newest: number;
}

/** Which ids the log has shown of late, in generations that are forgotten whole. */
export class IdentityWindow {
  /** Newest first. */
  readonly #generations: Generation[] = [];
  #completeFrom: number;

  /** @param completeFrom log time from which every id will be added */
  constructor(completeFrom: number) {
    this.#completeFrom = completeFrom;
  }

  /** Log time from which no id is missing. */
  get completeFrom(): number {
    return this.#completeFrom;
  }

  /** Ids that are remembered. */
  get size(): number {
    return this.#generations.reduce((sum, generation) => sum + generation.ids.size, 0);
  }

  has(id: MessageId): boolean {
    for (const generation of this.#generations) if (generation.ids.has(id)) return true;
    return false;
  }

  /** Remembers an id of log time `time`, which never falls. */
  add(id: MessageId, time: number): void {
    let current = this.#generations[0];
    if (current === undefined || current.ids.size >= windowGenerationIds || time - current.from >= windowGenerationMs) {
      current = { ids: new Set(), from: time, newest: time };
      this.#generations.unshift(current);
      this.#forget(time);
    }
    current.ids.add(id);
    current.newest = time;
  }

  #forget(time: number): void {
    for (;;) {
      const oldest = this.#generations.at(-1);
      if (oldest === undefined) return;
      const old = oldest.newest < time - identityWindowMs;
      if (!old && this.#generations.length <= maxWindowGenerations) return;
      this.#generations.pop();
      this.#completeFrom = Math.max(this.#completeFrom, oldest.newest + 1);
    }
  }
}
