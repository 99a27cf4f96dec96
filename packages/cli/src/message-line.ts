// A message as one object for scripts and as one line for people. The names of the object's fields are a promise.
import type { AccountId } from '@parley/protocol';
import type { Client, ConversationView, FileView, MessageView } from '@parley/sdk';
import { changeText, lifetimeText } from './change-text.ts';
import { titleOf } from './chat-title.ts';
import { sizeText } from './file-kinds.ts';
import { printable, printableLines } from './printable.ts';

const signs = { pending: '…', sent: '✓', delivered: '✓✓', read: '✓✓ read', rejected: '⚠', received: '' } as const;
const dayMs = 24 * 3_600_000;
/** Of a message whose key is not here (yet). */
export const waitingText = '(waiting for this message)';

/** Of a message that is not sent, although the server can be reached. */
const unsettledText = '(waiting: members keep changing)';

/** For --json: `sender` is the handle. What a message does not have is left out. */
export function messageObject(client: Client, message: MessageView): Record<string, unknown> {
  const { poll, change } = message;
  const handles = (accounts: readonly AccountId[]) => accounts.map((account) => handleOf(client, account));
  return {
    id: message.id,
    conversation_id: message.conversation,
    seq: message.seq,
    sender: handleOf(client, message.sender),
    content: message.text,
    timestamp: new Date(message.timestamp).toISOString(),
    state: message.state,
    ...(message.type !== 'text' && { type: message.type }),
    ...(message.error !== null && { error: message.error.code }),
    ...(message.unsettled && { unsettled: true }),
    ...(message.edited && { edited: true }),
    ...(message.tooLate && { too_late: true }),
    ...(message.forwarded > 0 && { forwarded: message.forwarded }),
    ...(message.replyTo !== null && { reply_to: message.replyTo.seq }),
    ...(message.expiresAt !== null && { expires_at: new Date(message.expiresAt).toISOString() }),
    ...(message.reactions.length > 0 && {
      reactions: message.reactions.map(({ emoji, accounts }) => ({ emoji, by: handles(accounts) })),
    }),
    ...(poll !== null && {
      poll: { question: poll.question, options: poll.options.map((o) => ({ text: o.text, by: handles(o.voters) })) },
    }),
    ...(message.file !== null && { file: fileObject(message.file) }),
    ...(message.contact !== null && { contact: handleOf(client, message.contact) }),
    ...(change !== null && {
      change: {
        action: change.action,
        ...(change.subject !== null && { subject: handleOf(client, change.subject) }),
        ...(change.role !== null && { role: change.role }),
        ...(change.title !== null && { title: change.title }),
      },
    }),
    ...(message.shared !== null && {
      shared: {
        with: handleOf(client, message.shared.subject),
        items: message.shared.items.map(({ sender, at, text }) => ({
          sender: handleOf(client, sender),
          at: new Date(at).toISOString(),
          text,
        })),
      },
    }),
    ...(message.timerSeconds !== null && { timer_seconds: message.timerSeconds }),
  };
}

/** For people: time, who, what, and the ticks of own ones. `where` is named when several chats are shown at once. */
export function messageText(
  client: Client,
  message: MessageView,
  now: number,
  where: ConversationView | null = null,
): string {
  const place = where === null || where.kind === 'direct' ? '' : ` [${titleOf(where)}]`;
  const start = `${timeText(message.timestamp, now)}${place} `;
  if (message.type === 'change' || message.type === 'timer') return `${start}${systemText(client, message)}`;
  const who = message.own ? 'you' : nameOf(client, message.sender);
  const quoted = message.replyTo === null ? '' : `(to ${message.replyTo.seq}) `;
  const ticks = message.own ? ` ${signs[message.state]}` : '';
  const late = message.tooLate ? ' (too late to edit)' : '';
  const reason = message.error !== null ? ` ${message.error.code}` : message.unsettled ? ` ${unsettledText}` : '';
  return `${start}${who}: ${quoted}${contentText(client, message)}${reactionsText(message)}${ticks}${late}${reason}`;
}

