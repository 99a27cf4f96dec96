// What people write for a conversation: @handle, #room, an id, or "me" for the notes to self.
import type { ConversationId } from '@parley/protocol';
import type { Client, Conversation } from '@parley/sdk';
import { Refused, UsageError } from './exit-codes.ts';
import { printable } from './printable.ts';

const idPattern = /^c_[A-Za-z0-9_-]{22}$/;

/** The conversation to write to. `@handle` opens a direct one when there is none yet. */
export function conversationFor(client: Client, to: string): Promise<Conversation> {
  return to.startsWith('@') && to !== '@me' ? client.createDirect(to) : existingConversation(client, to);
}

/** The conversation to read. Looking makes none. */
export async function existingConversation(client: Client, to: string): Promise<Conversation> {
  if (idPattern.test(to)) return known(client, to as ConversationId, to);
  if (to === 'me' || to === '@me') return known(client, client.me.snapshot.notes, to);
  if (to.startsWith('#')) return byTitle(client, to.slice(1), to);
  if (to.startsWith('@')) return withPerson(client, to);
  throw new UsageError(`"${to}" is no recipient: use @handle, #room, a conversation id, or me`);
}

async function withPerson(client: Client, to: string): Promise<Conversation> {
  const { account } = await client.people.find(to);
  if (account === client.me.snapshot.account) return known(client, client.me.snapshot.notes, to);
  const found = client.conversations.snapshot.find((chat) => chat.peer === account);
  if (found === undefined) throw new Refused('conversation.denied', `you have no chat with ${to} yet`);
  return known(client, found.id, to);
}

function known(client: Client, id: ConversationId, to: string): Conversation {
  const conversation = client.conversation(id);
  if (conversation === null) throw new Refused('conversation.denied', `you are in no conversation ${to}`);
  return conversation;
}

function byTitle(client: Client, title: string, to: string): Conversation {
  const wanted = title.toLocaleLowerCase();
  const found = client.conversations.snapshot.filter(
    (chat) => chat.kind !== 'direct' && chat.title.toLocaleLowerCase() === wanted,
  );
  const here = found.filter((chat) => chat.role !== null);
  const [first, second] = here.length > 0 ? here : found;
  if (first === undefined)
    throw new Refused(
      'conversation.denied',
      `you are in no group or room called ${to}; see "parley conversations" and "parley room list"`,
    );
  if (second !== undefined)
    throw new UsageError(
      `several are called ${printable(to)}; use one of the ids ${here.map(({ id }) => id).join(', ')}`,
    );
  return known(client, first.id, to);
}
