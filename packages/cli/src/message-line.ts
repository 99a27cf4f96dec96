// A message as one object for scripts and as one line for people. The names of the object's fields are a promise.
import type { Client, ConversationView, MessageView } from '@parley/sdk';
import { printable } from './terminal.ts';

const signs = { pending: '…', sent: '✓', delivered: '✓✓', read: '✓✓', rejected: '⚠', received: '' } as const;

/** For --json: `sender` is the handle. */
export function messageObject(client: Client, message: MessageView): Record<string, unknown> {
  return {
    id: message.id,
    conversation_id: message.conversation,
    seq: message.seq,
    sender: handleOf(client, message),
    content: message.text,
    timestamp: new Date(message.timestamp).toISOString(),
    state: message.state,
    ...(message.type === 'text' ? {} : { type: message.type }),
    ...(message.edited ? { edited: true } : {}),
    ...(message.replyTo === null ? {} : { reply_to: message.replyTo.seq }),
  };
}

/** For people: time, who, what, and the ticks of own ones. */
export function messageText(client: Client, message: MessageView, where?: ConversationView): string {
  const time = new Date(message.timestamp).toTimeString().slice(0, 5);
  const who = message.own ? 'you' : printable(client.people.get(message.sender)?.name ?? handleOf(client, message));
  const place = where === undefined || where.kind === 'direct' ? '' : ` [${printable(where.title)}]`;
  return `${time}${place} ${who}: ${contentText(message)}${message.own ? ` ${signs[message.state]}` : ''}`;
}

function contentText(message: MessageView): string {
  switch (message.type) {
    case 'deleted':
      return '(deleted)';
    case 'undecryptable':
      return '(waiting for this message)';
    case 'change':
      return `(${message.change?.action ?? 'changed'})`;
    case 'timer':
      return `(messages disappear after ${message.timerSeconds ?? 0} s)`;
    case 'poll':
      return printable(
        `${message.poll?.question ?? ''} ${message.poll?.options.map((o) => `[${o.text}: ${o.voters.length}]`).join(' ') ?? ''}`,
      );
    default:
      return `${printable(message.text)}${message.edited ? ' (edited)' : ''}`;
  }
}

function handleOf(client: Client, message: MessageView): string {
  if (message.own) return client.me.snapshot.handle;
  return client.people.get(message.sender)?.handle ?? message.sender;
}
