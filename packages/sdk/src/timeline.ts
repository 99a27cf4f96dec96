// The window of one conversation on screen: confirmed messages by seq, then those on their way. It follows what is
// written to the store, so it is the same in every tab. It promises one order and no row twice; it must never show
// what is not kept. [TLN]
import type { ConversationId, MessageId } from '@parley/protocol';
import type { Timeline } from './api.ts';
import { ChatError } from './error.ts';
import { saidOf } from './fold.ts';
import * as limits from './limits.ts';
import { Derived } from './live.ts';
import { readOf } from './merge.ts';
import { type ViewContext, viewOfMessage, viewOfOutbox } from './message-view.ts';
import { Quotes } from './quotes.ts';
import { newest, type Range, rangeAt } from './ranges.ts';
import type { Batch } from './replica.ts';
import type { ConversationRow, OutboxRow } from './rows.ts';
import { floorOf } from './settings.ts';
import { type Looks, looksOf, relook, relookStars } from './timeline-looks.ts';
import { type Placed, readDown, readFolds, readUp } from './timeline-rows.ts';
import { readAnew, touches } from './timeline-writes.ts';
import { type Viewer, viewContext } from './view-context.ts';
import type { Edge, MessageView, ReplyView, TimelineView } from './views.ts';
import { keyOf, Window } from './window.ts';

/** What a timeline needs of the client around it. */
export interface TimelineDeps extends Viewer {
  /** Fetches a page; resolves when it is kept. Rejects with `client.unreachable` when it cannot be asked for. */
  readonly pull: (
    conversation: ConversationId,
    at: { readonly after?: number; readonly before?: number; readonly limit: number },
  ) => Promise<void>;
  /** What stands at a seq, for a reply; null when it is not on this device. */
  readonly quote: (conversation: ConversationId, seq: number) => Promise<ReplyView | null>;
}

/** Where to begin. */
export type TimelineStart = number | 'newest' | 'unread';

type Side = 'older' | 'newer';

