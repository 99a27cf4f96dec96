// Says how far this device has got (two ticks) and how far its person has read (blue). Watermarks only: the newest
// of each conversation, at most two a second, and again on the next connection when the last one may be lost.
import type { ConversationId, FrameDown, Read, Received } from '@parley/protocol';
import * as limits from './limits.ts';
import type { Clock } from './ports.ts';
import { reached } from './ranges.ts';
import type { Tables } from './tables.ts';

type Kind = 'received' | 'read';

interface Mark {
  seq: number;
  /** Newest that went out, and when; 0 before the first. */
  saidSeq: number;
  saidAt: number;
}

/** Sends watermarks. Only the leader has one. */
export class Receipts {
  readonly #send: (frame: Received | Read) => boolean;
  readonly #clock: Clock;
  readonly #marks = new Map<string, Mark & { readonly kind: Kind; readonly conversation: ConversationId }>();
  #stopTimer: (() => void) | null = null;
  /** What was said in the last turns of a timer, newest first: a clock may jump. */
  readonly #turns: Set<Mark>[] = [];
  #stopTurn: (() => void) | null = null;
  #stopDoubt: (() => void) | null = null;

  constructor(send: (frame: Received | Read) => boolean, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** Everything up to here is kept (`received`), or was seen (`read`). A lower one than before says nothing. */
  raise(kind: Kind, conversation: ConversationId, seq: number): void {
    const key = `${kind}/${conversation}`;
    const mark = this.#marks.get(key) ?? { kind, conversation, seq: 0, saidSeq: 0, saidAt: 0 };
    if (seq <= mark.seq) return;
    mark.seq = seq;
    // Newest last, so that the bound takes the longest untouched.
    this.#marks.delete(key);
    this.#marks.set(key, mark);
    if (this.#marks.size > limits.maxReceiptsRemembered) this.#forgetOldest();
    this.#flush();
  }

  /** Everything up to here is kept. Rooms have no second tick, and a message to oneself is no delivery. */
  deliver({ conversations }: Tables, id: ConversationId, seq: number): void {
    const kind = conversations.get(id)?.server.kind;
    if (kind === 'direct' || kind === 'group') this.raise('received', id, seq);
  }

  /** Says again what the server may not know yet; it says so itself when it does. */
  repeat(tables: Tables): void {
    for (const [id, read] of tables.reads)
      if ((tables.conversations.get(id)?.server.read ?? read.seq) < read.seq) this.raise('read', id, read.seq);
    for (const { id, delivered, read } of lastMarks(tables)) {
      this.deliver(tables, id, delivered);
      this.raise('read', id, read);
    }
  }

  /** A new connection: what was not said, or may have been lost, is said (again). */
  up(): void {
    this.#flush();
  }

  /** The connection is gone, perhaps with a server that has not kept what it heard last. */
  down(): void {
    this.#doubt(this.#turns);
  }

  /** Something without a name was refused for a while: it may have been one of those that were said just now. */
  onError({ id, ref, advice, retry_after_ms: afterMs = 0 }: FrameDown & { type: 'error' }): void {
    if (id !== undefined || ref !== undefined || (advice !== 'wait' && advice !== 'retry')) return;
    const pauseMs = Math.max(afterMs, limits.receiptPauseMs);
    this.#stopDoubt ??= this.#clock.after(pauseMs, () => {
      this.#stopDoubt = null;
      this.#doubt(this.#turns.slice(0, 2));
      this.#flush();
    });
  }

  /** After a restore seqs begin anew. */
  forget(conversation: ConversationId): void {
    this.#marks.delete(`received/${conversation}`);
    this.#marks.delete(`read/${conversation}`);
  }

  close(): void {
    this.#stopTimer?.();
    this.#stopTurn?.();
    this.#stopDoubt?.();
  }

  /** What was said in these turns counts as not said. */
  #doubt(turns: readonly ReadonlySet<Mark>[]): void {
    for (const turn of turns) for (const mark of turn) mark.saidSeq = 0;
  }

  #flush(): void {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const mark of this.#marks.values()) {
      if (mark.seq <= mark.saidSeq) continue;
      // A clock that jumped back must not hold a receipt for long.
      const due = Math.min(mark.saidAt + limits.receiptEveryMs, now + limits.receiptEveryMs);
      if (due > now && mark.saidSeq > 0) next = Math.min(next, due);
      else if (this.#say(mark)) this.#said(mark, now);
    }
    if (!Number.isFinite(next) || this.#stopTimer !== null) return;
    this.#stopTimer = this.#clock.after(next - now, () => {
      this.#stopTimer = null;
      this.#flush();
    });
  }

  #said(mark: Mark, now: number): void {
    mark.saidSeq = mark.seq;
    mark.saidAt = now;
    for (const turn of this.#turns) turn.delete(mark);
    if (this.#turns.length === 0) this.#turns.push(new Set());
    this.#turns[0]?.add(mark);
    this.#stopTurn ??= this.#clock.after(limits.receiptTurnMs, () => this.#turn());
  }

  /** What was said longer ago, and not since, is kept by now. */
  #turn(): void {
    this.#turns.unshift(new Set());
    this.#turns.length = Math.min(this.#turns.length, limits.receiptTurns + 1);
    const isOver = this.#turns.every((turn) => turn.size === 0);
    this.#stopTurn = isOver ? null : this.#clock.after(limits.receiptTurnMs, () => this.#turn());
  }

  #say({
    kind,
    conversation,
    seq,
  }: {
    readonly kind: Kind;
    readonly conversation: ConversationId;
    readonly seq: number;
  }) {
    return this.#send({ type: kind, conversation_id: conversation, seq });
  }

  /** What was said longest ago goes; the server has it. */
  #forgetOldest(): void {
    for (const [key, mark] of this.#marks) {
      if (mark.saidSeq < mark.seq && this.#marks.size <= 2 * limits.maxReceiptsRemembered) continue;
      this.#marks.delete(key);
      return;
    }
  }
}

/** How far this device has got where something happened last: what a server may have lost that crashed, or was restored. */
function lastMarks({ conversations, reads }: Tables) {
  const active = [...conversations].flatMap(([id, { last, floor, ranges, server }]) => {
    // Of what was cleared nobody knows any more when it happened.
    const { seq: delivered, storedAt: at } = last ?? { seq: floor, storedAt: 0 };
    if (delivered === 0 || delivered > reached(ranges)) return [];
    const read = Math.max(server.read, reads.get(id)?.seq ?? 0);
    return [{ id, at, delivered, read }];
  });
  return active.sort((one, other) => other.at - one.at).slice(0, limits.marksRepeated);
}
