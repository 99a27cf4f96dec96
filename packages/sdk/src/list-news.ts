// What records say of a signed member list: the entry that a change carries, and the newest entry that the author of a
// message knew. It is gathered here, and judged once the records are kept. [MEM]
import type { AccountId, Envelope, MemberChange } from '@parley/protocol';
import { namedIn } from './checked-lists.ts';
import type { Draft, ListNews } from './draft.ts';
import type { MessageRow } from './rows.ts';

/** A change of the list: this device follows it, if it knows the list or comes in by it. */
export function takeListChange(draft: Draft, envelope: Envelope, change: MemberChange, me: AccountId): void {
  const { conversation_id: id, seq, entry } = envelope;
  if (draft.members(id) === null && entersBy(change, envelope.sender) !== me) return;
  const [first] = entry === undefined ? [] : [entry];
  if (first === undefined) draft.aftermath.members.add(id);
  else newsOf(draft, id).entries.push({ seq, ...first });
}

/** What stood inside a message beside its body. */
export function takeNamedEntry(draft: Draft, row: MessageRow, entry: string | null | undefined): void {
  const { conversation, seq, sender: by, device } = row;
  const named = entry ? namedIn(entry) : null;
  if (named === null || device === undefined) return;
  newsOf(draft, conversation).named.push({ conversation, by, device, seq, ...named });
}

/** Who comes in by this change. */
export function entersBy({ action, subject }: MemberChange, sender: AccountId): AccountId | null {
  return action === 'add' || action === 'join' ? (subject ?? sender) : null;
}

function newsOf({ aftermath: { lists } }: Draft, id: MessageRow['conversation']): ListNews {
  const news = lists.get(id) ?? { entries: [], named: [] };
  lists.set(id, news);
  return news;
}
