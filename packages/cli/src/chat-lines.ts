// Line mode of the terminal client: what comes is printed, what is typed is sent. Lines that begin with a slash
// are commands, so that everything can be done without a screen.
import { createInterface } from 'node:readline';
import type { Client, Conversation } from '@parley/sdk';
import { describe } from './exit-codes.ts';
import { messageText } from './message-line.ts';
import { conversationFor } from './recipient.ts';
import { printable, type Terminal } from './terminal.ts';

const help = `/open TO      go to @handle, #room, an id, or me
/list         your chats
/older        older messages of this chat
/reply SEQ …  answer a message
/react SEQ E  react with an emoji
/delete SEQ   delete your message for everyone
/quit         leave`;
const shownAtOpening = 15;

/** Chats until the input ends, /quit, or Ctrl-C. */
export async function chatInLines(client: Client, first: Conversation | null, terminal: Terminal): Promise<void> {
  const say = (text: string) => void terminal.output.write(`${text}\n`);
  let open = first;
  let oldest: number | undefined;

  const show = async (conversation: Conversation) => {
    open = conversation;
    oldest = undefined;
    say(`— ${printable(titleOf(conversation))} —`);
    await older(shownAtOpening);
    await conversation.markRead(conversation.snapshot.head).catch(ignoreNothingToRead);
  };
  const older = async (count: number) => {
    if (open === null) return say('No chat is open. /open TO');
    const found = [];
    for await (const message of open.history({ limit: count, ...(oldest === undefined ? {} : { before: oldest }) }))
      found.push(message);
    await client.people.load([...new Set(found.map((message) => message.sender))]);
    oldest = found.at(-1)?.seq ?? oldest;
    for (const message of found.reverse())
      say(`${String(message.seq ?? '').padStart(5)} ${messageText(client, message)}`);
  };
  const obey = async (line: string): Promise<boolean> => {
    const [verb = '', ...rest] = line.slice(1).split(' ');
    const seq = Number(rest[0]);
    if (verb === 'quit' || verb === 'q') return false;
    if (verb === 'open') await show(await conversationFor(client, rest.join(' ')));
    else if (verb === 'older') await older(shownAtOpening);
    else if (verb === 'list')
      for (const c of client.conversations.snapshot)
        say(`${c.unread > 0 ? `(${c.unread}) ` : ''}${printable(c.notes ? 'Notes to self' : c.title)}  ${c.id}`);
    else if (verb === 'reply' && open !== null) await open.send(rest.slice(1).join(' '), { replyTo: seq });
    else if (verb === 'react' && open !== null) await open.react(seq, rest[1] ?? '');
    else if (verb === 'delete' && open !== null) await open.deleteForEveryone(seq);
    else say(help);
    return true;
  };

  client.onMessage((message, conversation) => {
    void client.people.load([message.sender]).then(async () => {
      say(
        `${String(message.seq ?? '').padStart(5)} ${messageText(client, message, conversation.id === open?.id ? undefined : conversation.snapshot)}`,
      );
      if (conversation.id === open?.id && message.seq !== null) await conversation.markRead(message.seq);
    });
  });
  if (first !== null) await show(first);
  else say('Type /open @handle to begin, /help for help.');

  const lines = createInterface({ input: terminal.input, signal: terminal.interrupted });
  for await (const line of lines) {
    try {
      if (line.startsWith('/')) {
        if (!(await obey(line))) break;
      } else if (line.trim() !== '') {
        if (open === null) say('No chat is open. /open TO');
        else await open.send(line);
      }
    } catch (error) {
      terminal.chatter.write(`${describe(error)}\n`);
    }
  }
  lines.close();
  await client
    .flushed(AbortSignal.timeout(2_000))
    .catch(() => terminal.chatter.write('Some messages wait and go out next time.\n'));
}

function titleOf(conversation: Conversation): string {
  return conversation.snapshot.notes ? 'Notes to self' : conversation.snapshot.title;
}

/** An empty chat has nothing to mark; that is no news to a person. */
function ignoreNothingToRead(): void {}
