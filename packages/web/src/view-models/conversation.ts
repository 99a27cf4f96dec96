// One open conversation: its rows, header, composer, and what a person can do with a message.
// It decides what is possible; the view only draws and calls.
import { type ConversationId, limits } from '@parley/protocol';
import type { Client, Conversation, ConversationView, Edge, MessageView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { type Composer, createComposer } from './composer.ts';
import type { Host } from './host.ts';
import { Model, Stops } from './model.ts';
import { nameOf, subtitleOf, titleOf } from './names.ts';
import { type Row, rowsOf } from './rows.ts';

/** What can be done with one message now. */
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

export interface OpenConversationView {
  readonly chat: ConversationView;
  readonly title: string;
  readonly subtitle: string;
  readonly lively: boolean;
  readonly rows: readonly Row[];
  readonly older: Edge;
  readonly newer: Edge;
  /** Messages that came while reading further up. */
  readonly below: number;
  /** A message to show for a moment after a jump. */
  readonly highlight: number | null;
  readonly notice: string | null;
}

export interface OpenConversation extends Pick<Model<OpenConversationView>, 'snapshot' | 'subscribe'> {
  readonly client: Client;
  readonly conversation: Conversation;
  readonly composer: Composer;
  possible(message: MessageView): Possible;
  react(message: MessageView, emoji: string): void;
  star(message: MessageView): void;
  pin(message: MessageView): void;
  deleteForMe(message: MessageView): void;
  deleteForEveryone(message: MessageView): void;
  sendAgain(message: MessageView): void;
  discard(message: MessageView): void;
  vote(message: MessageView, option: number): void;
  forward(message: MessageView, to: readonly ConversationId[]): void;
  loadOlder(): void;
  loadNewer(): void;
  jumpTo(seq: number): void;
  jumpToNewest(): void;
  /** These seqs are on screen; `atEnd`: the newest is. */
  onScreen(highestSeq: number, atEnd: boolean): void;
  run(action: Promise<unknown>): void;
  close(): void;
}

const highlightMs = 1_600;

/** Opens a conversation at its first unread message, or at one seq. */
export function openConversation(
  client: Client,
  conversation: Conversation,
  host: Host,
  at?: number,
): OpenConversation {
  const timeline = conversation.timeline({ at: at ?? 'unread' });
  const composer = createComposer(client, conversation);
  const stops = new Stops();
  let seenSeq = 0;
  let atEnd = true;
  let readTo = 0;

  const draw = (): OpenConversationView => {
    const chat = conversation.snapshot;
    const view = timeline.snapshot;
    return {
      chat,
      title: titleOf(chat),
      ...headline(client, chat, host.now()),
      rows: rowsOf(view),
      older: view.older,
      newer: view.newer,
      below:
        atEnd && view.newer === 'end'
          ? 0
          : view.items.filter((m) => !m.own && m.seq !== null && m.seq > Math.max(seenSeq, chat.readSeq)).length,
      highlight: at ?? null,
      notice: null,
    };
  };
  const model = new Model(draw());
  const redraw = () => model.set({ ...draw(), highlight: model.snapshot.highlight, notice: model.snapshot.notice });
  const fail = (error: unknown) => model.update({ notice: words.error((error as { code?: string }).code ?? '') });
  const run = (action: Promise<unknown>) => {
    action.catch(fail);
  };
  const markRead = () => {
    if (!host.attentive() || seenSeq <= Math.max(readTo, conversation.snapshot.readSeq)) return;
    readTo = seenSeq;
    run(conversation.markRead(seenSeq));
  };
  const flash = (seq: number) => {
    model.update({ highlight: seq });
    host.after(highlightMs, () => model.update({ highlight: null }));
  };

  for (const source of [timeline, conversation, client.people, client.presence]) stops.add(source.subscribe(redraw));
  stops.add(conversation.subscribe(() => composer.refresh()));
  stops.add(host.onAttention(markRead));
  if (conversation.snapshot.kind !== 'direct') run(conversation.members.load());
  if (at !== undefined) flash(at);

  const withSeq = (message: MessageView, act: (seq: number) => Promise<unknown>) => {
    if (message.seq !== null) run(act(message.seq));
  };
  return {
    client,
    conversation,
    composer,
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    possible: (message) => possibleWith(message, conversation.snapshot, host.now()),
    react: (message, emoji) =>
      withSeq(message, (seq) =>
        conversation.react(seq, message.reactions.some((r) => r.own && r.emoji === emoji) ? '' : emoji),
      ),
    star: (message) => withSeq(message, (seq) => conversation.star(seq, !message.starred)),
    pin: (message) => withSeq(message, (seq) => conversation.pin(seq, !message.pinned)),
    deleteForMe: (message) =>
      message.seq === null
        ? run(conversation.discard(message.id))
        : withSeq(message, (seq) => conversation.deleteForMe(seq)),
    deleteForEveryone: (message) => withSeq(message, (seq) => conversation.deleteForEveryone(seq)),
    sendAgain: (message) => run(conversation.sendAgain(message.id)),
    discard: (message) => run(conversation.discard(message.id)),
    vote: (message, option) => withSeq(message, (seq) => conversation.vote(seq, votesAfter(message, option))),
    forward: (message, to) =>
      withSeq(message, (seq) => conversation.forward(seq, to.slice(0, limits.forwardConversations))),
    loadOlder: () => {
      if (timeline.snapshot.older === 'more') run(timeline.loadOlder());
    },
    loadNewer: () => {
      if (timeline.snapshot.newer === 'more') run(timeline.loadNewer());
    },
    jumpTo: (seq) => run(timeline.jumpTo(seq).then(() => flash(seq))),
    jumpToNewest: () => run(timeline.jumpToNewest()),
    onScreen: (highest, end) => {
      seenSeq = Math.max(seenSeq, highest);
      if (atEnd !== end) {
        atEnd = end;
        redraw();
      }
      markRead();
    },
    run,
    close: () => {
      stops.end();
      timeline.close();
    },
  };
}

function headline(client: Client, chat: ConversationView, now: number): { subtitle: string; lively: boolean } {
  const { text, lively } = subtitleOf(client, chat, now);
  return { subtitle: text, lively };
}

function possibleWith(message: MessageView, chat: ConversationView, now: number): Possible {
  const here = message.seq !== null && message.type !== 'deleted' && message.type !== 'undecryptable';
  const writable = here && chat.role !== null && !chat.blocked;
  const age = now - (message.storedAt ?? message.timestamp);
  const leads = chat.role === 'owner' || chat.role === 'admin';
  return {
    reply: writable,
    react: writable && chat.request === null,
    edit: writable && message.own && message.type === 'text' && age < limits.editWindowMs,
    copy: message.text !== '' && message.type === 'text',
    forward: here && message.type === 'text',
    star: here,
    pin: writable && chat.request === null && (chat.kind === 'direct' || leads || chat.kind === 'group'),
    info: here && message.own && !chat.notes && chat.kind !== 'room',
    deleteForMe: message.state !== 'pending',
    deleteForEveryone: writable && ((message.own && age < limits.deleteWindowMs) || (leads && chat.kind !== 'direct')),
    sendAgain: message.state === 'rejected',
  };
}

function votesAfter(message: MessageView, option: number): readonly number[] {
  const { poll } = message;
  if (poll === null) return [];
  const own = poll.options.flatMap((o, index) => (o.own ? [index] : []));
  if (own.includes(option)) return own.filter((index) => index !== option);
  return poll.choose === 'one' ? [option] : [...own, option];
}

/** Who reacted with this emoji, for a tooltip. */
export function reactedBy(client: Client, message: MessageView, emoji: string): string {
  return (message.reactions.find((r) => r.emoji === emoji)?.accounts ?? []).map((a) => nameOf(client, a)).join(', ');
}
