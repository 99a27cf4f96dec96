// What a sheet shows when it opens, and how people are found: known ones at once, others from the server.
import type { ConversationId } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import type { Client, Conversation, MessageView, PersonView, SettingsView } from '@parley/sdk';
import type { Sheet, SheetView } from './sheets.ts';

const maxStarred = 100;

/** Loads what this sheet is about. */
export async function contentOf(client: Client, sheet: Sheet): Promise<Partial<SheetView>> {
  switch (sheet.type) {
    case 'rooms': {
      const { items, nextCursor } = await client.rooms.list();
      return { rooms: items, roomsCursor: nextCursor };
    }
    case 'settings':
      return { devices: await client.devices.list() };
    case 'invite':
    case 'links':
      return { invites: await linksOf(client, sheet).list() };
    case 'message_info': {
      const { seq } = sheet.message;
      return { info: seq === null ? null : await conversationOf(client, sheet.from).info(seq) };
    }
    case 'starred':
      return { starred: await starredOf(client, sheet.of) };
    case 'new_chat':
    case 'new_group':
    case 'add_members':
      return { people: contactsOf(client) };
    default:
      return {};
  }
}

/** A sheet is about a conversation of this client. */
export function conversationOf(client: Client, id: ConversationId): Conversation {
  const found = client.conversation(id);
  if (found === null) throw new Error('a sheet is about a conversation of this client');
  return found;
}

/** Links into a chat, or to the server. */
export function linksOf(client: Client, sheet: Sheet): Conversation['links'] {
  return sheet.type === 'links' ? conversationOf(client, sheet.of).links : client.invites;
}

/** People of direct chats, in the order of the list. */
export function contactsOf(client: Client): readonly PersonView[] {
  return client.conversations.snapshot
    .filter((chat) => chat.kind === 'direct' && chat.peer !== null && chat.request !== 'in')
    .map((chat) => (chat.peer === null ? null : client.people.get(chat.peer)))
    .filter((person) => person !== null && !person.deleted) as readonly PersonView[];
}

/** Does a name or the handle begin like this? */
export function fits(person: PersonView, query: string): boolean {
  const wanted = plain(query);
  const parts = person.name.toLowerCase().split(/\s+/);
  return person.handle.startsWith(wanted) || parts.some((word) => word.startsWith(wanted));
}

/** People of the server, as far as the operator lets them be found; an exact handle always. */
export async function findPeople(client: Client, query: string): Promise<readonly PersonView[]> {
  const wanted = plain(query);
  if (wanted.length < limits.minHandleCharacters) return [];
  const own = client.me.snapshot.account;
  const [listed, exact] = await Promise.all([
    client.people.search(wanted).catch(() => []),
    client.people.find(wanted).then(
      (person) => [person],
      () => [],
    ),
  ]);
  const byAccount = new Map([...exact, ...listed].map((person) => [person.account, person]));
  byAccount.delete(own);
  return [...byAccount.values()];
}

function plain(query: string): string {
  return query.trim().replace(/^@/, '').toLowerCase();
}

/** Starred messages, newest first; those that are gone are left out. */
async function starredOf(client: Client, of: ConversationId | null): Promise<readonly MessageView[]> {
  const messageAt = async ({ conversation, seq }: SettingsView['starred'][number]) => {
    const chat = client.conversation(conversation);
    return chat === null ? null : chat.message(seq).catch(() => null);
  };
  const wanted = client.settings.snapshot.starred.filter((star) => of === null || star.conversation === of);
  const found = await Promise.all(wanted.slice(0, maxStarred).map(messageAt));
  const isThere = (message: MessageView | null): message is MessageView =>
    message !== null && message.type !== 'deleted';
  return found.filter(isThere).sort((a, b) => (b.storedAt ?? 0) - (a.storedAt ?? 0));
}