/** Everybody whose name or handle a line may need. */
export function peopleIn(messages: readonly MessageView[]): readonly AccountId[] {
  const accounts = messages.flatMap((message) => [
    message.sender,
    message.contact,
    message.change?.subject ?? null,
    ...message.reactions.flatMap((reaction) => reaction.accounts),
    ...(message.poll?.options.flatMap((option) => option.voters) ?? []),
  ]);
  return [...new Set(accounts)].filter((account) => account !== null);
}

/** Who else can read a chat: it stands wherever one is opened. */
export function readableText({ kind }: ConversationView): string {
  return kind === 'room' ? 'not encrypted: the operator can read it' : 'end-to-end encrypted';
}

/** Handle of an account, or its id where it is not known. */
export function handleOf(client: Client, account: AccountId): string {
  const me = client.me.snapshot;
  return account === me.account ? me.handle : (client.people.get(account)?.handle ?? account);
}

function nameOf(client: Client, account: AccountId): string {
  const me = client.me.snapshot;
  if (account === me.account) return 'you';
  return printable(client.people.get(account)?.name ?? account);
}

function systemText(client: Client, message: MessageView): string {
  const who = nameOf(client, message.sender);
  if (message.type === 'timer')
    return message.timerSeconds === 0 || message.timerSeconds === null
      ? `${who} let messages stay`
      : `${who} let messages disappear after ${lifetimeText(message.timerSeconds)}`;
  const { change } = message;
  if (change === null) return '';
  const whom = change.subject === null ? '' : nameOf(client, change.subject);
  return changeText(change, who, whom);
}

function contentText(client: Client, message: MessageView): string {
  switch (message.type) {
    case 'deleted':
      return '(deleted)';
    case 'undecryptable':
      return waitingText;
    case 'contact':
      return message.contact === null ? '(contact)' : `(contact @${printable(handleOf(client, message.contact))})`;
    case 'file':
      return fileText(message);
    case 'poll':
      return pollText(message);
    case 'shared':
      return sharedText(client, message);
    default:
      return `${message.forwarded > 0 ? '(forwarded) ' : ''}${printableLines(message.text)}${message.edited ? ' (edited)' : ''}`;
  }
}

function fileText({ file, text, forwarded }: MessageView): string {
  if (file === null) return '(file)';
  const label = `[${file.look} ${printable(file.name)}, ${sizeText(file.bytes)}]`;
  return `${forwarded > 0 ? '(forwarded) ' : ''}${label}${text === '' ? '' : ` ${printableLines(text)}`}`;
}

function fileObject({ name, mediaType, bytes, look }: FileView): Record<string, unknown> {
  return { name, media_type: mediaType, bytes, look };
}

/** Who wrote them is what the sharer says. */
function sharedText(client: Client, { shared }: MessageView): string {
  if (shared === null) return '(shared)';
  const lines = shared.items.map(
    ({ sender, at, text }) => `\n  ${new Date(at).toISOString()} ${nameOf(client, sender)}: ${printableLines(text)}`,
  );
  return `(shared earlier messages with ${nameOf(client, shared.subject)}, as told by the sharer)${lines.join('')}`;
}

function pollText({ poll }: MessageView): string {
  if (poll === null) return '(poll)';
  const options = poll.options.map(({ text, voters }) => `[${printable(text)}: ${voters.length}]`);
  return `(poll) ${printable(poll.question)} ${options.join(' ')}`;
}

function reactionsText({ reactions }: MessageView): string {
  const each = reactions.map(
    ({ emoji, accounts }) => `${printable(emoji)}${accounts.length > 1 ? accounts.length : ''}`,
  );
  return each.length === 0 ? '' : `  ${each.join(' ')}`;
}

/** The hour of today, the day before it of other days; as on the clock of this machine. */
export function timeText(at: number, now: number): string {
  const time = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const hour = `${two(time.getHours())}:${two(time.getMinutes())}`;
  const isToday = Math.abs(now - at) < dayMs && new Date(now).getDate() === time.getDate();
  return isToday ? hour : `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${hour}`;
}
