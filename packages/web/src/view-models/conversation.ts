// One open conversation: its rows, header, composer, and what a person can do with a message.
// It decides what is possible and what counts as read; the view only draws and calls.
import type { Client, Conversation, ConversationView, Edge, MessageView, Timeline } from '@parley/sdk';
import { words } from '../words/words.ts';
import { inBackground } from './background.ts';
import { type Composer, createComposer } from './composer.ts';
import { createFinder, type Finder } from './finder.ts';
import type { Host } from './host.ts';
import { type MessageActions, messageActions } from './message-actions.ts';
import { Model, Stops } from './model.ts';
import { isEncrypted, nameOf, subtitleOf, titleOf } from './names.ts';
import { type Row, rowsOf } from './rows.ts';

export interface OpenConversationView {
  readonly chat: ConversationView;
  readonly title: string;
  readonly subtitle: string;
  readonly lively: boolean;
  /** Only the people in it can read it. */
  readonly encrypted: boolean;
  /** The window is not yet where it begins: there are no rows. */
  readonly opening: boolean;
  /** Which window it is: another one is shown from its own beginning. */
  readonly window: number;
  readonly rows: readonly Row[];
  readonly older: Edge;
  readonly newer: Edge;
  /** Unread messages below what is on screen. */
  readonly below: number;
  /** Rises whenever the newest message is to be shown. */
  readonly toEnd: number;
  /** A message to show for a moment after a jump. */
  readonly highlight: number | null;
  readonly notice: string | null;
}

export interface OpenConversation extends MessageActions, Pick<Model<OpenConversationView>, 'snapshot' | 'subscribe'> {
  readonly client: Client;
  readonly conversation: Conversation;
  readonly composer: Composer;
  readonly finder: Finder;
  loadOlder(): void;
  loadNewer(): void;
  /** Asks again for what could not be reached. */
  retry(): void;
  jumpTo(seq: number): void;
  jumpToNewest(): void;
  /** These seqs are on screen; `atEnd`: the newest is. */
  onScreen(highestSeq: number, atEnd: boolean): void;
  run(action: Promise<unknown>): void;
  close(): void;
}

const highlightMs = 1_600;
const noticeMs = 6_000;

