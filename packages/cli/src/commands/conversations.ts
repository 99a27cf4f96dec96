// `parley conversations`: the list of chats with unread counts.
import type { Client, Conversation, ConversationView } from '@parley/sdk';
import type { Command } from 'commander';
import { noteLocked, previewsReadable } from '../keys.ts';
import { leadersKnown } from '../leaders.ts';
import { waitingText } from '../message-line.ts';
import { printable } from '../printable.ts';
import type { Run } from '../run.ts';

const previewCharacters = 40;

export function conversationsCommand(program: Command, run: Run): void {
  program
    .command('conversations')
    .description('your chats, newest activity first')
    .action(
      run(async (context) => {
        await context.withClient(async (client) => {
          await noteLocked(client, context);
          await previewsReadable(client, context);
          if (context.options.json) await leadersKnown(listed(client));
          const chats = client.conversations.snapshot;
          await client.people.load(chats.flatMap(({ peer, invitation }) => peer ?? invitation?.by ?? []));
          for (const chat of chats) context.print(chatObject(client, chat), chatText(client, chat));
        });
      }),
    );
}

function listed(client: Client): readonly Conversation[] {
  return client.conversations.snapshot.flatMap(({ id }) => client.conversation(id) ?? []);
}

function chatObject(client: Client, chat: ConversationView): Record<string, unknown> {
  return {
    id: chat.id,
    kind: chat.kind,
    name: nameFor(client, chat),
    title: chat.notes ? 'Notes to self' : chat.title,
    unread: chat.unread,
    request: chat.request,
    membership: chat.membership,
    head: chat.head,
    members: chat.memberCount,
    ...(chat.kind === 'group' && { picture: chat.picture !== null }),
  };
}

function chatText(client: Client, chat: ConversationView): string {
  const marks = [
    chat.unread > 0 ? `${chat.unread} unread` : '',
    chat.request === 'in' ? 'request' : '',
    chat.archived ? 'archived' : '',
    membershipMark(client, chat),
  ].filter((mark) => mark !== '');
  const preview = shortened(chat.last?.type === 'undecryptable' ? waitingText : printable(chat.last?.text ?? ''));
  const end = marks.length > 0 ? `  (${marks.join(', ')})` : '';
  return `${chat.id}  ${printable(nameFor(client, chat)).padEnd(20)} ${preview}${end}`.trimEnd();
}

/** What one is to it, other than a member. */
function membershipMark(client: Client, { membership, invitation }: ConversationView): string {
  const handle = invitation === null || invitation.by === null ? undefined : client.people.get(invitation.by)?.handle;
  if (membership === 'member') return '';
  return membership === 'invited' && handle !== undefined ? `invited by @${handle}` : membership;
}

/** What other commands take for it. */
function nameFor(client: Client, chat: ConversationView): string {
  if (chat.notes) return 'me';
  if (chat.kind !== 'direct') return chat.title === '' ? chat.id : `#${chat.title}`;
  const handle = chat.peer === null ? undefined : client.people.get(chat.peer)?.handle;
  return handle === undefined ? chat.id : `@${handle}`;
}

function shortened(text: string): string {
  const signs = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  return signs.length <= previewCharacters ? text : `${signs.slice(0, previewCharacters - 1).join('')}…`;
}