/** One window. */
export class TimelineWindow implements Timeline {
  readonly #id: ConversationId;
  readonly #deps: TimelineDeps;
  readonly #view: Derived<TimelineView>;
  readonly #window: Window<MessageView | null>;
  readonly #quotes: Quotes;
  #pendingViews: ReadonlyMap<OutboxRow, MessageView | null> = new Map();
  readonly #stopBatches: () => void;
  readonly #onClose: () => void;
  readonly #edges: Record<Side, 'idle' | 'loading' | 'unreachable'> = { older: 'loading', newer: 'idle' };
  /** Shows the newest and stays there. */
  #following = true;
  #firstUnread: number | null = null;
  #looks: Looks;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(id: ConversationId, deps: TimelineDeps, start: TimelineStart, count: number, onClose: () => void) {
    this.#id = id;
    this.#onClose = onClose;
    this.#deps = deps;
    this.#view = new Derived(() => this.#make());
    this.#window = new Window(deps.replica.tables.outboxOf.get(id)?.values() ?? []);
    this.#quotes = new Quotes(
      (seq) => deps.quote(id, seq),
      (seq) => this.#requoted(seq),
    );
    this.#looks = this.#look();
    this.#stopBatches = deps.replica.onBatch((batch) => this.#onBatch(batch));
    this.#inBackground(() => this.#begin(start, count));
  }

  get snapshot(): TimelineView {
    return this.#view.snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#view.subscribe(listener);
  }

  loadOlder(count: number = limits.windowRows): Promise<void> {
    return this.#run(() => this.#load('older', count));
  }

  loadNewer(count: number = limits.windowRows): Promise<void> {
    return this.#run(() => this.#load('newer', count));
  }

  jumpTo(seq: number): Promise<void> {
    return this.#run(() => this.#jumpTo(seq, limits.windowRows));
  }

  jumpToNewest(): Promise<void> {
    return this.#run(() => this.#newest(limits.windowRows));
  }

  close(): void {
    this.#closed = true;
    this.#stopBatches();
    this.#onClose();
  }

  /** One load at a time, in the order asked. */
  #run(load: () => Promise<void>): Promise<void> {
    const work = this.#work.then(async () => {
      if (this.#closed) throw new ChatError('client.closed');
      await load();
    });
    this.#work = work.catch(() => this.#changed());
    return work;
  }

  /** A load that nobody waits for: that it failed shows at the edge. */
  #inBackground(load: () => Promise<void>): void {
    this.#run(load).catch(() => {
      this.#edges.older = 'unreachable';
      this.#changed();
    });
  }

  async #begin(start: TimelineStart, count: number): Promise<void> {
    const row = this.#row();
    const read = row === null ? 0 : readOf(row, this.#deps.replica.tables.reads.get(this.#id) ?? null).seq;
    const unread = row !== null && read > 0 && read < row.head;
    if (typeof start === 'number') await this.#jumpTo(start, count);
    else if (start === 'unread' && unread && row.head - read > count / 2) await this.#jumpTo(read + 1, count);
    else await this.#newest(count);
    const isUnread = (one: Placed) => one.seq > read && one.kind === 'content' && one.sender !== this.#deps.me;
    this.#firstUnread = unread ? (this.#window.sorted().find(isUnread)?.seq ?? null) : null;
    this.#changed();
  }

  async #newest(count: number): Promise<void> {
    this.#following = true;
    if (this.#tail() === null) await this.#first(count);
    const tail = this.#tail();
    this.#window.reset(tail === null ? 1 : tail[1] + 1, tail === null ? 0 : tail[1]);
    if (tail !== null) await this.#load('older', count);
    else await this.#leftovers();
    this.#changed();
  }

  /** Nothing is here yet of a conversation that has something: what somebody looks at does not wait for all the others. */
  async #first(count: number): Promise<void> {
    const row = this.#row();
    if (row === null || !row.fresh || row.head === 0) return;
    // Without a connection it comes with the rest.
    await this.#deps.pull(this.#id, { limit: count }).catch(() => {});
  }

  /** The server knows nothing of this conversation (any more): what only this device has is all there is. */
  async #leftovers(): Promise<void> {
    this.#edges.older = 'idle';
    if ((this.#row()?.leftovers.length ?? 0) === 0) return;
    this.#window.reading();
    const rows = await readUp(this.#deps.replica.store, this.#id, { from: 1, to: 0, limit: limits.maxLeftovers });
    this.#window.take(rows, [], { to: 0 });
  }

  async #jumpTo(seq: number, count: number): Promise<void> {
    if (this.#window.from <= seq && seq <= this.#window.to) return;
    const half = Math.ceil(count / 2);
    if (this.#rangeAt(seq) === null)
      await this.#deps.pull(this.#id, { after: Math.max(0, seq - half - 1), limit: count });
    if (this.#rangeAt(seq) === null) throw new ChatError('message.unknown');
    this.#following = false;
    this.#window.reset(seq, seq - 1);
    await this.#load('newer', half);
    await this.#load('older', half);
  }

  /** Moves an edge until `count` more messages are seen, or there is nothing more. */
  async #load(side: Side, count: number): Promise<void> {
    this.#edges[side] = 'loading';
    this.#changed();
    try {
      let shown = 0;
      for (let round = 0; shown < count && round < limits.maxLoadRounds && !this.#atEnd(side); round++) {
        const next = side === 'older' ? this.#window.from - 1 : this.#window.to + 1;
        const range = this.#rangeAt(next);
        if (range !== null) shown += await this.#extend(side, range, count);
        else if (!(await this.#pull(side, next, count))) break;
      }
      this.#edges[side] = 'idle';
    } catch (error) {
      this.#window.readNothing();
      this.#edges[side] = 'unreachable';
      throw error;
    } finally {
      if (this.#window.trim(side === 'older' ? 'newer' : 'older', limits.maxWindowRows)) this.#following = false;
      if (side === 'newer') this.#following = this.#atEnd('newer');
      this.#changed();
    }
  }

  /** Asks for the page beyond the edge. False when nothing came of it: there is nothing, or not for us. */
  async #pull(side: Side, next: number, count: number): Promise<boolean> {
    const limit = Math.max(count, limits.windowRows);
    await this.#deps.pull(this.#id, side === 'older' ? { before: next + 1, limit } : { after: next - 1, limit });
    return this.#rangeAt(next) !== null;
  }

  /** Reads beyond the edge from the store; resolves to how many of the rows are seen. */
  async #extend(side: Side, range: Range, limit: number): Promise<number> {
    const { store } = this.#deps.replica;
    this.#window.reading();
    const up = side === 'newer';
    const from = up ? this.#window.to + 1 : Math.max(range[0], this.#floor() + 1);
    const to = up ? range[1] : this.#window.from - 1;
    const rows = await (up ? readUp : readDown)(store, this.#id, { from, to, limit });
    const seqs = rows.map((row) => row.behind ?? row.seq);
    const part = {
      from: up || rows.length < limit ? from : Math.max(from, Math.min(...seqs)),
      to: up && rows.length >= limit ? Math.max(...seqs) : to,
    };
    const folds = await readFolds(store, this.#id, part);
    this.#window.take(rows, folds, up ? { to: part.to } : { from: part.from });
    const context = this.#context();
    return context === null ? 0 : rows.filter((row) => viewOfMessage(row, context) !== null).length;
  }

  async #readAnew(): Promise<void> {
    await readAnew(this.#window, this.#deps.replica.store, this.#id);
    this.#changed();
  }

  #onBatch(batch: Batch): void {
    const mine = batch.writes.filter((write) => touches(write, this.#id));
    // The setting for which something on its way stood may have been there already, or another one.
    const mayRestar = batch.writes.some(({ table }) => table === 'outbox');
    if (mayRestar && relookStars(this.#window, (seq) => this.#deps.settings.starred(this.#id, seq))) this.#changed();
    if (mine.length === 0) return;
    const tail = this.#tail();
    if (this.#following && tail !== null && tail[1] > this.#window.to) this.#follow(tail);
    this.#window.apply(mine);
    if (batch.anew) this.#inBackground(() => this.#readAnew());
    // All that was here is cut away: what is left of it stands behind the end, further down.
    if ((tail?.[1] ?? 0) < this.#window.from - 1) this.#inBackground(() => this.#newest(limits.windowRows));
    this.#relook();
    for (const write of mine) this.#quotes.apply(write);
    // Not while older ones are being read: they go on from what would be let go.
    if (this.#following && this.#edges.older !== 'loading') this.#window.trim('older', limits.maxWindowRows);
    this.#changed();
  }

  #relook(): void {
    const before = this.#looks;
    this.#looks = this.#look();
    relook(this.#window, before, this.#looks);
  }

  #follow([from, to]: Range): void {
    const window = this.#window;
    const empty = window.to < window.from && window.rows.size === 0;
    if (from <= window.to + 1) window.to = to;
    else if (empty && from >= window.from) [window.from, window.to] = [from, to];
    // A hole that is too large to be filled: the window begins anew at the newest.
    else this.#inBackground(() => this.#newest(limits.windowRows));
  }

  #make(): TimelineView {
    const context = this.#context();
    if (context === null) return { items: [], older: 'end', newer: 'end', firstUnreadSeq: null };
    const items: MessageView[] = [];
    const floor = this.#floor();
    const { settings } = this.#deps;
    for (const row of this.#window.sorted()) {
      const key = keyOf(row);
      let view = this.#window.made.get(key);
      if (view === undefined) {
        view = viewOfMessage(row, context);
        this.#window.made.set(key, view);
      }
      if (view === null || (view.seq !== null && (view.seq <= floor || settings.hidden(this.#id, view.seq)))) continue;
      items.push(view);
    }
    if (this.#atEnd('newer')) items.push(...this.#pending(context, new Set(items.map((item) => item.id))));
    // Nothing is known yet of a conversation that has something.
    const unknown = this.#tail() === null && context.conversation.head > 0;
    return {
      items,
      older: unknown ? 'loading' : this.#edge('older'),
      newer: this.#edge('newer'),
      firstUnreadSeq: this.#firstUnread,
    };
  }

  #edge(side: Side): Edge {
    if (this.#atEnd(side)) return 'end';
    const state = this.#edges[side];
    return state === 'idle' ? 'more' : state;
  }

  #pending(context: ViewContext, shown: ReadonlySet<MessageId>): readonly MessageView[] {
    const rows = [...(this.#deps.replica.tables.outboxOf.get(this.#id)?.values() ?? [])]
      .filter((row) => !shown.has(row.id))
      .sort((a, b) => a.lamport - b.lamport || (a.id < b.id ? -1 : 1));
    const before = this.#pendingViews;
    // A row that is not replaced looks as it did.
    this.#pendingViews = new Map(rows.map((row) => [row, before.get(row) ?? viewOfOutbox(row, context)]));
    return [...this.#pendingViews.values()].filter((view) => view !== null);
  }

  #context(): ViewContext | null {
    const parts = { folds: (seq: number) => this.#window.folds(seq), quote: (seq: number) => this.#quotes.of(seq) };
    return viewContext(this.#deps, this.#id, parts);
  }

  /** What a reply answers looks different: the replies are made anew. */
  #requoted(seq: number): void {
    for (const [key, { body }] of this.#window.rows) if (saidOf(body)?.reply_to === seq) this.#window.made.delete(key);
    this.#pendingViews = new Map();
    this.#changed();
  }

  #changed(): void {
    if (!this.#closed) this.#view.stale();
  }

  #look(): Looks {
    const { outboxOf, members } = this.#deps.replica.tables;
    return looksOf(this.#row(), outboxOf.get(this.#id)?.values() ?? [], members.get(this.#id));
  }

  #row(): ConversationRow | null {
    return this.#deps.replica.tables.conversations.get(this.#id) ?? null;
  }

  #rangeAt(seq: number): Range | null {
    return rangeAt(this.#row()?.ranges ?? [], seq);
  }

  #tail(): Range | null {
    return newest(this.#row()?.ranges ?? []);
  }

  #floor(): number {
    const row = this.#row();
    return row === null ? 0 : floorOf(row, this.#deps.settings);
  }

  #atEnd(side: Side): boolean {
    if (side === 'older') return this.#window.from <= this.#floor() + 1;
    const tail = this.#tail();
    return tail === null || this.#window.to >= tail[1];
  }
}
