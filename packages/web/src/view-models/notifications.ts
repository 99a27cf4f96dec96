// Notifications of the system: one for each chat, only while nobody looks, only when somebody switched them on here.
// Who is invited into a group or room is told so the same way. It never asks for them by itself; after the third message it offers them once, in a line that goes when told to.
import type { ConversationId } from '@parley/protocol';
import type { Client, ConversationView, MessageView } from '@parley/sdk';
import { words } from '../words/words.ts';
import { inBackground } from './background.ts';
import type { Host } from './host.ts';
import { invitationLine } from './invitation.ts';
import { Model, Stops } from './model.ts';
import { nameOf, titleOf } from './names.ts';
import { saidIn } from './said.ts';

export interface NotificationsView {
  /** `blocked`: the browser does not let this page. `impossible`: it has none. */
  readonly state: 'off' | 'on' | 'blocked' | 'impossible';
  readonly hidesText: boolean;
  /** Worth a line: messages come, and nobody has said yes or no. */
  readonly offered: boolean;
}

export interface Notifications extends Pick<Model<NotificationsView>, 'snapshot' | 'subscribe'> {
  /** On asks the browser, if it has not been asked. */
  switchOn(on: boolean): Promise<void>;
  hideText(hide: boolean): void;
  dismissOffer(): void;
  close(): void;
}

/** What this browser keeps, for whoever uses it: permission is the browser's, too. */
const kept = { on: 'notifications', hidesText: 'notifications.hide_text', received: 'notifications.received' } as const;
const offerAfter = 3;
/** What comes in together is told together. */
const gatherMs = 250;
const maxTextCharacters = 200;

/** Listens to one client; `show` opens a chat. */
export function createNotifications(client: Client, host: Host, show: (id: ConversationId) => void): Notifications {
  const model = new Model(viewOf(host));
  const stops = new Stops();
  const waiting = new Map<ConversationId, MessageView>();
  const shown = new Set<ConversationId>();
  let gathering = false;
  let invitations = invitationsOf(client);
  const redraw = () => model.update(viewOf(host));

  const tellAll = async () => {
    gathering = false;
    const messages = [...waiting];
    waiting.clear();
    const before = invitations;
    invitations = invitationsOf(client);
    if (model.snapshot.state !== 'on' || !client.leads.snapshot || (await host.watched())) return;
    for (const [id, chat] of invitations) {
      if (stops.ended || before.has(id)) continue;
      shown.add(id);
      const { title, text } = invitationLine(client, chat);
      host.notices.show(id, { title, body: text }, () => show(id));
    }
    for (const [id, message] of messages) {
      const chat = client.conversation(id)?.snapshot;
      if (stops.ended || chat === undefined || !isLoud(chat)) continue;
      shown.add(id);
      const { hidesText } = model.snapshot;
      host.notices.show(id, textOf(client, { chat, message, hidesText }), () => show(id));
    }
  };
  const count = () => {
    const received = Number(host.kept(kept.received) ?? 0);
    // Every page hears of every message.
    if (!client.leads.snapshot || received >= offerAfter) return;
    host.keep(kept.received, String(received + 1));
    redraw();
  };
  const onMessage = (message: MessageView) => {
    if (message.own) return;
    count();
    waiting.set(message.conversation, message);
    gather();
  };
  const gather = () => {
    if (gathering) return;
    gathering = true;
    stops.add(host.after(gatherMs, () => inBackground(tellAll())));
  };
  /** What was read or answered, here or elsewhere, is no news. */
  const takeBack = () => {
    gather();
    for (const id of shown) {
      const chat = client.conversation(id)?.snapshot;
      if (chat !== undefined && (chat.unread > 0 || chat.membership === 'invited')) continue;
      shown.delete(id);
      host.notices.remove(id);
    }
  };

  stops.add(client.onMessage(onMessage));
  stops.add(host.onKept(redraw));
  stops.add(client.conversations.subscribe(takeBack));

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    switchOn: async (on) => {
      host.keep(kept.on, on ? 'on' : 'off');
      if (on && host.notices.permission() === 'default') await host.notices.ask();
      redraw();
    },
    hideText: (hide) => {
      host.keep(kept.hidesText, hide ? 'on' : 'off');
      redraw();
    },
    dismissOffer: () => {
      host.keep(kept.on, 'off');
      redraw();
    },
    close: () => {
      stops.end();
      for (const id of shown) host.notices.remove(id);
    },
  };
}

/** What waits for an answer. */
function invitationsOf(client: Client): ReadonlyMap<ConversationId, ConversationView> {
  const invited = client.conversations.snapshot.filter(({ membership }) => membership === 'invited');
  return new Map(invited.map((chat) => [chat.id, chat]));
}

function viewOf(host: Host): NotificationsView {
  const permission = host.notices.permission();
  const wanted = host.kept(kept.on);
  const state =
    permission === 'impossible'
      ? 'impossible'
      : permission === 'denied'
        ? 'blocked'
        : permission === 'granted' && wanted === 'on'
          ? 'on'
          : 'off';
  const received = Number(host.kept(kept.received) ?? 0);
  return {
    state,
    hidesText: host.kept(kept.hidesText) === 'on',
    offered: state === 'off' && wanted === null && received >= offerAfter,
  };
}

/** Not what was muted or put away, nor what was read meanwhile. */
function isLoud({ mutedUntil, archived, unread }: ConversationView): boolean {
  return mutedUntil === null && !archived && unread > 0;
}

function textOf(
  client: Client,
  of: { readonly chat: ConversationView; readonly message: MessageView; readonly hidesText: boolean },
): { readonly title: string; readonly body: string } {
  const { chat, message, hidesText } = of;
  const title = titleOf(chat);
  if (hidesText) return { title, body: words.list.newMessage };
  // What a stranger writes is seen by whoever opens it.
  if (chat.request === 'in') return { title, body: words.list.requestsOne };
  const text = message.type === 'contact' ? words.chat.contact : lineOf(message);
  // Not in the middle of a character.
  const said = text.slice(0, maxTextCharacters).replace(/[\uD800-\uDBFF]$/, '');
  return { title, body: chat.kind === 'direct' ? said : words.chat.arrived(nameOf(client, message.sender), said) };
}

function lineOf(message: MessageView): string {
  return message.poll === null ? saidIn(message) : words.chat.poll(message.poll.question);
}
