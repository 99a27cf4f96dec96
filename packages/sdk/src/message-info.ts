// Who has got and read one message, from the marks that the server tells. Not for rooms, whose members are many.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Members } from './api.ts';
import type { Core } from './core.ts';
import type { MessageInfoView } from './views.ts';

/** Of the others who were there when it was said. */
export async function messageInfo(
  core: Core,
  list: Members,
  { id, seq }: { readonly id: ConversationId; readonly seq: number },
): Promise<MessageInfoView> {
  const { tables } = core.replica;
  const peer = tables.conversations.get(id)?.server.peer;
  if (peer === undefined) await list.load();
  const members = peer !== undefined ? [{ account: peer, joinedSeq: 1 }] : list.snapshot.items;
  const others = members.filter((member) => member.account !== core.me && member.joinedSeq <= seq);
  const markOf = (account: AccountId) => tables.marks.get(id)?.get(account) ?? { delivered: 0, read: 0 };
  const read = others.filter(({ account }) => markOf(account).read >= seq);
  const got = others.filter((one) => !read.includes(one) && markOf(one.account).delivered >= seq);
  const waiting = others.filter((one) => !read.includes(one) && !got.includes(one));
  const ids = (some: readonly { readonly account: AccountId }[]) => some.map(({ account }) => account);
  return { read: ids(read), delivered: ids(got), waiting: ids(waiting) };
}
