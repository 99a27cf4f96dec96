// Searches the messages that this device has: every word, anywhere in the text as it is now. No index: it reads.
import type { ConversationId } from '@parley/protocol';
import { maxInteger } from '@parley/protocol/limits';
import type { Client } from './api.ts';
import { ChatError } from './error.ts';
import { lineText, safeFileName } from './file-view.ts';
import { foldMessage } from './fold.ts';
import * as limits from './limits.ts';
import type { FoldRow } from './rows.ts';
import { type Placed, readDown, readFolds } from './timeline-rows.ts';
import type { Viewer } from './view-context.ts';
import type { SearchHit } from './views.ts';

type Options = NonNullable<Parameters<Client['search']>[1]>;

/** Newest first, at most `limit`. Rejects with `client.aborted`. */
export async function searchMessages(
  viewer: Viewer,
  words: string,
  options: Options = {},
): Promise<readonly SearchHit[]> {
  const wanted = plain(words)
    .split(/\s+/)
    .filter((word) => word !== '');
  const limit = Math.min(options.limit ?? limits.defaultSearchHits, limits.maxSearchHits);
  if (wanted.length === 0) return [];
  const hits: SearchHit[] = [];
  let left = limits.maxSearchRows;
  for (const id of where(viewer, options.conversation)) {
    let to = maxInteger - 1;
    let found = 0;
    while (left > 0 && found < limit && to >= 1) {
      if (options.signal?.aborted) throw new ChatError('client.aborted');
      const rows = await readDown(viewer.replica.store, id, { from: 1, to, limit: limits.searchPageRows });
      const matching = await match(viewer, id, rows, wanted);
      hits.push(...matching);
      found += matching.length;
      left -= rows.length;
      if (rows.length < limits.searchPageRows) break;
      to = Math.min(...rows.map((row) => row.behind ?? row.seq)) - 1;
    }
  }
  return hits.sort((a, b) => b.storedAt - a.storedAt).slice(0, limit);
}

/** The conversations that are searched, newest activity first. */
function where(viewer: Viewer, only: ConversationId | undefined): readonly ConversationId[] {
  if (only !== undefined) return [only];
  const { conversations } = viewer.replica.tables;
  return [...conversations]
    .filter(([, row]) => row.server.kind !== 'account')
    .sort(([, a], [, b]) => (b.last?.storedAt ?? 0) - (a.last?.storedAt ?? 0))
    .map(([id]) => id);
}

async function match(
  viewer: Viewer,
  id: ConversationId,
  rows: readonly Placed[],
  words: readonly string[],
): Promise<readonly SearchHit[]> {
  const texts = rows.filter((row) => row.kind === 'content' && row.body !== null && row.onlyHere === undefined);
  const seqs = texts.map((row) => row.seq);
  if (seqs.length === 0) return [];
  const edits = new Map<number, FoldRow[]>();
  for (const { target, fold } of await readFolds(viewer.replica.store, id, {
    from: Math.min(...seqs),
    to: Math.max(...seqs),
  }))
    if (fold.body.type === 'edit') edits.set(target, [...(edits.get(target) ?? []), fold]);
  return texts.flatMap((row) => {
    const { text } = foldMessage(row, edits.get(row.seq) ?? [], viewer.me);
    const searched = plain(row.body?.type === 'file' ? `${text} ${safeFileName(row.body.name)}` : text);
    if (!words.every((word) => searched.includes(word)) || viewer.settings.hidden(id, row.seq)) return [];
    return [
      { conversation: id, seq: row.seq, sender: row.sender, text: lineText(row.body, text), storedAt: row.storedAt },
    ];
  });
}

/** Without case and accents. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
