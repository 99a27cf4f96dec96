// Who is to read what is sealed in a conversation: its members, as this device knows them. It promises never to give
// a list that is older than what this device has seen of the conversation. [ENC]
import type { AccountId, ConversationId } from '@parley/protocol';
import { ChatError } from './error.ts';
import type { MemberLists } from './member-lists.ts';
import type { Readers } from './ports.ts';
import type { Replica } from './replica.ts';

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
  const atHand = () => {
    const list = tables.members.get(id);
    const memberN = tables.conversations.get(id)?.server.member_n;
    return list !== undefined && list.memberN === memberN ? list : null;
  };
  if (atHand() === null) await members.read(id);
  const list = atHand();
  if (list === null) throw new ChatError('members.stale');
  return { memberN: list.memberN, accounts: list.items.map(({ account }) => account) };
}
