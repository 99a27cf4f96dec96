// Who is to read what is sealed in a conversation: its members, as this device knows them. It promises never to give
// a list that is older than what this device has seen of the conversation. [ENC]
import type { AccountId, ConversationId } from '@parley/protocol';
import { ChatError } from './error.ts';
import type { MemberLists } from './member-lists.ts';
import type { Readers } from './ports.ts';
import type { Replica } from './replica.ts';
import type { MembersRow } from './rows.ts';

/** Members of a direct conversation or a group; read from the server where they are not at hand. @throws {ChatError} */
export async function readersOf(
  id: ConversationId,
  me: AccountId,
  { replica, members }: { readonly replica: Replica; readonly members: MemberLists },
): Promise<Readers> {
  const { tables } = replica;
  const server = tables.conversations.get(id)?.server;
  if (server === undefined) throw new ChatError('conversation.denied');
  if (server.kind === 'direct') {
    const accounts = server.peer === undefined || server.peer === me ? [me] : [me, server.peer];
    return { memberN: server.member_n, accounts };
  }
  const memberN = () => tables.conversations.get(id)?.server.member_n ?? 0;
  const known = () => tables.members.get(id) ?? null;
  if (members.checked !== null) {
    members.uses(id);
    return checkedReaders({ known, memberN, read: () => members.read(id) });
  }
  const atHand = () => (known()?.memberN === memberN() ? known() : null);
  if (atHand() === null) await members.read(id);
  const list = atHand();
  if (list === null) throw new ChatError('members.stale');
  return { memberN: list.memberN, accounts: list.items.map(({ account }) => account) };
}

/** Of a signed list: what nobody has checked here is for nobody to read, and a higher number alone makes no newer list. */
async function checkedReaders(list: {
  readonly known: () => MembersRow | null;
  readonly memberN: () => number;
  readonly read: () => Promise<void>;
}): Promise<Readers> {
  const isGood = (row: MembersRow | null) => row?.entry !== undefined && row.fault === undefined;
  const before = list.known();
  if (!isGood(before) || (before?.memberN ?? 0) < list.memberN()) await list.read();
  const row = list.known();
  if (row?.entry === undefined || !isGood(row)) throw new ChatError('client.list_fault');
  return { memberN: row.memberN, accounts: row.items.map(({ account }) => account), entry: row.entry };
}
