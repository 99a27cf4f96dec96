// What a line that begins with a slash does in line mode, by its word.
import type { Client } from '@parley/sdk';
import type { LineScreen } from './chat-lines.ts';
import { titleOf } from './chat-title.ts';
import { conversationFor } from './recipient.ts';

/** What a command gets: the client, what is printed on, and the line after its word. */
export interface Spoken {
  readonly client: Client;
  readonly screen: Pick<LineScreen, 'say' | 'chat' | 'open' | 'older'>;
  readonly rest: string;
}

interface ChatCommand {
  readonly usage: string;
  readonly help: string;
  readonly act: (spoken: Spoken) => Promise<unknown>;
}

/** By the word after the slash. `/quit` and `/link` are not among them: they end the reading of lines. */
export const chatCommands: Readonly<Record<string, ChatCommand>> = {
  open: {
    usage: '/open TO',
    help: 'go to @handle, #room, an id, or me',
    act: async ({ client, screen, rest }) => screen.open(await conversationFor(client, rest)),
  },
  list: {
    usage: '/list',
    help: 'your chats',
    act: async ({ client, screen }) => {
      const peers = client.conversations.snapshot.map((chat) => chat.peer).filter((peer) => peer !== null);
      await client.people.load(peers);
      for (const chat of client.conversations.snapshot)
        screen.say(
          `${chat.id}  ${titleOf(chat)}${chat.unread > 0 ? `  (${chat.unread} unread)` : ''}${chat.request === 'in' ? '  (request)' : ''}`,
        );
    },
  },
  older: { usage: '/older', help: 'older messages of this chat', act: ({ screen }) => screen.older() },
  reply: {
    usage: '/reply SEQ …',
    help: 'answer a message',
    act: ({ screen, rest }) => {
      const [replyTo, text] = seqAnd(rest);
      return screen.chat().send(text, { replyTo });
    },
  },
  edit: {
    usage: '/edit SEQ …',
    help: 'change your message, within 15 minutes',
    act: ({ screen, rest }) => screen.chat().edit(...seqAnd(rest)),
  },
  react: {
    usage: '/react SEQ E',
    help: 'react with an emoji; without one, take it back',
    act: ({ screen, rest }) => screen.chat().react(...seqAnd(rest)),
  },
  delete: {
    usage: '/delete SEQ',
    help: 'delete your message for everyone',
    act: ({ screen, rest }) => screen.chat().deleteForEveryone(seqAnd(rest)[0]),
  },
  accept: { usage: '/accept', help: 'accept a request', act: ({ screen }) => screen.chat().accept() },
  decline: { usage: '/decline', help: 'delete a request', act: ({ screen }) => screen.chat().decline() },
  block: { usage: '/block', help: 'block this person', act: ({ screen }) => screen.chat().block(true) },
  unblock: { usage: '/unblock', help: 'unblock this person', act: ({ screen }) => screen.chat().block(false) },
  help: {
    usage: '/help',
    help: 'this',
    act: async ({ screen }) => {
      for (const { usage, help } of Object.values(chatCommands)) screen.say(`${usage.padEnd(14)} ${help}`);
      screen.say(`${'/link'.padEnd(14)} let a new device of yours read your chats`);
      screen.say(`${'/quit'.padEnd(14)} leave`);
    },
  },
};

function seqAnd(rest: string): [number, string] {
  const [, seq, text = ''] = /^(\d+)\s*(.*)$/.exec(rest) ?? [];
  if (seq === undefined) throw new Error('Say which message: its number stands at the beginning of its line.');
  return [Number(seq), text];
}
