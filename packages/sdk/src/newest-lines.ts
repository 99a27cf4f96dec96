// The two newest lines of a conversation, for its row in the list: the last one, and the one before it for when the last
// is hidden, gone, or waits for its key. They follow what is done to their messages, in whatever order that comes. [CON]
import type { ConversationId } from '@parley/protocol';
import type { Draft } from './draft.ts';
import { lineFile, lineText } from './file-view.ts';
import { textAfter } from './fold.ts';
import { leadsAt } from './group-leads.ts';
import * as limits from './limits.ts';
import { isPicture, messageType } from './message-view.ts';
import type { ConversationRow, LastRow, MessageRow } from './rows.ts';
import { clip } from './utf8.ts';

/** Takes a record in, if it is one of the two. In direct conversations and rooms only what counts. */
export function takeLine(draft: Draft, row: MessageRow): void {
  const conversation = draft.conversation(row.conversation);
  if (conversation === null || row.seq <= conversation.floor) return;
  // Whether somebody may change how a group stands may not be known yet, and more may have been said than two lines hold.
  if (row.body?.type === 'state' && !leadsAt(draft.members(row.conversation), row.sender, row.seq)) return;
  const line = lineOf(row, conversation.server.kind);
  if (line === null) return;
  const others = linesOf(conversation).filter(({ seq, type }) => seq !== line.seq || type !== 'undecryptable');
  // The same record again changes nothing.
  if (others.some(({ seq }) => seq === line.seq)) return;
  setLines(draft, row.conversation, [...others, line]);
}

/** A text that was edited before it came, or could be opened, says what it says now. */
export async function editLine(draft: Draft, id: ConversationId, seq: number): Promise<void> {
  const conversation = draft.conversation(id);
  if (conversation === null || !linesOf(conversation).some((line) => line.seq === seq)) return;
  const message = await draft.message(id, seq);
  if (message?.body?.type !== 'text') return;
  const text = clip(textAfter(message, await draft.foldsOf(id, seq)), limits.previewCharacters);
  const lines = linesOf(conversation).map((line) => (line.seq === seq ? { ...line, text } : line));
  setLines(draft, id, lines);
}

/** A message was deleted (its line says so) or has expired (it has none). */
export function blankLine(draft: Draft, { conversation: id, seq }: MessageRow, expired: boolean): void {
  const conversation = draft.conversation(id);
  if (conversation === null || !linesOf(conversation).some((line) => line.seq === seq)) return;
  const lines = linesOf(conversation).flatMap((line): readonly LastRow[] => {
    if (line.seq !== seq) return [line];
    const { unreadable: _, look: _look, name: _name, ...rest } = line;
    return expired ? [] : [{ ...rest, type: 'deleted', text: '' }];
  });
  setLines(draft, id, lines);
}

/** Those above a floor, newest first. */
export function linesAbove(row: ConversationRow, floor: number): readonly LastRow[] {
  return linesOf(row).filter(({ seq }) => seq > floor);
}

/** The two of them in a row. */
export function withLines(row: ConversationRow, lines: readonly LastRow[]): ConversationRow {
  const [last = null, before = null] = [...lines].sort((a, b) => b.seq - a.seq);
  return { ...row, last, before };
}

function linesOf({ last, before = null }: ConversationRow): readonly LastRow[] {
  return [last, before].filter((line) => line !== null);
}

function setLines(draft: Draft, id: ConversationId, lines: readonly LastRow[]): void {
  const row = draft.conversation(id);
  if (row !== null) draft.setConversation(id, withLines(row, lines));
}

function lineOf(row: MessageRow, kind: ConversationRow['server']['kind']): LastRow | null {
  const type = messageType(row, kind);
  if (type === null || type === 'shared' || isPicture(row.body) || (row.kind !== 'content' && kind !== 'group'))
    return null;
  return {
    seq: row.seq,
    id: row.id,
    sender: row.sender,
    type,
    text: clip(lineText(row.body), limits.previewCharacters),
    ...lineFile(row.body),
    storedAt: row.storedAt,
    ...(row.expiresAt !== undefined && { expiresAt: row.expiresAt }),
    ...(row.change && { change: row.change }),
    ...(row.body?.type === 'state' && row.body.title !== undefined && { title: row.body.title }),
    ...(type === 'undecryptable' && { unreadable: row.sealed?.reason ?? 'broken' }),
  };
}
