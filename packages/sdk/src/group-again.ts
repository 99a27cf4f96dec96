// What people have said of how a group stands, gathered once more from its records: more may have been said than its row
// remembers, and another list says of others that they led it. Loaded when it is wanted. [ENC]
import type { ConversationId } from '@parley/protocol';
import type { Draft } from './draft.ts';
import { type GroupState, stateAfter, withSaid, withState } from './group-state.ts';
import { loadRows } from './limits.ts';
import type { LocalKey } from './ports.ts';
import type { ConversationRow, MessageRow } from './rows.ts';

/** What stood in a row before it was asked who says something: a title, and when it was said last. */
interface OldRow {
  readonly title?: unknown;
  readonly toldAt?: unknown;
}

/** Gathers everything that was said in this group. */
export async function gather(draft: Draft, id: ConversationId): Promise<void> {
  const members = draft.members(id);
  let said: GroupState = {};
  for await (const message of everyRecord(draft, id)) said = stateAfter(said, message, members);
  const row = draft.conversation(id);
  if (row === null) return;
  const { title: _, toldAt: _told, ...rest }: ConversationRow & OldRow = row;
  draft.setConversation(id, withState(rest, withSaid(rest, said, members)));
  if (members === null) draft.aftermath.members.add(id);
}

/** Those that are kept, then those of this batch. */
async function* everyRecord(draft: Draft, id: ConversationId): AsyncIterable<MessageRow> {
  let after: LocalKey | undefined;
  do {
    const rows = await draft.store.list('messages', { prefix: [id], limit: loadRows, ...(after && { after }) });
    for (const { key, value } of rows) if (key.length === 2) yield value as MessageRow;
    after = rows.length === loadRows ? rows.at(-1)?.key : undefined;
  } while (after !== undefined);
  yield* draft.drafted(id);
}
