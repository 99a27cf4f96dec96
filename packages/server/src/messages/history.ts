// Pages of a conversation by seq, both ways. A page says which seqs it covers: one inside without an item is gone for
// this reader (hidden, cleared, said while it was not there; in rooms also expired). What was taken back meanwhile is
// told. Items are put together from bytes.
import { type AccountId, type ConversationId, type ErrorCode, limits as wire } from '@parley/protocol';
import type { Clock } from '../kernel/clock.ts';
import { maxRowsLookedAt } from '../kernel/limits.ts';
import { ok, type Result, refuse } from '../kernel/result.ts';
import { encodeEnvelope } from '../sequencer/envelope.ts';
import { blank } from '../store/blank.ts';
import type { MessageRow } from '../store/store.ts';
import { headFor, readableSpans, type Span, standingOf } from './access.ts';
import { denied, type LiveRows } from './parts.ts';
import type { Settings } from './settings.ts';

/** Which part of a conversation is asked for: upwards from `after`, else downwards from `before` or the head. */
export interface PageRequest {
  readonly conversation: ConversationId;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly limit?: number | undefined;
}

/** A page before it is put into words. `items` are envelopes in rising order. */
export interface HistoryPage {
  readonly conversation: ConversationId;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly head: number;
  readonly items: readonly Uint8Array[];
  readonly hasMore: boolean;
}

/** Room for the page's own fields. */
const headroomBytes = 1024;

/** Reads pages of history. */
export function createHistory(rows: LiveRows, settings: Settings, clock: Clock) {
  return async function page(account: AccountId, request: PageRequest): Promise<Result<HistoryPage, ErrorCode>> {
    const standing = await standingOf(rows, request.conversation, account);
    if (standing === null) return refuse(denied);
    const head = headFor(standing);
    const [spans, floor] = await Promise.all([
      readableSpans(rows, standing, account),
      settings.clearedUpTo(account, request.conversation),
    ]);
    const readable = spans
      .map((span) => ({ from: Math.max(span.from, floor + 1), to: Math.min(span.to, head) }))
      .filter((span) => span.from <= span.to);
    const now = clock.now();
    const isFor = (row: MessageRow) =>
      isIn(readable, row.seq) || (row.kind === 'delete' && targetsOf(row).some((target) => isIn(readable, target)));
    const shownOf = (row: MessageRow) => (isFor(row) && !row.hiddenFrom.includes(account) ? unexpired(row, now) : null);
    const limit = Math.min(request.limit ?? wire.defaultPageItems, wire.maxPageItems);
    const bounds = { head, readable, limit, shownOf };
    return ok(
      request.after === undefined ? await down(rows, request, bounds) : await up(rows, request, request.after, bounds),
    );
  };
}

/** Of what was said while the reader was away, perhaps very much, no page is made: it sees only what was taken back. */
async function up(
  rows: LiveRows,
  { conversation }: PageRequest,
  after: number,
  { head, readable, limit, shownOf }: Bounds,
): Promise<HistoryPage> {
  const lowest = readable[0]?.from ?? head + 1;
  const items: Uint8Array[] = [];
  let toSeq = Math.min(Math.max(after, lowest - 1), head);
  for (let looked = 0; looked < maxRowsLookedAt && items.length === 0 && toSeq < head; looked += limit) {
    const found = await rows.list('messages', { prefix: [conversation], after: [toSeq], before: [head + 1], limit });
    const last = fill(found, items, shownOf);
    const complete = last === found.length && found.length < limit;
    toSeq = complete ? head : (found[last - 1]?.seq ?? head);
  }
  return { conversation, fromSeq: after + 1, toSeq, head, items, hasMore: toSeq < head };
}

async function down(
  rows: LiveRows,
  { conversation, before }: PageRequest,
  { head, readable, limit, shownOf }: Bounds,
): Promise<HistoryPage> {
  const below = Math.min(before ?? head + 1, head + 1);
  const lowest = readable[0]?.from ?? below;
  const items: Uint8Array[] = [];
  let [fromSeq, hasMore] = [below, below > lowest];
  for (let looked = 0; looked < maxRowsLookedAt && items.length === 0 && hasMore; looked += limit) {
    const range = { prefix: [conversation], after: [lowest - 1], before: [fromSeq], limit, reverse: true };
    const found = await rows.list('messages', range);
    const last = fill(found, items, shownOf);
    fromSeq = found[last - 1]?.seq ?? lowest;
    hasMore = (last < found.length || found.length === limit) && fromSeq > lowest;
  }
  return { conversation, fromSeq: hasMore ? fromSeq : 1, toSeq: below - 1, head, items: items.reverse(), hasMore };
}

interface Bounds {
  readonly head: number;
  readonly readable: readonly Span[];
  readonly limit: number;
  /** The row as it is shown; null when it is gone for this reader. */
  readonly shownOf: (row: MessageRow) => MessageRow | null;
}

/** Encodes rows until the page is full; returns how many rows it covers. */
function fill(found: readonly MessageRow[], items: Uint8Array[], shownOf: Bounds['shownOf']): number {
  let room = wire.maxPageBytes - headroomBytes;
  for (const [at, row] of found.entries()) {
    const shown = shownOf(row);
    if (shown === null) continue;
    const item = encodeEnvelope(shown);
    room -= item.length + 1;
    if (room < 0 && items.length > 0) return at;
    items.push(item);
  }
  return found.length;
}

/** What has expired has no content, also before it was swept. If it was sealed, its hash is left, else nothing. */
function unexpired(row: MessageRow, now: number): MessageRow | null {
  if (row.expiresAt === null || row.expiresAt > now) return row;
  const gone = blank(row, 0);
  return gone.tail.length > 0 ? { ...gone, deletedBy: 0 } : null;
}

/** What a delete takes back. */
function targetsOf({ tail }: MessageRow): readonly number[] {
  return (JSON.parse(`{${Buffer.from(tail).toString()}}`) as { readonly targets?: readonly number[] }).targets ?? [];
}

function isIn(spans: readonly Span[], seq: number): boolean {
  return spans.some((span) => seq >= span.from && seq <= span.to);
}

/** A page as the `messages` frame. */
export function encodePage(page: HistoryPage, ref: string): Uint8Array {
  const head = Buffer.from(
    `{"type":"messages","ref":${JSON.stringify(ref)},"conversation_id":"${page.conversation}","from_seq":${page.fromSeq},"to_seq":${page.toSeq},` +
      `"head":${page.head},"has_more":${page.hasMore},"items":[`,
  );
  const pieces: Uint8Array[] = [head];
  for (const [at, item] of page.items.entries()) {
    if (at > 0) pieces.push(comma);
    pieces.push(item);
  }
  pieces.push(end);
  return Buffer.concat(pieces);
}

const comma = Buffer.from(',');
const end = Buffer.from(']}');
