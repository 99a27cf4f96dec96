// The list of chats: filter, search, what each row says. Searching looks at people, chats and messages on this device.
import type { ConversationId } from '@parley/protocol';
import type { Client, ConversationView, PersonView, SearchHit } from '@parley/sdk';
import { isDeleted } from './deleted-chats.ts';
import type { Host } from './host.ts';
import { Model, Stops } from './model.ts';
import { titleOf } from './names.ts';

export const chatFilters = ['all', 'unread', 'groups', 'rooms', 'archived', 'requests'] as const;
export type ChatFilter = (typeof chatFilters)[number];

export interface ChatListView {
  readonly filter: ChatFilter;
  readonly query: string;
  readonly chats: readonly ConversationView[];
  /** Nothing is known yet, and it is being asked for. */
  readonly loading: boolean;
  /** Strangers' requests and invitations that wait, shown as one line. */
  readonly requests: number;
  readonly archived: number;
  readonly unread: number;
  /** With a query. */
  readonly people: readonly PersonView[];
  readonly hits: readonly SearchHit[];
  readonly searching: boolean;
}

export interface ChatList extends Pick<Model<ChatListView>, 'snapshot' | 'subscribe'> {
  setFilter(filter: ChatFilter): void;
  setQuery(query: string): void;
  /** Rows that are on screen: their presence and typing are watched. */
  showing(ids: readonly ConversationId[]): void;
  /** While a pointer is down on the rows they keep their places: nothing moves under a finger. */
  hold(held: boolean): void;
  close(): void;
}

const searchDelayMs = 180;
const maxHits = 40;
/** A list with more chats than this is put in order at most so often, in milliseconds. */
const manyChats = 400;
const manyChatsMs = 120;

/** The list of one client. */
export function createChatList(client: Client, host: Host): ChatList {
  const model = new Model<ChatListView>({
    filter: 'all',
    query: '',
    chats: [],
    loading: true,
    requests: 0,
    archived: 0,
    unread: 0,
    people: [],
    hits: [],
    searching: false,
  });
  const stops = new Stops();
  let search: AbortController | null = null;
  let cancelSearch: (() => void) | null = null;
  /** Whom the rows stand for while a pointer is down. */
  let held: readonly ConversationView[] | null = null;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let stopDrawing: (() => void) | null = null;

  const redraw = () => {
    stopDrawing?.();
    stopDrawing = null;
    drawnAt = host.now();
    const all = client.conversations.snapshot.filter((chat) => !isDeleted(client, chat));
    const { query } = model.snapshot;
    const requests = all.filter(asks).length;
    // Whoever has answered the last one is done there.
    const filter = model.snapshot.filter === 'requests' && requests === 0 ? 'all' : model.snapshot.filter;
    const unread = all
      .filter((c) => !c.archived && c.mutedUntil === null && c.request !== 'in' && !asks(c))
      .reduce((sum, c) => sum + c.unread, 0);
    model.update({
      filter,
      chats:
        held === null
          ? all.filter((c) => (query === '' ? passes(c, filter) : matches(c, query)))
          : held.map((c) => client.conversation(c.id)?.snapshot ?? c),
      // Notes to self is there from the beginning.
      loading: all.length === 0,
      requests,
      archived: all.filter((c) => c.archived).length,
      unread,
    });
    const invited = all.filter(({ membership }) => membership === 'invited').length;
    host.badge(unread + invited);
  };
  /** While thousands of chats are being fetched there is a change every few milliseconds. */
  const redrawSoon = () => {
    const waitMs = model.snapshot.chats.length > manyChats ? drawnAt + manyChatsMs - host.now() : 0;
    if (waitMs <= 0) redraw();
    else stopDrawing ??= host.after(waitMs, redraw);
  };

  const find = async (query: string, signal: AbortSignal) => {
    const [people, hits] = await Promise.all([
      client.people.search(query.replace(/^@/, '')).catch(() => []),
      client.search(query, { limit: maxHits, signal }).catch(() => []),
    ]);
    if (!signal.aborted)
      model.update({ people: people.filter((p) => p.account !== client.me.snapshot.account), hits, searching: false });
  };

  // Names are part of the conversations; who is online, each row asks for itself.
  for (const source of [client.conversations, client.settings]) stops.add(source.subscribe(redrawSoon));
  stops.add(() => stopDrawing?.());
  redraw();

  return {
    get snapshot() {
      return model.snapshot;
    },
    subscribe: (listener) => model.subscribe(listener),
    setFilter: (filter) => {
      model.update({ filter });
      redraw();
    },
    setQuery: (query) => {
      search?.abort();
      cancelSearch?.();
      const wanted = query.trim();
      model.update({ query, searching: wanted !== '', people: [], hits: [] });
      redraw();
      if (wanted === '') return;
      const attempt = new AbortController();
      search = attempt;
      cancelSearch = host.after(searchDelayMs, () => void find(wanted, attempt.signal));
    },
    showing: (ids) => {
      const chats = ids.flatMap((id) => client.conversation(id)?.snapshot ?? []);
      client.presence.watch(
        chats.flatMap((c) => (c.peer === null ? [] : [c.peer])),
        chats.map((c) => c.id),
      );
    },
    hold: (isHeld) => {
      if (isHeld === (held !== null)) return;
      held = isHeld ? model.snapshot.chats : null;
      if (!isHeld) redraw();
    },
    close: () => {
      search?.abort();
      cancelSearch?.();
      stops.end();
    },
  };
}

/** Does it wait for an answer: a stranger who writes, or an invitation? */
function asks({ request, membership, blocked }: ConversationView): boolean {
  return (request === 'in' && !blocked) || membership === 'invited';
}

function passes(chat: ConversationView, filter: ChatFilter): boolean {
  // A stranger who was blocked has the answer. Search finds them, and the settings list whom one has blocked.
  if (chat.request === 'in' && chat.blocked) return false;
  if (filter === 'requests') return asks(chat);
  if (asks(chat)) return false;
  if (filter === 'archived') return chat.archived;
  if (chat.archived) return false;
  switch (filter) {
    case 'unread':
      return chat.unread > 0;
    case 'groups':
      return chat.kind === 'group';
    case 'rooms':
      return chat.kind === 'room';
    default:
      return true;
  }
}

function matches(chat: ConversationView, query: string): boolean {
  const wanted = query.trim().toLocaleLowerCase();
  return titleOf(chat)
    .toLocaleLowerCase()
    .split(/\s+/u)
    .some((word, index, all) => word.startsWith(wanted) || all.slice(index).join(' ').startsWith(wanted));
}
