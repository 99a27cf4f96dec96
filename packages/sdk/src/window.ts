// Rows of one stretch of a conversation in memory, kept up by writes. Synchronous and without a store: what is
// loaded and what is written may come in any order, the result is the same. [TLN]
import type { ConversationId, MessageId } from '@parley/protocol';
import type { LocalWrite } from './ports.ts';
import type { FoldRow, MessageRow, OutboxRow } from './rows.ts';
import { type Placed, place, positionOf } from './timeline-rows.ts';

/** A confirmed record by seq, a leftover by id. */
export type RowKey = number | MessageId;

/** The stretch from `from` to `to`, both included; empty while `to` is below `from`. */
export class Window<View> {
  from = 1;
  to = 0;
  readonly rows = new Map<RowKey, Placed>();
  readonly #folds = new Map<number, Map<number, FoldRow>>();
  /** Views that are still good. */
  readonly made = new Map<RowKey, View>();
  /** Writes that came while rows were being read. */
  #meanwhile: LocalWrite[] | null = null;
  #sorted: readonly Placed[] | null = null;
  /** Which messages a row of the outbox is about to change. */
  readonly #targets = new Map<MessageId, readonly number[]>();

  constructor(outbox: Iterable<OutboxRow>) {
    for (const row of outbox) this.#applyOutbox(row.id, row);
  }

  /** Begins anew, empty, at a seq. */
  reset(from: number, to: number): void {
    this.rows.clear();
    this.#folds.clear();
    this.made.clear();
    this.#sorted = null;
    [this.from, this.to] = [from, to];
  }

  /** From here until `take`, writes are remembered: what is being read may be older than they are. */
  reading(): void {
    this.#meanwhile ??= [];
  }

  /** Puts in what was read, moves the edge, and applies what was written meanwhile. */
  take(
    rows: readonly Placed[],
    folds: readonly { readonly target: number; readonly fold: FoldRow }[],
    edge: { readonly from: number } | { readonly to: number },
  ): void {
    if ('from' in edge) this.from = edge.from;
    else this.to = edge.to;
    this.#sorted = null;
    for (const row of rows) {
      this.rows.set(keyOf(row), row);
      this.made.delete(keyOf(row));
    }
    for (const { target, fold } of folds) this.#fold(target, fold.seq, fold);
    const meanwhile = this.#meanwhile ?? [];
    this.#meanwhile = null;
    for (const write of meanwhile) this.#apply(write);
  }

  /** What was being read could not be read. */
  readNothing(): void {
    this.#meanwhile = null;
  }

  apply(writes: readonly LocalWrite[]): void {
    this.#meanwhile?.push(...writes);
    for (const write of writes) this.#apply(write);
  }

  folds(seq: number): readonly FoldRow[] {
    return [...(this.#folds.get(seq)?.values() ?? [])];
  }

  /** In the order in which they are shown. */
  sorted(): readonly Placed[] {
    this.#sorted ??= [...this.rows.values()].sort((a, b) => {
      const [x, y] = [positionOf(a), positionOf(b)];
      return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
    });
    return this.#sorted;
  }

  /** Lets go of the rows over `most`, at one end. True when there were some. */
  trim(end: 'older' | 'newer', most: number): boolean {
    const over = this.rows.size - most;
    if (over <= 0) return false;
    const sorted = this.sorted();
    for (const row of end === 'older' ? sorted.slice(0, over) : sorted.slice(-over)) {
      this.rows.delete(keyOf(row));
      this.made.delete(keyOf(row));
      this.#folds.delete(row.seq);
      if (end === 'older') this.from = Math.max(this.from, positionOf(row)[0] + 1);
      else this.to = Math.min(this.to, positionOf(row)[0] - 1);
    }
    this.#sorted = null;
    return true;
  }

  #apply(write: LocalWrite): void {
    const value = 'remove' in write ? null : write.value;
    switch (write.table) {
      case 'messages':
        this.#applyMessage(write, value as MessageRow | null);
        return;
      case 'folds': {
        const [, target, seq] = write.key as readonly [ConversationId, number, number];
        if (this.#holds(target)) this.#fold(target, seq, value as FoldRow | null);
        return;
      }
      case 'settings':
        this.made.delete(seqOf(String(write.key[0])));
        return;
      case 'outbox':
        this.#applyOutbox(write.key[2] as MessageId, value as OutboxRow | null);
        return;
      default:
    }
  }

  /** What is on its way changes how its targets look, until it is gone. */
  #applyOutbox(id: MessageId, row: OutboxRow | null): void {
    const targets = row === null ? (this.#targets.get(id) ?? []) : targetsOf(row);
    for (const target of targets) this.made.delete(target);
    if (row === null) this.#targets.delete(id);
    else if (targets.length > 0) this.#targets.set(id, targets);
  }

  #applyMessage(write: LocalWrite, row: MessageRow | null): void {
    const [, at, epoch, seq] = write.key as readonly [ConversationId, number, number?, number?];
    if (row !== null && !this.#holds(at)) return;
    const placed = row === null ? null : place(write.key, row);
    const key = placed !== null ? keyOf(placed) : seq === undefined ? at : this.#leftoverKey(epoch, seq);
    if (key === null) return;
    if (placed === null) this.rows.delete(key);
    else this.rows.set(key, placed);
    this.made.delete(key);
    this.#sorted = null;
  }

  #leftoverKey(epoch: number | undefined, seq: number): MessageId | null {
    for (const row of this.rows.values()) if (row.onlyHere === epoch && row.seq === seq) return row.id;
    return null;
  }

  #fold(target: number, seq: number, fold: FoldRow | null): void {
    const folds = this.#folds.get(target) ?? new Map<number, FoldRow>();
    if (fold === null) folds.delete(seq);
    else folds.set(seq, fold);
    this.#folds.set(target, folds);
    this.made.delete(target);
  }

  /** What is left over behind nothing at all belongs to the first. */
  #holds(seq: number): boolean {
    return (this.from <= seq && seq <= this.to) || (seq === 0 && this.from === 1);
  }
}

/** How a row is found again. */
export function keyOf(row: Placed): RowKey {
  return row.onlyHere === undefined ? row.seq : row.id;
}

function targetsOf({ targets, body, key }: OutboxRow): readonly number[] {
  const own = body !== null && 'target' in body ? [body.target] : [];
  return [...(targets ?? []), ...own, ...(key === undefined ? [] : [seqOf(key)])];
}

/** The message that a setting is about, such as a star; NaN for others. */
function seqOf(key: string): number {
  return Number(key.split('/')[2]);
}
