// The newest 50 rows of active conversations, so that opening a chat does not ask the store. A conversation becomes
// active when its newest page is read; from then on it follows what the store commits, until then the overlay has the
// newest rows. It is never needed for correctness, and must never hold the content of a row that was blanked.
import type { ConversationId } from '@parley/protocol';
import { maxTailBytes, tailRows } from '../kernel/limits.ts';
import type { MessageRow } from '../store/store.ts';

/** Estimated bytes of a row beside its tail. */
const rowBytes = 256;

interface Tail {
  /** Dense, rising seqs, at most 50. */
  rows: readonly MessageRow[];
  bytes: number;
}

/** Least recently used conversations go first. */
export class TailCache {
  readonly #maxBytes: number;
  /** In order of use, the longest ago first. */
  readonly #tails = new Map<ConversationId, Tail>();
  #bytes = 0;

  constructor(maxBytes = maxTailBytes) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(conversation: ConversationId, seq: number): MessageRow | undefined {
    const rows = this.#tails.get(conversation)?.rows;
    const first = rows?.[0];
    return first === undefined ? undefined : rows?.[seq - first.seq];
  }

  /** Somebody reads this conversation: it stays longer. */
  touch(conversation: ConversationId): void {
    const tail = this.#tails.get(conversation);
    if (tail === undefined) return;
    this.#tails.delete(conversation);
    this.#tails.set(conversation, tail);
  }

  /** The newest page was read: dense, rising rows up to the head, as they stand now. */
  activate(conversation: ConversationId, rows: readonly MessageRow[]): void {
    this.#put(conversation, compact(rows.slice(-tailRows)));
  }

  /** The store has committed these rows, dense and rising, and these changes of older ones. */
  follow(conversation: ConversationId, rows: readonly MessageRow[], changed: Iterable<MessageRow>): void {
    const held = this.#tails.get(conversation)?.rows;
    if (held === undefined) return;
    const joined = join(held, compact(rows.slice(-tailRows)));
    for (const row of changed) replace(joined, row);
    this.#put(conversation, joined.slice(-tailRows));
  }

  /** Forgets conversations that hold a row whose time is over. */
  forgetExpired(time: number): void {
    for (const [conversation, { rows }] of this.#tails)
      if (rows.some((row) => row.expiresAt !== null && row.expiresAt < time)) this.#put(conversation, []);
  }

  #put(conversation: ConversationId, rows: readonly MessageRow[]): void {
    this.#bytes -= this.#tails.get(conversation)?.bytes ?? 0;
    this.#tails.delete(conversation);
    if (rows.length === 0) return;
    const bytes = rows.reduce((sum, row) => sum + rowBytes + row.tail.length, 0);
    this.#tails.set(conversation, { rows, bytes });
    this.#bytes += bytes;
    for (const [oldest, tail] of this.#tails) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#tails.delete(oldest);
      this.#bytes -= tail.bytes;
    }
  }
}

/** `held` with `rows` on top; rows that both have are those of `rows`. */
function join(held: readonly MessageRow[], rows: readonly MessageRow[]): MessageRow[] {
  const first = rows[0]?.seq;
  const last = rows.at(-1)?.seq;
  const heldFirst = held[0]?.seq;
  const heldLast = held.at(-1)?.seq;
  if (first === undefined || last === undefined) return [...held];
  if (heldFirst === undefined || heldLast === undefined) return [...rows];
  if (first > heldLast + 1) return [...rows];
  if (last < heldFirst - 1) return [...held];
  const below = held.filter((row) => row.seq < first);
  const above = held.filter((row) => row.seq > last);
  return [...below, ...rows, ...above];
}

function replace(rows: MessageRow[], row: MessageRow): void {
  const at = row.seq - (rows[0]?.seq ?? Number.POSITIVE_INFINITY);
  if (at >= 0 && at < rows.length) rows[at] = row;
}

/** The rows with their tails in one buffer of their own, so that they keep nothing else alive. */
function compact(rows: readonly MessageRow[]): readonly MessageRow[] {
  const bytes = new Uint8Array(rows.reduce((sum, row) => sum + row.tail.length, 0));
  let at = 0;
  return rows.map((row) => {
    bytes.set(row.tail, at);
    at += row.tail.length;
    return { ...row, tail: bytes.subarray(at - row.tail.length, at) };
  });
}
