// Takes the member list of a group in, and with it what counts of what was said before it was known. [ENC]
import type { ConversationId } from '@parley/protocol';
import type { Draft } from './draft.ts';
import { titleOf } from './group-title.ts';
import { takeLine } from './newest-lines.ts';
import type { MembersRow } from './rows.ts';

/** The list, as it is read now. */
export async function takeMemberList(draft: Draft, id: ConversationId, row: MembersRow): Promise<void> {
  const before = draft.members(id);
  draft.setMembers(id, row);
  if (draft.conversation(id)?.cut && JSON.stringify(before?.led) !== JSON.stringify(row.led))
    await gatherAgain(draft, id);
  const title = titleOf(draft.conversation(id) ?? {}, row);
  const record = title && (await draft.message(id, title.at));
  if (record) takeLine(draft, record);
}

/** Gathers from the records what people have said of how this group stands. */
export async function gatherAgain(draft: Draft, id: ConversationId): Promise<void> {
  await (await import('./group-again.ts')).gather(draft, id);
}
