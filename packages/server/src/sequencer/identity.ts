// Is this record the first of its identity (conversation, sender, id)? The first one wins, and every later one gets
// its verdict again. Pure. It must never let a first attempt pass unasked when its twin could be out of sight.
import { firstAheadMs, firstBehindMs } from '../kernel/limits.ts';
import type { Entry, Offset } from '../log/log.ts';
import type { IdRow } from '../store/store.ts';
import type { IdentityWindow } from './identity-window.ts';
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
 * May an earlier record have had this identity? The frame of a first attempt may have waited on a dead line, for at most
 * `heldMs`, while its sender said the same over another gateway: a twin can be older than the stamp by that much. If the
 * window reaches back that far, it has seen it.
 * @param applied offset of the newest record of the conversation
 */
export function mayBeKnown(
  record: MessageRecord | MembersRecord,
  entry: Entry,
  applied: Offset | undefined,
  window: Pick<IdentityWindow, 'has' | 'completeFrom'>,
  heldMs: number,
): boolean {
  if (!record.first || isReplay(applied, entry)) return true;
  const behind = entry.time - record.stamp;
  if (behind < -firstAheadMs || behind > firstBehindMs) return true;
  const since = record.stamp - Math.max(firstAheadMs, heldMs);
  return since < window.completeFrom || window.has(record.id, since);
}
