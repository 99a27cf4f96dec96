// The whole app: which screen, which chat is open, what the address says. It owns the client and ends it.
import type { AccountId, ConversationId } from '@parley/protocol';
import {
  ChatError,
  type ChatErrorCode,
  type Client,
  type ClientState,
  type Conversation,
  type Entrance,
} from '@parley/sdk';
import { words } from '../words/words.ts';
import { inBackground } from './background.ts';
import { type ChatList, createChatList } from './chat-list.ts';
import { type OpenConversation, openConversation } from './conversation.ts';
import { createEncryption, type Encryption } from './encryption.ts';
import { type Arrival, createEntry, type Entry } from './entry.ts';
import type { Host } from './host.ts';
import { type OpenInvitation, openInvitation } from './invitation.ts';
import { createLateKeys, type LateKeys } from './last-line.ts';
import { recoverWhenNeeded } from './linking.ts';
import { Model, Stops } from './model.ts';
import { isPending } from './names.ts';
import { createNotifications, type Notifications } from './notifications.ts';
import { createSheets, type Sheets } from './sheets.ts';
import { createWaiting, type Waiting } from './waiting.ts';

/** Everything that the screens of a signed-in person need. */
export interface Chats {
  readonly client: Client;
  readonly list: ChatList;
  readonly sheets: Sheets;
  readonly notifications: Notifications;
  readonly waiting: Waiting;
  readonly encryption: Encryption;
  readonly lateKeys: LateKeys;
}

export type AppView =
  | { readonly screen: 'loading' }
  /** It could not start: storage, or no network the first time. */
  | { readonly screen: 'failed'; readonly text: string }
  | { readonly screen: 'entry'; readonly entry: Entry }
  /** The session is over: signed out from elsewhere, disabled, replaced. */
  | { readonly screen: 'ended'; readonly text: string }
  | {
      readonly screen: 'chats';
      readonly chats: Chats;
      readonly open: OpenConversation | null;
      /** In the place of a chat: what one is invited into, or waits for. */
      readonly invitation: OpenInvitation | null;
      readonly infoOpen: boolean;
      readonly state: ClientState;
    };

export interface App extends Pick<Model<AppView>, 'snapshot' | 'subscribe'> {
  readonly host: Host;
  show(id: ConversationId, at?: number): void;
  /** Closes the open chat (phones: back to the list). */
  leave(): void;
  toggleInfo(): void;
  /** Tries to start once more. */
  retry(): void;
  /** Ends the session, as far as it is not over, and shows the page before the chats. */
  signInAgain(): Promise<void>;
}

/** What the app needs of its platform. */
export interface Platform {
  readonly entrance: Entrance;
  connect(account?: AccountId): Promise<Client>;
}

const addressOf = (id: ConversationId, info: boolean) => `/c/${id}${info ? '/info' : ''}`;

function chatAt(path: string): { readonly id: ConversationId; readonly info: boolean } | null {
  const found = /^\/c\/(c_[A-Za-z0-9_-]{22})(\/info)?$/.exec(path);
  return found?.[1] === undefined ? null : { id: found[1] as ConversationId, info: found[2] !== undefined };
}

