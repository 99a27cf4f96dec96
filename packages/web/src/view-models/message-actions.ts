// What a person does with one message of an open conversation. What goes wrong is shown by whoever runs it.
import type { ConversationId } from '@parley/protocol';
import * as limits from '@parley/protocol/limits';
import type { Conversation, MessageView } from '@parley/sdk';
import type { Host } from './host.ts';
import { type Possible, possibleWith, votesAfter } from './possible.ts';

export interface MessageActions {
  possible(message: MessageView): Possible;
  /** The same emoji again takes it back. */
  react(message: MessageView, emoji: string): void;
  star(message: MessageView): void;
  pin(message: MessageView): void;
  deleteForMe(message: MessageView): void;
  deleteForEveryone(message: MessageView): void;
  sendAgain(message: MessageView): void;
  discard(message: MessageView): void;
  vote(message: MessageView, option: number): void;
  forward(message: MessageView, to: readonly ConversationId[]): void;
}

/** The actions of this conversation. A message without a place cannot be referred to yet. */
export function messageActions(
  conversation: Conversation,
  host: Host,
  run: (action: Promise<unknown>) => void,
): MessageActions {
  const withSeq = ({ seq }: MessageView, act: (seq: number) => Promise<unknown>) => {
    if (seq !== null) run(act(seq));
  };
  return {
    possible: (message) => possibleWith(message, conversation.snapshot, host.now()),
    react: (message, emoji) => {
      const isOwn = message.reactions.some((reaction) => reaction.own && reaction.emoji === emoji);
      withSeq(message, (seq) => conversation.react(seq, isOwn ? '' : emoji));
    },
    star: (message) => withSeq(message, (seq) => conversation.star(seq, !message.starred)),
    pin: (message) => withSeq(message, (seq) => conversation.pin(seq, !message.pinned)),
    deleteForMe: (message) => {
      if (message.seq === null) run(conversation.discard(message.id));
      else run(conversation.deleteForMe(message.seq));
    },
    deleteForEveryone: (message) => withSeq(message, (seq) => conversation.deleteForEveryone(seq)),
    sendAgain: (message) => run(conversation.sendAgain(message.id)),
    discard: (message) => run(conversation.discard(message.id)),
    vote: (message, option) => withSeq(message, (seq) => conversation.vote(seq, votesAfter(message, option))),
    forward: (message, to) =>
      withSeq(message, (seq) => conversation.forward(seq, to.slice(0, limits.forwardConversations))),
  };
}
