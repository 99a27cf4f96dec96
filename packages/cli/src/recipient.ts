// What people write for a conversation: @handle, #room, an id, or "me" for the notes to self.
import type { ConversationId } from '@parley/protocol';
import type { Client, Conversation } from '@parley/sdk';
import { UsageError } from './exit-codes.ts';

const idPattern = /^c_[A-Za-z0-9_-]{22}$/;

/** The conversation that `to` means. `@handle` opens a direct one when there is none yet. */
export async function conversationFor(client: Client, to: string): Promise<Conversation> {
  if (idPattern.test(to)) return known(client, to as ConversationId, to);
  if (to === 'me' || to === '@me') return known(client, client.me.snapshot.notes, to);
  if (to.startsWith('@')) return client.createDirect(to);
  if (to.startsWith('#')) return byTitle(client, to.slice(1), to);
  throw new UsageError(`"${to}" is no recipient: use @handle, #room, a conversation id, or me`);
}

function known(client: Client, id: ConversationId, to: string): Conversation {
  const conversation = client.conversation(id);
  if (conversation === null) throw new UsageError(`there is no conversation ${to} on this device`);
  return conversation;
}

function byTitle(client: Client, title: string, to: string): Conversation {
  const wanted = title.toLocaleLowerCase();
  const found = client.conversations.snapshot.filter(
    (c) => c.kind !== 'direct' && c.title.toLocaleLowerCase() === wanted,
  );
  const [first, second] = found;
  if (first === undefined)
    throw new UsageError(`you are in no group or room called ${to}; see "parley conversations" and "parley room list"`);
  if (second !== undefined)
    throw new UsageError(`several are called ${to}; use one of the ids ${found.map((c) => c.id).join(', ')}`);
  return known(client, first.id, to);
}
