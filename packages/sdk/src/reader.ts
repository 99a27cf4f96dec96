// Messages as views outside of a timeline: one by its seq, a page of history, what has just come in, what a reply
// answers. Reads the store; never the server.
import type { ConversationId } from '@parley/protocol';
import { lineFile, lineText } from './file-view.ts';
import { foldMessage, saidOf } from './fold.ts';
import { quoteCharacters } from './limits.ts';
import { viewOfMessage } from './message-view.ts';
import { type FoldRow, keys, type MessageRow } from './rows.ts';
import { floorOf } from './settings.ts';
import { type Placed, readFolds } from './timeline-rows.ts';
import { clip } from './utf8.ts';
import { type Viewer, viewContext } from './view-context.ts';
import type { MessageView, ReplyView } from './views.ts';

/** Reads and shows messages. */
export class Reader {
  readonly #viewer: Viewer;

  constructor(viewer: Viewer) {
    this.#viewer = viewer;
  }

  /** Views of these rows, in their order; rows without one, and what is hidden for this account, are left out. */
  async views(id: ConversationId, rows: readonly Placed[]): Promise<readonly MessageView[]> {
    if (rows.length === 0) return [];
    const seqs = rows.map((row) => row.behind ?? row.seq);
    const folds = await this.#folds(id, Math.min(...seqs), Math.max(...seqs));
    const quotes = new Map<number, ReplyView>();
    for (const { body } of rows) {
      const answered = saidOf(body)?.reply_to;
      if (answered === undefined || quotes.has(answered)) continue;
      quotes.set(answered, (await this.quote(id, answered)) ?? missing(answered));
    }
    const context = viewContext(this.#viewer, id, {
      folds: (seq) => folds.get(seq) ?? [],
      quote: (seq) => quotes.get(seq) ?? missing(seq),
    });
    if (context === null) return [];
    const { settings } = this.#viewer;
    const floor = this.floor(id);
    return rows.flatMap((row) => {
      const view = viewOfMessage(row, context);
      if (view === null || (view.seq !== null && (view.seq <= floor || settings.hidden(id, view.seq)))) return [];
      return [view];
    });
  }

  /** Nothing up to this seq is shown. */
  floor(id: ConversationId): number {
    const { replica, settings } = this.#viewer;
    const row = replica.tables.conversations.get(id);
    return row === undefined ? 0 : floorOf(row, settings);
  }

  /** The record at a seq, or null. */
  async row(id: ConversationId, seq: number): Promise<MessageRow | null> {
    const { store } = this.#viewer.replica;
    return ((await store.get('messages', keys.message(id, seq))) as MessageRow | undefined) ?? null;
  }

  /** A record with its text as it is now, and the edits that made it so. */
  async current(
    id: ConversationId,
    seq: number,
  ): Promise<{ readonly row: MessageRow; readonly text: string; readonly edits: readonly FoldRow[] } | null> {
    const row = await this.row(id, seq);
    if (row === null) return null;
    const folds = (await this.#folds(id, seq, seq)).get(seq) ?? [];
    const { text } = foldMessage(row, folds, this.#viewer.me);
    return { row, text, edits: folds.filter((fold) => fold.body.type === 'edit' && fold.sender === row.sender) };
  }

  /** What a reply answers; null when it is not on this device. */
  async quote(id: ConversationId, seq: number): Promise<ReplyView | null> {
    const found = await this.current(id, seq);
    if (found === null) return null;
    const { row, text } = found;
    if (row.deletedBy !== undefined) return { seq, sender: row.sender, text: '', state: 'deleted' };
    return {
      seq,
      sender: row.sender,
      text: clip(lineText(row.body, text), quoteCharacters),
      state: 'here',
      ...lineFile(row.body),
    };
  }

  async #folds(id: ConversationId, from: number, to: number): Promise<ReadonlyMap<number, readonly FoldRow[]>> {
    const map = new Map<number, FoldRow[]>();
    for (const { target, fold } of await readFolds(this.#viewer.replica.store, id, { from, to }))
      map.set(target, [...(map.get(target) ?? []), fold]);
    return map;
  }
}

function missing(seq: number): ReplyView {
  return { seq, sender: null, text: '', state: 'missing' };
}
