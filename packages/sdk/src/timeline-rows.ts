// Reads of one conversation from the store, for timelines, history and search. Bounds are seqs, both included.
import type { ConversationId } from '@parley/protocol';
import { maxInteger } from '@parley/protocol/limits';
import * as limits from './limits.ts';
import type { LocalKey, LocalStore } from './ports.ts';
import type { FoldRow, MessageRow } from './rows.ts';

/** Newest first: about `limit` records from `from` to `to`, each with all the leftovers behind it. */
export async function readDown(
  store: LocalStore,
  id: ConversationId,
  at: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<readonly Placed[]> {
  const bounds = { prefix: [id], after: below(id, at.from), before: [id, at.to + 1] };
  const rows = (await store.list('messages', { ...bounds, limit: at.limit, reverse: true })).map(placed);
  const last = rows.at(-1);
  if (rows.length < at.limit || last?.behind === undefined) return rows;
  // It ends among the leftovers behind a message.
  const whole = await behindOf(store, id, last.behind);
  return [...rows.filter((row) => row.behind !== last.behind), ...[...whole].reverse()];
}

/** Oldest first. */
export async function readUp(
  store: LocalStore,
  id: ConversationId,
  at: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<readonly Placed[]> {
  const bounds = { prefix: [id], after: below(id, at.from), before: [id, at.to + 1] };
  const rows = (await store.list('messages', { ...bounds, limit: at.limit })).map(placed);
  const last = rows.at(-1);
  if (rows.length < at.limit || last === undefined) return rows;
  const seq = last.behind ?? last.seq;
  return [...rows.filter((row) => (row.behind ?? row.seq) !== seq), ...(await behindOf(store, id, seq))];
}

/** The message at a seq, if there is one, and the leftovers behind it. */
async function behindOf(store: LocalStore, id: ConversationId, seq: number): Promise<readonly Placed[]> {
  return (await store.list('messages', { prefix: [id, seq], limit: limits.maxLeftovers + 1 })).map(placed);
}

function placed({ key, value }: { readonly key: LocalKey; readonly value: unknown }): Placed {
  return place(key, value as MessageRow);
}

/** Everything that was done to the messages from `from` to `to`. */
export async function readFolds(
  store: LocalStore,
  id: ConversationId,
  at: { readonly from: number; readonly to: number },
): Promise<readonly { readonly target: number; readonly fold: FoldRow }[]> {
  const folds: { readonly target: number; readonly fold: FoldRow }[] = [];
  let after: LocalKey = below(id, at.from);
  for (;;) {
    const rows = await store.list('folds', { prefix: [id], after, before: [id, at.to + 1], limit: limits.loadRows });
    for (const { key, value } of rows) folds.push({ target: key[1] as number, fold: value as FoldRow });
    after = rows.at(-1)?.key ?? after;
    if (rows.length < limits.loadRows || folds.length >= limits.maxFoldsRead) return folds;
  }
}

/** Key right below everything that belongs to `seq`; leftovers behind the seq before it stay out. */
function below(id: ConversationId, seq: number): LocalKey {
  return seq <= 1 ? [id, 0] : [id, seq - 1, maxInteger];
}

/** Where a row is shown: at its seq, or behind one. */
export function positionOf(row: MessageRow): readonly [number, number, number] {
  const behind = (row as Placed).behind;
  return behind === undefined ? [row.seq, 0, 0] : [behind, row.onlyHere ?? 0, row.seq];
}

/** A leftover with the place that its key has. */
export type Placed = MessageRow & { readonly behind?: number };

/** Gives a leftover the place that stands in its key. */
export function place(key: LocalKey, row: MessageRow): Placed {
  return key.length > 2 ? { ...row, behind: key[1] as number } : row;
}
