// What can be done with one message now: by its age, its author, the own role and the kind of the chat. Pure.
import * as limits from '@parley/protocol/limits';
import type { ConversationView, MessageView } from '@parley/sdk';

export interface Possible {
  readonly reply: boolean;
  readonly react: boolean;
  readonly edit: boolean;
  readonly copy: boolean;
  readonly forward: boolean;
  readonly star: boolean;
  readonly pin: boolean;
  readonly info: boolean;
  readonly deleteForMe: boolean;
  readonly deleteForEveryone: boolean;
  readonly sendAgain: boolean;
}

/** What this account may do with this message of this chat. */
export function possibleWith(message: MessageView, chat: ConversationView, now: number): Possible {
  const here = message.seq !== null && message.type !== 'deleted' && message.type !== 'undecryptable';
  const writable = here && chat.role !== null && !chat.blocked && chat.request !== 'in';
  const age = now - (message.storedAt ?? message.timestamp);
  const leads = chat.role === 'owner' || chat.role === 'admin';
  return {
    reply: writable,
    react: writable && chat.request === null,
    edit: writable && message.own && message.type === 'text' && age < limits.editWindowMs,
    copy: message.text !== '' && (message.type === 'text' || message.type === 'file'),
    forward: here && (message.type === 'text' || message.type === 'file'),
    star: here,
    pin: writable && chat.request === null && (chat.kind !== 'room' || leads),
    info: here && message.own && !chat.notes && chat.kind !== 'room',
    deleteForMe: message.state !== 'pending',
    deleteForEveryone: writable && ((message.own && age < limits.deleteWindowMs) || (leads && chat.kind !== 'direct')),
    sendAgain: message.state === 'rejected',
  };
}

/** The options chosen in a poll after this one was pressed. */
export function votesAfter({ poll }: MessageView, option: number): readonly number[] {
  if (poll === null) return [];
  const own = poll.options.flatMap((each, index) => (each.own ? [index] : []));
  if (own.includes(option)) return own.filter((index) => index !== option);
  return poll.choose === 'one' ? [option] : [...own, option];
}
