// Earlier messages of a group for somebody who was just added: whoever adds them chooses how many of the newest texts are
// sent once more, sealed like any message and only kept by whom they are for. They are what their sharer says: nobody can
// check who wrote them. What was deleted, disappears or is older than two weeks is never among them. [ENC]
import type { AccountId, ConversationId, SharedBody } from '@parley/protocol';
import * as wire from '@parley/protocol/limits';
import type { Draft } from './draft.ts';
import * as limits from './limits.ts';
import type { ConversationRow, MessageRow } from './rows.ts';
import { clip, utf8Length } from './utf8.ts';
import type { MessageView, SharedView } from './views.ts';

type Item = SharedBody['items'][number];

/** The newest `count` texts of a history (newest first), in parts that fit into messages, oldest first. */
export async function sharedBodies(
  history: AsyncIterable<MessageView>,
  { subject, count, now }: { readonly subject: AccountId; readonly count: number; readonly now: number },
): Promise<readonly SharedBody[]> {
  const parts: Item[][] = [[]];
  let bytes = 0;
  let found = 0;
  for await (const message of history) {
    const at = message.storedAt ?? message.timestamp;
    if (found >= Math.min(count, wire.maxSharedMessages) || at < now - wire.maxSharedAgeMs) break;
    if (!isShareable(message) || message.seq === null) continue;
    const item = {
      seq: message.seq,
      sender: message.sender,
      at,
      text: clip(message.text, wire.maxSharedTextCharacters),
    };
    const size = utf8Length(JSON.stringify(item));
    if (bytes + size > limits.maxSharedPartBytes) {
      // The oldest ones stay behind.
      if (parts.length === wire.maxSharedParts) break;
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(item);
    bytes += size;
    found++;
  }
  const filled = parts.filter((items) => items.length > 0).reverse();
  return filled.map((items, at) => ({
    ...{ type: 'shared', subject, part: at + 1, parts: filled.length },
    items: items.reverse(),
  }));
}

/** As it is kept: what was shared with somebody else is theirs; that it was stays visible. */
export function forReader(row: MessageRow, me: AccountId | null): MessageRow {
  const { body } = row;
  return body?.type === 'shared' && body.subject !== me ? { ...row, body: { ...body, items: [] } } : row;
}

/** Where copies are kept that were shared with this account: what is deleted for everybody goes from them as well. */
export function sharedAfter(row: ConversationRow, { seq, body }: MessageRow): ConversationRow['shared'] {
  const { shared = [] } = row;
  if (body?.type !== 'shared' || body.items.length === 0 || shared.includes(seq)) return shared;
  return [...shared, seq].slice(-limits.maxSharedRows);
}

/** Removes copies of what was deleted. */
export async function forgetShared(draft: Draft, id: ConversationId, targets: readonly number[]): Promise<void> {
  for (const at of draft.conversation(id)?.shared ?? []) {
    const row = await draft.message(id, at);
    if (row?.body?.type !== 'shared') continue;
    const items = row.body.items.filter(({ seq }) => !targets.includes(seq));
    if (items.length < row.body.items.length) draft.setMessage({ ...row, body: { ...row.body, items } });
  }
}

/** What a screen shows of it. */
export function sharedView(body: MessageRow['body']): SharedView | null {
  if (body?.type !== 'shared') return null;
  const { subject, part, parts, items } = body;
  return { subject, part, parts, items };
}

/** A text that its readers still have, and will have. */
function isShareable({ type, onlyHere, expiresAt, text }: MessageView): boolean {
  return type === 'text' && !onlyHere && expiresAt === null && text !== '';
}
