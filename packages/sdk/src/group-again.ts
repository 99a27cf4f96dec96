// What people have said of how a group stands, gathered once more from the records that are kept: more may have been said than
// its row remembers, and another list says of others that they led it. [ENC]
import type { ConversationId } from '@parley/protocol';
import type { Draft } from './draft.ts';
import { type GroupState, stateAfter, withSaid, withState } from './group-state.ts';
import { titleOf } from './group-title.ts';
import { takeLine } from './newest-lines.ts';
import type { ConversationRow, MembersRow } from './rows.ts';
import type { Tables } from './tables.ts';

/** What stood in a row before it was asked who says something: a title, and when it was said last. */
interface OldRow {
  readonly title?: unknown;
  readonly toldAt?: unknown;
}

/** Takes a member list in. */
export async function takeMemberList(draft: Draft, id: ConversationId, row: MembersRow): Promise<void> {
  const before = draft.members(id);
  draft.setMembers(id, row);
  if (draft.conversation(id)?.cut && JSON.stringify(before?.led) !== JSON.stringify(row.led)) await gather(draft, id);
  await takeTitleLine(draft, id);
}

/** When its record came it may not have been known that it counts. */
async function takeTitleLine(draft: Draft, id: ConversationId): Promise<void> {
  const title = titleOf(draft.conversation(id) ?? {}, draft.members(id) ?? undefined);
  const record = title === null ? null : await draft.message(id, title.at);
  if (record !== null) takeLine(draft, record);
}

/** Gathers everything that was said in this group. */
export async function gather(draft: Draft, id: ConversationId): Promise<void> {
  const members = draft.members(id);
  let said: GroupState = {};
  for await (const message of draft.messagesOf(id)) said = stateAfter(said, message, members);
  const row = draft.conversation(id);
  if (row === null) return;
  const { title: _, toldAt: _told, ...rest }: ConversationRow & OldRow = row;
  draft.setConversation(id, withState(rest, withSaid(rest, said, members)));
  if (members === null) draft.aftermath.members.add(id);
}

/** Groups whose rows are from before. */
export function groupsOfBefore(conversations: Tables['conversations']): readonly ConversationId[] {
  return [...conversations].flatMap(([id, row]) => ('title' in row && row.server.kind === 'group' ? [id] : []));
}
