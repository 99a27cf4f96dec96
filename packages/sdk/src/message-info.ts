// Who has got and read one message, out of the watermarks of its conversation. [RCP]
import type { AccountId } from '@parley/protocol';
import type { Conversation } from './api.ts';
import type { Core } from './core.ts';
import type { MessageInfoView } from './views.ts';

/** Of those who were in the conversation when it was said. */
export async function messageInfo(core: Core, { id, members }: Conversation, seq: number): Promise<MessageInfoView> {
  const { tables } = core.replica;
  const peer = tables.conversations.get(id)?.server.peer;
  if (peer === undefined) await members.load();
  const all = peer !== undefined ? [{ account: peer, joinedSeq: 1 }] : members.snapshot.items;
  const others = all.filter((member) => member.account !== core.me && member.joinedSeq <= seq);
  const markOf = (account: AccountId) => tables.marks.get(id)?.get(account) ?? { delivered: 0, read: 0 };
  const read = others.filter(({ account }) => markOf(account).read >= seq);
  const got = others.filter((one) => !read.includes(one) && markOf(one.account).delivered >= seq);
  const waiting = others.filter((one) => !read.includes(one) && !got.includes(one));
  const ids = (some: readonly { readonly account: AccountId }[]) => some.map(({ account }) => account);
  return { read: ids(read), delivered: ids(got), waiting: ids(waiting) };
}