/** Starts the app at the present address. */
export function createApp(platform: Platform, host: Host): App {
  const model = new Model<AppView>({ screen: 'loading' });
  let stops = new Stops();
  let chats: Chats | null = null;
  let open: OpenConversation | null = null;
  let invitation: OpenInvitation | null = null;
  let infoOpen = false;

  const draw = () => {
    if (chats === null) return;
    const state = chats.client.state.snapshot;
    if (state.phase === 'ended') model.set({ screen: 'ended', text: words.connection.endedText(state.code) });
    else model.set({ screen: 'chats', chats, open, invitation, infoOpen: infoOpen && open !== null, state });
  };
  const openHere = (conversation: Conversation | null, at?: number) => {
    open?.close();
    invitation?.close();
    open = null;
    invitation = null;
    if (conversation === null || chats === null || conversation.snapshot.membership === 'ended') return;
    if (isPending(conversation.snapshot))
      invitation = openInvitation(chats.client, conversation, () => decided(conversation));
    else open = openConversation(chats.client, conversation, host, at);
  };
  const openId = () => (open ?? invitation)?.conversation.id ?? null;
  /** Whoever has come in writes; whoever has said no is back at the list. */
  const decided = (conversation: Conversation) => {
    if (conversation.snapshot.membership !== 'member') return up('/');
    openHere(conversation);
    open?.composer.focus();
    draw();
  };
  /** A chat of the address that is not known yet opens when it is; whoever was in it once may be invited again. */
  const followChats = () => {
    if (openId() === null && chatAt(host.place().path) !== null) return followPlace();
    if (open === null || !isPending(open.conversation.snapshot)) return;
    openHere(open.conversation);
    draw();
  };
  const followPlace = () => {
    if (chats === null) return;
    const at = chatAt(host.place().path);
    if ((at?.id ?? null) !== openId()) openHere(at === null ? null : chats.client.conversation(at.id));
    infoOpen = at?.info === true && open !== null;
    draw();
  };
  const show = (id: ConversationId, at?: number) => {
    const conversation = chats?.client.conversation(id) ?? null;
    if (conversation === null) return;
    infoOpen &&= host.wide();
    if (openId() !== id) {
      host.go(addressOf(id, infoOpen), openId() !== null);
      openHere(conversation, at);
    } else if (at !== undefined) open?.jumpTo(at);
    draw();
  };
  const up = (path: string) => {
    host.up(path);
    followPlace();
  };

  const begin = (client: Client) => {
    chats = {
      client,
      list: createChatList(client, host),
      sheets: createSheets(client, host, (conversation) => show(conversation.id)),
      waiting: createWaiting(client),
      notifications: createNotifications(client, host, (id) => {
        chats?.sheets.close();
        show(id);
      }),
      encryption: createEncryption(client, host),
      lateKeys: createLateKeys(host),
    };
    for (const source of [client.state, client.me]) stops.add(source.subscribe(draw));
    stops.add(host.onPlace(followPlace));
    stops.add(host.onNetwork((online) => client.networkChanged(online)));
    stops.add(client.conversations.subscribe(followChats));
    draw();
  };
  const recoverOn = (client: Client, key: string) => {
    if (chats !== null) recoverWhenNeeded(client, chats.encryption.linking, key);
  };
  const arrive = async ({ session, invite, isNew, recoveryKey }: Arrival) => {
    try {
      const client = await platform.connect(session.me.account);
      host.go('/', true);
      begin(client);
      if (recoveryKey !== undefined) recoverOn(client, recoveryKey);
      await client.caughtUp();
      const invited = invite === null ? session.conversation : await comesBy(client, invite);
      const first = invited ?? (isNew ? session.me.notes : null);
      if (first !== null) show(first);
      // Whoever has just come in has nothing to read yet.
      if (isNew) open?.composer.focus();
    } catch (error) {
      fail(error);
    }
  };
  /** The group of a link. One that could not be used is told of, and stays in the address: the page offers it again. */
  const comesBy = async (client: Client, link: string) => {
    let id: ConversationId | null = null;
    await chats?.sheets.run(async () => {
      ({ id } = await client.invites.accept(link));
    });
    if (id === null) host.go(`/i#${link}`, true);
    return id;
  };
  const fail = (error: unknown) => {
    if (chats === null) model.set({ screen: 'failed', text: words.error((error as { code?: string }).code ?? '') });
  };
  const enterEntry = (member: Client | null) => {
    const accept = async (client: Client, secret: string) => {
      const { id } = await client.invites.accept(secret);
      host.go('/', true);
      begin(client);
      await client.caughtUp();
      show(id);
    };
    const known = member && {
      name: member.me.snapshot.name,
      accept: (secret: string) => accept(member, secret),
      dismiss: () => {
        host.go('/', true);
        begin(member);
      },
    };
    const entry = createEntry({
      entrance: platform.entrance,
      host,
      member: known,
      done: (one) => inBackground(arrive(one)),
    });
    model.set({ screen: 'entry', entry });
  };
  const start = async () => {
    model.set({ screen: 'loading' });
    const { path, fragment } = host.place();
    try {
      const client = await platform.connect();
      if (path === '/i' && fragment !== '') return enterEntry(client);
      begin(client);
      followPlace();
      // Whoever has signed out before that sees another page.
      inBackground(client.caughtUp().then(lookForPlace, () => {}));
    } catch (error) {
      if ((error as { code?: ChatErrorCode }).code === 'auth.required') enterEntry(null);
      else fail(error);
    }
  };
  /** The address may name a chat that this account is not in. */
  const lookForPlace = async () => {
    if (openId() !== null || !host.place().path.startsWith('/c/')) return;
    host.go('/', true);
    await chats?.sheets.run(() => Promise.reject(new ChatError('conversation.denied')));
  };
  inBackground(start());

  return {
    host,
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    show,
    leave: () => {
      if (openId() !== null) up('/');
    },
    toggleInfo: () => {
      if (open === null) return;
      const { id } = open.conversation;
      if (infoOpen) return up(addressOf(id, false));
      host.go(addressOf(id, true), false);
      followPlace();
    },
    retry: () => inBackground(start()),
    signInAgain: async () => {
      const client = chats?.client;
      stops.end();
      stops = new Stops();
      open?.close();
      invitation?.close();
      chats?.waiting.close();
      chats?.list.close();
      chats?.notifications.close();
      chats?.encryption.close();
      chats?.lateKeys.close();
      chats = null;
      open = null;
      invitation = null;
      infoOpen = false;
      host.badge(0);
      await client?.signOut().catch(() => {});
      host.go('/', true);
      enterEntry(null);
    },
  };
}
