// Earlier messages of a group that were shared with somebody who was just added (`shared-bodies.ts`), where they come: only
// whom they are for keeps them. They are what their sharer says: nobody can check who wrote them. [ENC]
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Draft } from './draft.ts';
import * as limits from './limits.ts';
import type { ConversationRow, MessageRow } from './rows.ts';
import type { SharedView } from './views.ts';

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
