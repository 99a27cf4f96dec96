// The whole app: which screen, which chat is open, what the address says. It owns the client and ends it.
import type { AccountId, ConversationId } from '@parley/protocol';
import type { Client, ClientState, Conversation, Entrance, SessionView } from '@parley/sdk';
import { type ChatList, createChatList } from './chat-list.ts';
import { type OpenConversation, openConversation } from './conversation.ts';
import { createEntry, type Entry } from './entry.ts';
import type { Host } from './host.ts';
import { Model, Stops } from './model.ts';
import { createSheets, type Sheets } from './sheets.ts';

/** Everything that the screens of a signed-in person need. */
export interface Chats {
  readonly client: Client;
  readonly list: ChatList;
  readonly sheets: Sheets;
}

export type AppView =
  | { readonly screen: 'loading' }
  | { readonly screen: 'entry'; readonly entry: Entry }
  | {
      readonly screen: 'chats';
      readonly chats: Chats;
      readonly open: OpenConversation | null;
      readonly infoOpen: boolean;
      readonly state: ClientState;
    };

export interface App extends Pick<Model<AppView>, 'snapshot' | 'subscribe'> {
  readonly host: Host;
  show(id: ConversationId, at?: number): void;
  /** Closes the open chat (phones: back to the list). */
  leave(): void;
  toggleInfo(): void;
  signInAgain(): Promise<void>;
}

/** What the app needs of its platform. */
export interface Platform {
  readonly entrance: Entrance;
  connect(account?: AccountId): Promise<Client>;
}

const addressOf = (id: ConversationId) => `/c/${id}`;
const conversationAt = (path: string) => /^\/c\/(c_[A-Za-z0-9_-]{22})$/.exec(path)?.[1] as ConversationId | undefined;

/** Starts the app at the present address. */
export function createApp(platform: Platform, host: Host): App {
  const model = new Model<AppView>({ screen: 'loading' });
  const stops = new Stops();
  let chats: Chats | null = null;
  let open: OpenConversation | null = null;
  let infoOpen = false;

  const draw = () => {
    if (chats !== null) model.set({ screen: 'chats', chats, open, infoOpen, state: chats.client.state.snapshot });
  };

  const openHere = (conversation: Conversation | null, at?: number) => {
    open?.close();
    open = conversation === null || chats === null ? null : openConversation(chats.client, conversation, host, at);
    if (open === null) infoOpen = false;
    draw();
  };
  const followPlace = () => {
    if (chats === null) return;
    const id = conversationAt(host.place().path);
    if (id === open?.conversation.id) return;
    openHere(id === undefined ? null : chats.client.conversation(id));
  };
  const show = (id: ConversationId, at?: number) => {
    const conversation = chats?.client.conversation(id) ?? null;
    if (conversation === null) return;
    if (open?.conversation.id === id && at === undefined) return;
    host.go(addressOf(id), open !== null);
    openHere(conversation, at);
  };

  const enterEntry = () => {
    model.set({
      screen: 'entry',
      entry: createEntry(platform.entrance, host, (session, invite) => void arrive(session, invite)),
    });
  };

  const begin = (client: Client) => {
    chats = {
      client,
      list: createChatList(client, host),
      sheets: createSheets(client, (conversation) => show(conversation.id)),
    };
    stops.add(client.state.subscribe(draw));
    stops.add(client.me.subscribe(draw));
    stops.add(host.onPlace(followPlace));
    stops.add(host.onNetwork((online) => client.networkChanged(online)));
    stops.add(
      client.conversations.subscribe(() => {
        if (open === null) followPlace();
      }),
    );
    draw();
  };

  const arrive = async (session: SessionView, invite: string | null) => {
    const client = await platform.connect(session.me.account);
    host.go('/', true);
    begin(client);
    await client.caughtUp();
    const conversation = invite === null ? session.conversation : (await client.invites.accept(invite)).id;
    show(conversation ?? session.me.notes);
  };

  const start = async () => {
    const { path, fragment } = host.place();
    const linked = (path === '/i' || path === '/setup') && fragment !== '';
    try {
      const client = await platform.connect();
      begin(client);
      if (linked && path === '/i') {
        host.go('/', true);
        await client.caughtUp();
        show((await client.invites.accept(fragment)).id);
      } else followPlace();
    } catch (error) {
      if (chats === null) enterEntry();
      else throw error;
    }
  };
  void start();

  return {
    host,
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    show,
    leave: () => {
      host.go('/', true);
      openHere(null);
    },
    toggleInfo: () => {
      infoOpen = !infoOpen && open !== null;
      draw();
    },
    signInAgain: async () => {
      stops.end();
      open?.close();
      chats?.list.close();
      await chats?.client.signOut();
      chats = null;
      open = null;
      host.go('/', true);
      enterEntry();
    },
  };
}
