// Chats that were deleted for this account: cleared, and out of the list until something new is said in them. That is a
// setting of the app, sealed for the own devices.
import type { Client, Conversation, ConversationView } from '@parley/sdk';

const keyOf = ({ id }: Pick<ConversationView, 'id'>) => `deleted/${id.toLowerCase()}`;

/** Was it deleted, and is nothing in it since? */
export function isDeleted(client: Client, chat: ConversationView): boolean {
  return chat.empty && chat.last === null && Number(client.settings.get(keyOf(chat)) ?? -1) >= chat.head;
}

/** Deletes it, on all devices of the account. */
export async function deleteChat(client: Client, conversation: Conversation): Promise<void> {
  const chat = conversation.snapshot;
  conversation.setDraft('');
  await client.settings.set(keyOf(chat), String(chat.head));
  await conversation.clear();
}