/** Opens a conversation at its first unread message, or at one seq. */
export function openConversation(
  client: Client,
  conversation: Conversation,
  host: Host,
  at?: number,
): OpenConversation {
  const composer = createComposer(client, conversation, () => run(toNewest()));
  const stops = new Stops();
  let window = windowOf(conversation, at ?? 'unread');
  let opening = true;
  /** How many windows were asked for, and which of them is on screen. */
  let asked = 0;
  let windows = 0;
  let toEnd = 0;
  let seenSeq = 0;
  let atEnd = true;
  let readTo = 0;
  let missing = client.state.snapshot.phase !== 'online';

  const draw = (): OpenConversationView => {
    const chat = conversation.snapshot;
    const { older, newer, ...rest } = window.timeline.snapshot;
    const { text: subtitle, lively } = subtitleOf(client, chat, host.now());
    return {
      chat,
      title: titleOf(chat),
      subtitle,
      lively,
      encrypted: isEncrypted(client, chat),
      opening,
      window: windows,
      rows: opening ? [] : rowsOf({ older, newer, ...rest }, { kind: chat.kind, unread: window.unread }),
      older,
      newer,
      below: atEnd && newer === 'end' ? 0 : chat.unread,
      toEnd,
      highlight: null,
      notice: null,
    };
  };
  const model = new Model(draw());
  const redraw = () => model.set({ ...draw(), highlight: model.snapshot.highlight, notice: model.snapshot.notice });
  const run = runnerOf(model, host);
  const markRead = () => {
    if (!host.attentive() || seenSeq <= Math.max(readTo, conversation.snapshot.readSeq)) return;
    readTo = seenSeq;
    run(conversation.markRead(seenSeq));
  };
  const flash = (seq: number) => {
    model.update({ highlight: seq });
    host.after(highlightMs, () => model.snapshot.highlight === seq && model.update({ highlight: null }));
  };
  const jumpTo = (seq: number) => run(window.timeline.jumpTo(seq).then(() => flash(seq)));

  const toNewest = async () => {
    if (stops.ended) return;
    if (window.timeline.snapshot.newer !== 'end') await window.timeline.jumpToNewest();
    toEnd += 1;
    redraw();
  };

  /** Puts a window on screen once it stands where it begins; the one before stays until then. The last one asked for stays. */
  const show = async (next: typeof window) => {
    const turn = ++asked;
    await next.opened;
    if (stops.ended || turn < windows) return next.timeline.close();
    if (window !== next) window.timeline.close();
    window = next;
    windows = turn;
    opening = false;
    stops.add(next.timeline.subscribe(redraw));
    redraw();
    if (at !== undefined && turn === 1) flash(at);
  };
  /** What came while the page was not connected was not seen: it is shown from its first message on. */
  const onState = () => {
    const { phase } = client.state.snapshot;
    if (phase !== 'online') missing = true;
    else if (missing) {
      missing = false;
      redraw();
      const { unread } = conversation.snapshot;
      if (unread > 0 && atEnd && window.timeline.snapshot.firstUnreadSeq === null)
        run(show(windowOf(conversation, 'unread')));
    }
  };

  inBackground(show(window));
  for (const source of [conversation, client.people, client.presence]) stops.add(source.subscribe(redraw));
  stops.add(conversation.subscribe(() => composer.refresh()));
  stops.add(
    client.encryption.subscribe(() => {
      composer.refresh();
      redraw();
    }),
  );
  stops.add(client.state.subscribe(onState));
  stops.add(host.onAttention(markRead));
  if (conversation.snapshot.kind !== 'direct') run(conversation.members.load());

  return {
    client,
    conversation,
    composer,
    finder: createFinder(client, conversation, { host, jump: jumpTo }),
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    ...messageActions(conversation, host, run),
    loadOlder: () => {
      if (!opening && model.snapshot.older === 'more') quietly(window.timeline.loadOlder());
    },
    loadNewer: () => {
      if (!opening && model.snapshot.newer === 'more') quietly(window.timeline.loadNewer());
    },
    retry: () => quietly(window.timeline.loadOlder()),
    jumpTo,
    jumpToNewest: () => run(toNewest()),
    onScreen: (highest, end) => {
      if (client.state.snapshot.phase === 'catching_up') return;
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
      window.timeline.close();
    },
  };
}

/** Lets an action run; when it is refused, the reason is shown for a while. */
function runnerOf(model: Model<OpenConversationView>, host: Host): (action: Promise<unknown>) => void {
  return (action) => {
    action.catch((error: { code?: string }) => {
      const notice = words.error(error.code ?? '');
      model.update({ notice });
      host.after(noticeMs, () => model.snapshot.notice === notice && model.update({ notice: null }));
    });
  };
}

/** A window on a conversation, and how much was unread when it was made. */
function windowOf(
  conversation: Conversation,
  at: number | 'unread',
): { readonly timeline: Timeline; readonly unread: number; readonly opened: Promise<unknown> } {
  const timeline = conversation.timeline({ at });
  // Loads run in the order asked, so this one ends when the window stands where it begins.
  return { timeline, unread: conversation.snapshot.unread, opened: timeline.loadNewer(0).catch(() => {}) };
}

/** What cannot be loaded shows at the edge of the window. */
function quietly(load: Promise<void>): void {
  load.catch(() => {});
}

/** Who reacted with this emoji, for a tooltip. */
export function reactedBy(client: Client, message: MessageView, emoji: string): string {
  return (message.reactions.find((r) => r.emoji === emoji)?.accounts ?? []).map((a) => nameOf(client, a)).join(', ');
}
